/** The server's requests: each is asked once of the client, whatever happens to connections. */
import type { RequestId } from "../rpc/messages.ts";
import { fieldsOf, type Message, stringOf } from "./peek.ts";

/** How many answered requests are kept until the server confirms them. */
const MAX_ANSWERED = 1_000;

interface Asked {
  /** The id that the client knows. */
  readonly clientId: RequestId;
  /** The id that the server knows. */
  serverId: RequestId;
  readonly method: string;
  readonly params: string;
  readonly threadId: string | undefined;
  readonly turnId: string | undefined;
  /** The number of the connection on which it was last asked. */
  link: number;
  /** The client's answer without its id, and the number of the connection that it was sent on. */
  answer: { readonly message: Message; link: number } | undefined;
}

/** What to do with a request of the server: ask the client, or answer the server. */
export interface Arrival {
  /** The messages that withdraw what had the same id. */
  readonly gone: readonly object[];
  readonly ask?: Message;
  readonly answer?: Message;
}

/** Keeps each request until the server says that it is settled. */
export class AskedRequests {
  readonly #asked = new Map<RequestId, Asked>();
  /** The highest id so far: a lower one that is not known comes from another server process. */
  #highest = -1;
  #renamed = 0;

  /** Handles a request of the server, on the connection with this number. */
  arrive(message: Message, link: number): Arrival {
    const same = this.#find(message);
    const serverId = message.id as RequestId;
    // The server has reused the id: an answer to the request before would answer this one.
    const gone = this.#settle((one) =>
      one !== same && one.serverId === serverId && one.link === link
    );
    if (same === undefined) return { gone, ask: this.#ask(message, link) };
    same.link = link;
    same.serverId = serverId;
    const { answer } = same;
    // On the same connection, the answer is still on its way.
    if (answer === undefined || answer.link === link) return { gone };
    answer.link = link;
    return { gone, answer: { ...answer.message, id: serverId } };
  }

  /** Records that the connection with this number has asked for a request again, which is handled later. */
  mark(message: Message, link: number): void {
    const same = this.#find(message);
    if (same !== undefined) same.link = link;
  }

  /** Handles an answer of the client; returns what to send, or `undefined` if the server does not want it now. */
  answer(message: Message, link: number): Message | undefined {
    const asked = this.#asked.get(message.id ?? "");
    if (asked === undefined) return undefined;
    asked.answer = { message, link };
    // On this connection, the id may mean another request: the answer goes out when the server asks again.
    if (asked.link !== link) {
      asked.answer.link = asked.link;
      return undefined;
    }
    if (asked.threadId === undefined) this.#asked.delete(asked.clientId); // it is never asked again
    this.#forgetOldest();
    return { ...message, id: asked.serverId };
  }

  /** Handles the server's `serverRequest/resolved`; returns it with the id that the client knows. */
  resolved(message: Message): Message {
    const params = fieldsOf(message.params);
    for (const asked of this.#asked.values()) {
      if (asked.serverId !== params.requestId || asked.threadId !== params.threadId) continue;
      this.#asked.delete(asked.clientId);
      return { ...message, params: { ...params, requestId: asked.clientId } };
    }
    return message;
  }

  /** Forgets the requests of a turn that has ended. */
  turnEnded(turnId: unknown): void {
    this.#settle((asked) => asked.turnId !== undefined && asked.turnId === turnId);
  }

  /** Forgets the requests that no later connection will ask again; returns the messages that say so to the client. */
  lost(): readonly object[] {
    return this.#settle(({ threadId }) => threadId === undefined);
  }

  /** Forgets the requests of a thread that were not asked again; returns the messages that say so to the client. */
  gone(threadId: string, link: number): readonly object[] {
    return this.#settle((asked) => asked.threadId === threadId && asked.link !== link);
  }

  /** Returns the request if it was asked before. */
  #find({ id, method, params }: Message): Asked | undefined {
    const text = JSON.stringify(params);
    let sameCall: Asked | undefined;
    for (const asked of this.#asked.values()) {
      if (asked.method !== method || asked.params !== text) continue;
      if (asked.serverId === id) return asked;
      // An answer that was given holds for one request; a tool call is one whatever the request is called.
      if (method === "item/tool/call" || (asked.answer === undefined && namesItem(params))) {
        sameCall ??= asked;
      }
    }
    return sameCall;
  }

  #ask(message: Message, link: number): Message {
    const { id, method = "", params } = message;
    const serverId = id as RequestId;
    const clientId = this.#clientId(serverId);
    const { threadId, conversationId, turnId } = fieldsOf(params);
    this.#asked.set(clientId, {
      clientId,
      serverId,
      method,
      params: JSON.stringify(params),
      threadId: stringOf(threadId) ?? stringOf(conversationId),
      turnId: stringOf(turnId),
      link,
      answer: undefined,
    });
    return clientId === serverId ? message : { ...message, id: clientId };
  }

  /** Returns the server's id, or another one if the client may have seen it. */
  #clientId(serverId: RequestId): RequestId {
    if (typeof serverId === "number" && serverId > this.#highest) return this.#highest = serverId;
    return `${serverId}#${++this.#renamed}`;
  }

  #settle(isMeant: (asked: Asked) => boolean): readonly object[] {
    const settled = [...this.#asked.values()].filter(isMeant);
    for (const { clientId } of settled) this.#asked.delete(clientId);
    return settled.map(({ clientId, threadId }) => ({
      method: "serverRequest/resolved",
      params: { threadId: threadId ?? "", requestId: clientId },
    }));
  }

  #forgetOldest(): void {
    if (this.#asked.size <= MAX_ANSWERED) return;
    for (const { clientId, answer } of this.#asked.values()) {
      if (answer !== undefined) return void this.#asked.delete(clientId);
    }
  }
}

/** Whether a request belongs to one item, which asks for one thing at a time. */
function namesItem(params: unknown): boolean {
  const { itemId, callId } = fieldsOf(params);
  return (itemId ?? callId) != null;
}
