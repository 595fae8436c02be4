/** A transport for chats of the AI SDK over a gateway. */
import type { ChatTransport } from "ai";
import type { GatewayConnection } from "../gateway_client/connection.ts";
import { GatewayError } from "../gateway_client/gateway_error.ts";
import type {
  LiveThread,
  PageAnswer,
  PageInput,
  PageTurnOptions,
} from "../gateway_client/live_thread.ts";
import type { TurnData } from "../gateway/wire.ts";
import { checkOptionNames } from "../util/option_names.ts";
import { onAbort } from "../util/on_abort.ts";
import type { CodexChatMessage } from "./chat_message.ts";
import { ChunkWriter, type CodexChatChunk } from "./chunk_writer.ts";

/**
 * Options of {@linkcode CodexChatTransport}.
 *
 * @example
 * ```ts
 * import type { CodexChatOptions } from "@codex-app-server/sdk/ai/chat";
 *
 * const options: CodexChatOptions = { turn: { effort: "low" }, onStop: "leave" };
 * ```
 */
export interface CodexChatOptions {
  /** Returns the id of a chat's thread. Defaults to the id of the chat: `useChat({ id: thread.id })`. */
  readonly threadId?: ((chatId: string) => string | Promise<string>) | undefined;
  /** The options of each turn; `body` of a request overrides them. */
  readonly turn?: PageTurnOptions | undefined;
  /**
   * What `stop()` does to the turn.
   *
   * @default {"interrupt"}
   */
  readonly onStop?: "interrupt" | "leave" | undefined;
}

/** A chat: its open thread, and the turn whose stream is written. */
interface OpenChat {
  readonly thread: LiveThread;
  turnId: string | undefined;
  writer: ChunkWriter;
}

/**
 * A `ChatTransport` for `useChat()` over a gateway: each message starts a turn, a reload in the middle of a turn resumes its
 * stream, and approvals are tool approvals. It needs no route of its own and keeps nothing on the server.
 *
 * @example
 * ```ts
 * import { connect } from "@codex-app-server/sdk/gateway/client";
 * import { CodexChatTransport } from "@codex-app-server/sdk/ai/chat";
 *
 * const transport = new CodexChatTransport(connect("/api/codex"));
 * // useChat({ id: thread.id, transport, resume: true, sendAutomaticallyWhen })
 * ```
 */
export class CodexChatTransport implements ChatTransport<CodexChatMessage> {
  /** A stream that is resumed begins with the beginning of the turn. */
  readonly resumeStreamIsReplay = true;
  readonly #gateway: GatewayConnection;
  readonly #options: CodexChatOptions;
  readonly #chats = new Map<string, Promise<OpenChat>>();

  /**
   * Creates a transport over a connection to a gateway.
   *
   * @throws {TypeError} if an option is unknown
   */
  constructor(gateway: GatewayConnection, options: CodexChatOptions = {}) {
    const names = { threadId: true, turn: true, onStop: true } as const;
    checkOptionNames("CodexChatTransport", options, names);
    this.#gateway = gateway;
    this.#options = options;
    this.close = this.close.bind(this);
  }

  /**
   * Starts a turn with the last message; if that is an answer whose approvals were responded to, answers them and goes on with
   * its turn.
   *
   * @throws {GatewayError} if the gateway refuses it, such as `"turn_active"` while another turn runs
   * @throws {TypeError} if the message has a file that is no image, or the last message is to be written again
   */
  async sendMessages(
    { chatId, messages, trigger, abortSignal, body }: Parameters<
      ChatTransport<CodexChatMessage>["sendMessages"]
    >[0],
  ): Promise<ReadableStream<CodexChatChunk>> {
    const last = messages.at(-1);
    if (trigger === "regenerate-message" || last === undefined || last.role === "system") {
      throw new TypeError("A thread keeps its answers: send a message instead of regenerating one");
    }
    const chat = await this.#open(chatId);
    if (last.role === "assistant") {
      await answerAll(chat.thread, last);
      return this.#stream(chat, last.id, abortSignal);
    }
    const options = { ...this.#options.turn, ...body as PageTurnOptions | undefined };
    const signal = abortSignal === undefined ? {} : { signal: abortSignal };
    const turnId = await chat.thread.turn(inputOf(last), { ...options, ...signal });
    return this.#stream(chat, turnId, abortSignal);
  }

  /**
   * Resumes the stream of the running turn, from its beginning; `null` if none runs.
   *
   * @throws {GatewayError} if the user has no such thread
   */
  async reconnectToStream(
    { chatId, abortSignal }: Parameters<ChatTransport<CodexChatMessage>["reconnectToStream"]>[0],
  ): Promise<ReadableStream<CodexChatChunk> | null> {
    const chat = await this.#open(chatId);
    for await (const { thread } of chat.thread.updates()) if (thread !== null) break;
    if (chat.thread.error !== undefined) throw chat.thread.error;
    const turn = chat.thread.activeTurn;
    if (turn === undefined) return null;
    chat.turnId = undefined; // the writer begins again
    return this.#stream(chat, turn.id, abortSignal);
  }

  /**
   * Answers a request of a `data-request` part in another way than yes or no: a question, or `"acceptForSession"`. Of an
   * approval, call `resumeStream()` of the chat afterwards.
   *
   * @throws {GatewayError} if it was answered before (`"request_settled"`), or the decision is not among those offered
   */
  async answer(chatId: string, requestId: string, answer: PageAnswer): Promise<void> {
    const { thread } = await this.#open(chatId);
    await thread.answer(requestId, answer);
  }

  /** Returns the open thread of a chat, for what the AI SDK has no part for: steering, older turns, the name. */
  async thread(chatId: string): Promise<LiveThread> {
    return (await this.#open(chatId)).thread;
  }

  /** Closes the streams of all threads; their turns go on. */
  close(): void {
    for (const chat of this.#chats.values()) {
      chat.then(({ thread }) => thread.close(), () => {});
    }
    this.#chats.clear();
  }

  #open(chatId: string): Promise<OpenChat> {
    const known = this.#chats.get(chatId);
    if (known !== undefined) return known;
    const opening = this.#openThread(chatId);
    this.#chats.set(chatId, opening);
    opening.catch(() => this.#chats.delete(chatId));
    return opening;
  }

  async #openThread(chatId: string): Promise<OpenChat> {
    const { threadId = (id: string) => id } = this.#options;
    const thread = this.#gateway.open(await threadId(chatId));
    return { thread, turnId: undefined, writer: new ChunkWriter() };
  }

  #stream(
    chat: OpenChat,
    turnId: string,
    signal: AbortSignal | undefined,
  ): ReadableStream<CodexChatChunk> {
    if (chat.turnId !== turnId) {
      chat.turnId = turnId;
      chat.writer = new ChunkWriter();
    }
    const chunks = this.#chunks(chat, turnId);
    let stop = (): void => {};
    return new ReadableStream<CodexChatChunk>({
      start: (controller) => {
        const end = (): void => {
          controller.error(signal?.reason);
          void chunks.return();
          if (this.#options.onStop !== "leave") void chat.thread.interrupt().catch(() => {});
        };
        stop = onAbort(signal, end);
        if (signal?.aborted) end();
      },
      pull: async (controller) => {
        try {
          const { done, value } = await chunks.next();
          if (signal?.aborted) return;
          if (!done) return controller.enqueue(value);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        stop();
      },
      cancel: async () => {
        stop();
        await chunks.return();
      },
    }, { highWaterMark: 0 });
  }

  async *#chunks(
    { thread, writer }: OpenChat,
    turnId: string,
  ): AsyncGenerator<CodexChatChunk, void, undefined> {
    let latest: TurnData | undefined;
    for await (const { turns, requests } of thread.updates()) {
      const turn = turns.find(({ id }) => id === turnId);
      if (turn === undefined) continue; // its start is on its way
      if (latest === undefined) yield* writer.start(turn);
      latest = turn;
      yield* writer.update(turn, requests);
      if (turn.status !== "inProgress" || writer.waits(turn, requests)) {
        return yield* writer.end(turn);
      }
    }
    throw thread.error ?? new GatewayError("The thread was closed", { code: "thread_closed" });
  }
}

/** Answers the approvals that a message has responses to. */
async function answerAll(thread: LiveThread, { parts }: CodexChatMessage): Promise<void> {
  for await (const view of thread.updates()) if (view.thread !== null) break;
  const open = new Set(thread.view.requests.map(({ id }) => id));
  for (const part of parts) {
    if (part.type !== "dynamic-tool" || part.state !== "approval-responded") continue;
    const { id, approved } = part.approval;
    if (!open.has(id)) continue; // answered elsewhere
    try {
      await thread.answer(id, { decision: approved ? "accept" : "decline" });
    } catch (error) {
      if (!(error instanceof GatewayError && error.code === "request_settled")) throw error;
    }
  }
}

function inputOf({ parts }: CodexChatMessage): PageInput {
  return parts.flatMap((part): Exclude<PageInput, string>[number][] => {
    if (part.type === "text") return [{ type: "text", text: part.text }];
    if (part.type !== "file") return [];
    if (part.mediaType.startsWith("image/")) return [{ type: "image", url: part.url }];
    throw new TypeError(`A gateway takes images, not a file of the type "${part.mediaType}"`);
  });
}
