/** A scripted app-server in the same process, for behaviour that the real one does not show on demand. */
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import type { InitializeResponse } from "../generated/types.ts";
import { PROTOCOL_VERSION } from "../protocol/metadata.ts";
import type {
  Connect,
  PeerFiles,
  ProcessClose,
  Transport,
  TransportCloseOptions,
} from "../transport/transport.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { Arrivals, checkCount, type WaitOptions } from "./arrivals.ts";
import {
  asFakeError,
  describeMessage,
  type FakeMessage,
  type FakeReply,
  FakeRequest,
  type FakeRequestId,
  isRequest,
  notification,
} from "./fake_messages.ts";

/**
 * Answers a request of the client: it returns the result, or throws a {@linkcode FakeError}.
 *
 * @example
 * ```ts
 * import type { FakeHandler } from "@codex-app-server/sdk/testing";
 *
 * const echo: FakeHandler = (params, { method }) => ({ method, params });
 * ```
 */
export type FakeHandler = (params: FakeMessage, request: FakeRequest) => unknown;

/**
 * Options of {@linkcode FakeAppServer.request}.
 *
 * @example
 * ```ts
 * import type { FakeAppServer, FakeRequestOptions } from "@codex-app-server/sdk/testing";
 *
 * async function ask(server: FakeAppServer, options: FakeRequestOptions = { id: "7" }) {
 *   return await server.request("item/tool/call", { tool: "clock" }, options);
 * }
 * ```
 */
export interface FakeRequestOptions extends WaitOptions {
  /** The exact id, such as `0`, `-1`, `""` or `"1"`. By default, ids count up from 0. */
  readonly id?: FakeRequestId;
}

const REQUEST_OPTIONS: OptionNames<FakeRequestOptions> = { id: true, timeoutMs: true };

/**
 * Options of {@linkcode FakeAppServer.hang}.
 *
 * @example
 * ```ts
 * import type { FakeHangOptions } from "@codex-app-server/sdk/testing";
 *
 * const deaf: FakeHangOptions = { writes: true };
 * ```
 */
export interface FakeHangOptions {
  /**
   * Also stops reading, so that the client's writes stay pending.
   * @default {false}
   */
  readonly writes?: boolean;
}

/**
 * A request that is held until the test answers it.
 *
 * @example
 * ```ts
 * import type { DeferredRequest } from "@codex-app-server/sdk/testing";
 *
 * async function answerLate(list: DeferredRequest): Promise<void> {
 *   await list.arrived({ timeoutMs: 1_000 });
 *   list.reply({ data: [], nextCursor: null });
 * }
 * ```
 */
export interface DeferredRequest {
  /** Fulfils with the request when it arrives; fails if it does not arrive in time. */
  arrived(options?: WaitOptions): Promise<FakeRequest>;
  /** Answers the request with a result once it arrives. */
  reply(result?: unknown): void;
  /** Answers the request with an error once it arrives. */
  fail(error: { readonly code: number; readonly message: string; readonly data?: unknown }): void;
}

/**
 * Options of {@linkcode FakeAppServer}.
 *
 * @example
 * ```ts
 * import { FakeAppServer, type FakeAppServerOptions } from "@codex-app-server/sdk/testing";
 *
 * const options: FakeAppServerOptions = { maxMessages: 100 };
 * const server = new FakeAppServer({}, options);
 * ```
 */
export interface FakeAppServerOptions {
  /**
   * How many messages of the client the server keeps. Past that, it drops the oldest one.
   *
   * @default {10_000}
   */
  readonly maxMessages?: number;
}

/** The default answer to `initialize`. */
const INITIALIZE: InitializeResponse = {
  userAgent: `codex_app_server_sdk/${PROTOCOL_VERSION} (Test; x86_64) test`,
  codexHome: "/tmp/codex-home",
  platformFamily: "unix",
  platformOs: "linux",
};

/**
 * A fake `codex app-server`: pass its `connect` to a client, script its answers, and inspect the requests. It answers
 * `initialize` by itself, and replies to a method without a handler as the real server does to an unknown one.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { FakeAppServer, fakeThreadStart } from "@codex-app-server/sdk/testing";
 *
 * await using server = new FakeAppServer();
 * server.on("thread/start", () => fakeThreadStart("thread-1"));
 *
 * await using codex = await Codex.start({ connect: server.connect });
 * await codex.threadStart();
 * const request = await server.nextRequest("thread/start");
 * server.exit({ code: 1, stderrTail: "out of memory" }); // a crash
 * ```
 */
export class FakeAppServer implements AsyncDisposable {
  /** Opens a connection; the server talks to the latest one. */
  readonly connect: Connect;
  readonly #handlers: Map<string, FakeHandler> = new Map();
  readonly #held: Map<string, ((request: FakeRequest) => void)[]> = new Map();
  readonly #maxMessages: number;
  #received: Arrivals<FakeMessage>;
  #requests: Arrivals<FakeRequest>;
  #transport: FakeTransport | undefined;
  #hanging: FakeHangOptions | undefined;
  #nextId = 0;

  /**
   * Creates a server; `initialize` replaces parts of the answer to `initialize`.
   *
   * @throws {TypeError} if an option is unknown
   * @throws {RangeError} if `maxMessages` is not a positive integer
   */
  constructor(initialize: Partial<InitializeResponse> = {}, options: FakeAppServerOptions = {}) {
    checkOptionNames("FakeAppServer", options, { maxMessages: true });
    const { maxMessages = 10_000 } = options;
    this.#maxMessages = checkCount("maxMessages", maxMessages);
    this.#received = new Arrivals(maxMessages);
    this.#requests = new Arrivals(maxMessages);
    this.connect = (options = {}) => Promise.resolve().then(() => this.#open(options.signal));
    this.on("initialize", () => ({ ...INITIALIZE, ...initialize }));
  }

  /** Every frame received on the current connection, parsed, in order: at most the last `maxMessages`. */
  get received(): readonly FakeMessage[] {
    return this.#received.all;
  }

  /** How many of the oldest frames are no longer in `received`. */
  get droppedMessages(): number {
    return this.#received.dropped;
  }

  /** Sets the handler of a method, replacing any previous one. */
  on(method: string, handler: FakeHandler): this {
    this.#handlers.set(method, handler);
    return this;
  }

  /** Holds the next request for a method until the test answers it; takes precedence over the handler of `on()`. */
  defer(method: string): DeferredRequest {
    const arrival = new Arrivals<FakeRequest>();
    const answer = deferred<(request: FakeRequest) => void>();
    const held = this.#held.get(method) ?? [];
    this.#held.set(method, held);
    held.push((request) => {
      arrival.add(request);
      answer.promise.then((give) => give(request));
    });
    return {
      arrived: (options) =>
        arrival.until(
          () => arrival.all[0],
          { what: `a request for ${method}`, describe: () => method },
          options,
        ),
      reply: (result) => answer.resolve((request) => request.reply(result)),
      fail: (error) => answer.resolve((request) => request.fail(error)),
    };
  }

  /** Sends a notification. */
  notify(method: string, params: unknown = {}): void {
    this.sendBatch([notification(method, params)]);
  }

  /** Sends a request to the client and waits for its reply, whether a result or an error. */
  async request(
    method: string,
    params: unknown = {},
    options: FakeRequestOptions = {},
  ): Promise<FakeReply> {
    checkOptionNames("request()", options, REQUEST_OPTIONS);
    const { id = this.#nextId++, ...limit } = options;
    this.sendBatch([{ method, id, params }]);
    const reply = await this.#received.take(
      (message) => !("method" in message) && message.id === id,
      {
        what: `the client's reply to ${method} (id ${JSON.stringify(id)})`,
        describe: describeMessage,
      },
      limit,
    );
    return reply as unknown as FakeReply;
  }

  /** Sends frames unchanged, each in its own batch, even if they are not JSON. */
  sendRaw(...frames: readonly string[]): void {
    for (const frame of frames) this.sendBatch([frame]);
  }

  /** Sends messages in one batch, as if they had arrived in one chunk: strings unchanged, the rest as JSON. */
  sendBatch(messages: readonly (string | FakeMessage)[]): void {
    if (this.#transport === undefined) throw new Error("Cannot send: no client has connected");
    this.#transport.deliver(
      messages.map((message) => typeof message === "string" ? message : JSON.stringify(message)),
    );
  }

  /** Waits for the next request, of one method or any, that no earlier call returned. */
  nextRequest(method?: string, options: WaitOptions = {}): Promise<FakeRequest> {
    return this.#requests.take(
      (request) => method === undefined || request.method === method,
      {
        what: method === undefined ? "a request" : `a request for ${method}`,
        describe: (request) => `${request.method} (id ${JSON.stringify(request.id)})`,
      },
      options,
    );
  }

  /** Waits for the next notification of a method that no earlier call returned. */
  nextNotification(method: string, options: WaitOptions = {}): Promise<FakeMessage> {
    return this.#received.take(
      (message) => message.method === method && !isRequest(message),
      { what: `the notification ${method}`, describe: describeMessage },
      options,
    );
  }

  /** Stops answering: requests are still recorded, but their handlers are not called. */
  hang(options: FakeHangOptions = {}): void {
    checkOptionNames("hang()", options, { writes: true });
    this.#hanging = options;
  }

  /** Ends the process as a crash would; what was sent before can still be read. */
  exit(exit: FakeExit = {}): void {
    checkOptionNames("exit()", exit, { code: true, signal: true, stderrTail: true });
    this.#transport?.exit(exit);
  }

  /** Ends the connection and fails the pending waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.exit();
    this.#received.close("the fake app-server was disposed");
    this.#requests.close("the fake app-server was disposed");
    await this.#transport?.closed;
  }

  #open(signal: AbortSignal | undefined): FakeTransport {
    signal?.throwIfAborted();
    // The first connection keeps the lists, so that a test can wait before the client has connected.
    const limit = this.#maxMessages;
    const received = this.#transport ? new Arrivals<FakeMessage>(limit) : this.#received;
    const requests = this.#transport ? new Arrivals<FakeRequest>(limit) : this.#requests;
    const transport: FakeTransport = new FakeTransport({
      onFrame: (frame) => this.#receive(frame, transport),
      onClose: ({ local }) => {
        const reason = local ? "the client closed the connection" : "the fake app-server exited";
        received.close(reason);
        requests.close(reason);
      },
    });
    this.#received = received;
    this.#requests = requests;
    this.#transport = transport;
    this.#hanging = undefined;
    return transport;
  }

  #receive(frame: string, transport: FakeTransport): void | Promise<void> {
    const message = JSON.parse(frame) as FakeMessage;
    this.#received.add(message);
    if (isRequest(message)) {
      const request = new FakeRequest(
        message,
        (reply) => transport.deliver([JSON.stringify(reply)]),
      );
      this.#requests.add(request);
      if (this.#hanging === undefined) this.#dispatch(request);
    }
    if (this.#hanging?.writes) return new Promise(() => {});
  }

  #dispatch(request: FakeRequest): void {
    const hold = this.#held.get(request.method)?.shift();
    if (hold !== undefined) return hold(request);
    const handler = this.#handlers.get(request.method);
    if (handler === undefined) {
      const message = `Invalid request: unknown variant \`${request.method}\`, expected one of ` +
        [...this.#handlers.keys()].map((method) => `\`${method}\``).join(", ");
      return request.fail({ code: -32600, message });
    }
    try {
      const result = handler(request.params, request);
      if (!isThenable(result)) return request.reply(result);
      result.then((value) => request.reply(value), (error) => request.fail(asFakeError(error)));
    } catch (error) {
      request.fail(asFakeError(error));
    }
  }
}

/**
 * How a fake process ends. By default, it exits with code 0.
 *
 * @example
 * ```ts
 * import type { FakeExit } from "@codex-app-server/sdk/testing";
 *
 * const killed: FakeExit = { code: null, signal: "SIGKILL" };
 * ```
 */
export interface FakeExit {
  /** The exit code; 0 by default, `null` with a signal. */
  readonly code?: number | null;
  /** The signal that ended the process, such as `"SIGKILL"`. */
  readonly signal?: string | null;
  /** The last lines of stderr. */
  readonly stderrTail?: string;
}

/** The callbacks of a fake transport. */
export interface FakeTransportListener {
  /** Called with each frame of the client; the write is pending until the promise settles. */
  readonly onFrame: (frame: string) => void | Promise<void>;
  /** Called when either side has ended the transport. */
  readonly onClose: (close: ProcessClose) => void;
}

/** A transport whose other end is a listener in the same process. */
export class FakeTransport implements Transport {
  readonly name = "fake";
  /** The fake has no files: it knows no links, and any path may exist. */
  readonly files: PeerFiles = {
    look: () => Promise.resolve(undefined),
    readLink: () => Promise.resolve(undefined),
  };
  readonly readable: ReadableStream<readonly string[]>;
  readonly writable: WritableStream<string>;
  readonly #listener: FakeTransportListener;
  readonly #closed: Deferred<ProcessClose> = deferred<ProcessClose>();
  #frames: ReadableStreamDefaultController<readonly string[]> | undefined;
  #end: ProcessClose | undefined;

  /** Creates a transport for a listener. */
  constructor(listener: FakeTransportListener) {
    this.#listener = listener;
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#frames = controller;
      },
      cancel: () => {
        this.#frames = undefined;
      },
    });
    this.writable = new WritableStream({
      write: async (frame) => {
        if (this.#end !== undefined) {
          throw new Error("Cannot write: the fake app-server has exited");
        }
        const taken = this.#listener.onFrame(frame);
        // A race adds a reaction to `closed` that lives as long as it is pending, so avoid it where possible.
        if (taken !== undefined) await Promise.race([taken, this.#closed.promise]);
      },
    });
  }

  /** Fulfils when the transport has ended. */
  get closed(): Promise<ProcessClose> {
    return this.#closed.promise;
  }

  /** Whether the transport has ended. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Delivers a batch of frames to the client; has no effect after the end. */
  deliver(frames: readonly string[]): void {
    if (!this.ended) this.#frames?.enqueue(frames);
  }

  /** Ends the transport as if the process had exited by itself. */
  exit(exit: FakeExit = {}): void {
    this.#finish({
      kind: "process",
      local: false,
      code: exit.code ?? (exit.signal == null ? 0 : null),
      signal: exit.signal ?? null,
      stderrTail: exit.stderrTail ?? "",
    });
  }

  /** Ends the transport for the client: the process exits cleanly, or by SIGKILL when forced. */
  close(options: TransportCloseOptions = {}): Promise<ProcessClose> {
    const [code, signal] = options.force ? [null, "SIGKILL"] : [0, null];
    this.#finish({ kind: "process", local: true, code, signal, stderrTail: "" });
    return this.closed;
  }

  /** Ends the transport for the client. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #finish(close: ProcessClose): void {
    if (this.#end !== undefined) return;
    this.#end = close;
    this.#frames?.close();
    this.#frames = undefined;
    this.#closed.resolve(close);
    this.#listener.onClose(close);
  }
}

/** Returns whether a handler is asynchronous; its promise may come from another realm. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function";
}
