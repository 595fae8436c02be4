/** A gateway over a client and a scripted server, and the requests of pages. */
import { Codex } from "../../mod.ts";
import {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type ThreadEvent,
} from "../../gateway.ts";
import {
  connect,
  type ConnectGatewayOptions,
  type GatewayConnection,
} from "../../gateway/client.ts";
import { sseEvents } from "../../src/gateway_client/sse.ts";
import type { ThreadItem } from "../../protocol.ts";
import {
  agentMessage,
  FakeAppServer,
  fakeThread,
  fakeThreadStart,
  fakeTurn,
  notification,
} from "../../testing.ts";

export const ORIGIN = "http://gateway.test";

/** Parts of a request of a page. */
export interface PageRequest {
  readonly user?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Everything that a test of the gateway needs. */
export class GatewayPeer implements AsyncDisposable {
  readonly server: FakeAppServer = new FakeAppServer();
  readonly codex: Codex;
  readonly gateway: Gateway;
  /** What was told to `onError`. */
  readonly errors: unknown[] = [];
  #threads = 0;
  #turns = 0;

  constructor(options: Partial<GatewayOptions> = {}) {
    this.server
      .on("thread/start", () => fakeThreadStart(`thread-${++this.#threads}`))
      .on("thread/resume", (params) => fakeThreadStart(idIn(params)))
      .on("thread/read", (params) => ({ thread: fakeThread(idIn(params)) }))
      .on("thread/unsubscribe", () => ({ status: "unsubscribed" }))
      .on("thread/turns/list", () => ({ data: [], nextCursor: null }))
      .on("turn/start", () => ({ turn: fakeTurn(`turn-${++this.#turns}`) }))
      .on("turn/interrupt", (params) => {
        const { threadId, turnId } = params as { threadId: string; turnId: string };
        this.server.notify("turn/completed", { threadId, turn: fakeTurn(turnId, "interrupted") });
        return {};
      });
    this.codex = new Codex({ connect: this.server.connect });
    this.gateway = createGateway(this.codex, {
      basePath: "/api",
      authorize: (request) => request.headers.get("authorization"),
      onError: (error) => void this.errors.push(error),
      heartbeatMs: 0,
      drainMs: 0,
      ...options,
    });
  }

  /** Sends a request of a page: `"POST threads"`. */
  ask(what: string, { user = "ann", body, headers, signal }: PageRequest = {}): Promise<Response> {
    const [method = "GET", path = ""] = what.split(" ");
    return this.gateway.fetch(
      new Request(`${ORIGIN}/api/${path}`, {
        method,
        headers: {
          ...(user === null ? {} : { authorization: user }),
          ...(method === "GET" ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
  }

  /** Returns the status and the code of a response: `"404 thread_not_found"`. */
  async outcome(what: string, request: PageRequest = {}): Promise<string> {
    const response = await this.ask(what, request);
    const body = await response.json() as { error?: { code: string } };
    return `${response.status} ${body.error?.code ?? "ok"}`;
  }

  /** Creates a thread and starts a turn, which has begun. */
  async begin(user = "ann"): Promise<{ threadId: string; turnId: string }> {
    const { id: threadId } = await (await this.ask("POST threads", { user, body: {} })).json();
    const body = { input: "hi" };
    const reply = await this.ask(`POST threads/${threadId}/turns`, { user, body });
    const { id: turnId } = await reply.json();
    this.server.notify("turn/started", { threadId, turn: fakeTurn(turnId) });
    return { threadId, turnId };
  }

  /** Opens the events of a thread. */
  async events(threadId: string, request: PageRequest = {}): Promise<EventReader> {
    const response = await this.ask(`GET threads/${threadId}/events`, request);
    return new EventReader(response);
  }

  /** A page, over `fetch` without a network. */
  page(options: ConnectGatewayOptions = {}): GatewayConnection {
    return connect(`${ORIGIN}/api`, {
      headers: { authorization: "ann" },
      fetch: (url, init) => this.gateway.fetch(new Request(url, init)),
      ...options,
    });
  }

  /** Sends the end of a turn. */
  end(threadId: string, turnId: string, items: ThreadItem[] = []): void {
    const turn = fakeTurn(turnId, "completed", { items });
    this.server.notify("turn/completed", { threadId, turn });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.close();
    await this.codex.close();
    await this.server[Symbol.asyncDispose]();
  }
}

/** Reads the events of a response, with their ids and the bytes that they took. */
export class EventReader implements AsyncDisposable {
  readonly response: Response;
  /** The id of the last event. */
  lastEventId = "";
  bytes = 0;
  readonly #events: AsyncGenerator<{ readonly id: string; readonly data: string }>;
  readonly #stop = new AbortController();

  constructor(response: Response) {
    this.response = response;
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    // No stage of its own: it would read ahead.
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        this.bytes += value.byteLength;
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
    this.#events = sseEvents(body, this.#stop.signal, () => {});
  }

  /** Returns the next event; `undefined` at the end. */
  async next(): Promise<ThreadEvent | undefined> {
    const { done, value } = await this.#events.next();
    if (done) return undefined;
    this.lastEventId = value.id;
    return JSON.parse(value.data);
  }

  /** Reads up to and including the event that is wanted. */
  async until(isWanted: (event: ThreadEvent) => boolean): Promise<ThreadEvent[]> {
    const events: ThreadEvent[] = [];
    for (;;) {
      const event = await this.next();
      if (event === undefined) throw new Error("The stream ended first");
      events.push(event);
      if (isWanted(event)) return events;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#events.return(undefined);
  }
}

/** Whether an event is the end of a turn. */
export function isTurnEnd(event: ThreadEvent): boolean {
  return !Array.isArray(event) && "type" in event && event.type === "turn" &&
    event.status !== undefined && event.status !== "inProgress";
}

/** The start of a message, and its pieces. */
export function messageStart(threadId: string, turnId: string, id = "item-1"): string {
  const item = agentMessage(id, "");
  return JSON.stringify(notification("item/started", { item, threadId, turnId, startedAtMs: 0 }));
}

/** A delta of a message. */
export function delta(
  threadId: string,
  turnId: string,
  text: string,
  itemId = "item-1",
): ReturnType<typeof notification> {
  return notification("item/agentMessage/delta", { threadId, turnId, itemId, delta: text });
}

function idIn(params: unknown): string {
  return String((params as { threadId?: unknown }).threadId);
}

/** Waits on the clock of the test. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
