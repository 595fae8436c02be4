/** The client over any connection: opens it on first use, and settles everything when it ends. */
import { InvalidStateError } from "../errors/turn_errors.ts";
import { RequestTimeoutError, TransportClosedError } from "../errors/transport_errors.ts";
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import type { NotificationMethod } from "../generated/notifications.ts";
import type { ServerRequestMethod } from "../generated/server_requests.ts";
import { ProtocolConnection, type RequestOptions } from "../protocol/connection.ts";
import type { ServerMetadata } from "../protocol/metadata.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import { RequestHandlers, type ServerRequestHandler } from "../protocol/request_handlers.ts";
import type { Connect, TransportClose } from "../transport/transport.ts";
import { abortable } from "../util/abortable.ts";
import { deferred } from "../util/deferred.ts";
import { checkLimitMs, waitAtMost } from "../util/timer.ts";
import type { ClientContext } from "./client_context.ts";
import { type CheckedOptions, checkOptions, type ClientOptions } from "./client_options.ts";
import type { EventStream } from "./event_stream.ts";
import { GivenUpStarts } from "./given_up_starts.ts";
import { interruptAll } from "./interrupt_all.ts";
import {
  Listeners,
  type NotificationListener,
  type NotificationStreamOptions,
} from "./listeners.ts";
import type { Thread } from "./thread.ts";
import {
  resumeThread,
  startThread,
  type ThreadResumeOptions,
  type ThreadStartOptions,
} from "./thread_open.ts";
import { TurnRouter } from "./turn_router.ts";

/** Milliseconds that running turns get to end by an interrupt before the connection is closed. */
const INTERRUPT_ON_CLOSE_MS = 1_000;

const CLOSED_HERE: TransportClose = { kind: "stream", local: true };

/**
 * A client of one app-server over any connection: what `Codex` is, without a default connection.
 *
 * @example
 * ```ts
 * import { CodexClient, type Connect } from "@codex-app-server/sdk";
 *
 * const clientOver = (connect: Connect): CodexClient => new CodexClient(connect, { clientName: "ci" });
 * ```
 */
export class CodexClient implements AsyncDisposable {
  readonly #connect: Connect;
  readonly #options: CheckedOptions;
  readonly #router = new TurnRouter();
  readonly #givenUp = new GivenUpStarts();
  readonly #listeners: Listeners;
  readonly #handlers: RequestHandlers;
  readonly #context: ClientContext;
  readonly #stop = new AbortController();
  readonly #exited = deferred<TransportClose>();
  #opening: Promise<ProtocolConnection> | undefined;
  #connection: ProtocolConnection | undefined;
  #closing: Promise<void> | undefined;
  #closeError: TransportClosedError | undefined;

  /** Makes a client that connects on first use. */
  constructor(connect: Connect, options: ClientOptions = {}) {
    if (typeof connect !== "function") throw new TypeError('"connect" must be a function');
    this.#connect = connect;
    this.#options = checkOptions(options);
    const { handlers, onDiagnostic } = this.#options;
    this.#listeners = new Listeners(onDiagnostic);
    this.#handlers = new RequestHandlers(handlers, onDiagnostic);
    this.#context = {
      router: this.#router,
      givenUp: this.#givenUp,
      assertOpen: () => this.#assertOpen(),
      request: (method, params, requestOptions) => this.#request(method, params, requestOptions),
    };
  }

  /**
   * What the server told of itself.
   *
   * @throws {InvalidStateError} before the connection is initialized
   */
  get metadata(): ServerMetadata {
    if (this.#connection === undefined) {
      throw new InvalidStateError(
        'Cannot read the metadata: the connection is not initialized, await "connect()" first',
      );
    }
    return this.#connection.metadata;
  }

  /** The process id of the server; `undefined` before the start and where the server is no child process. */
  get pid(): number | undefined {
    return this.#connection?.pid;
  }

  /** Fulfils when the server has ended, with how it did; never rejects. */
  get exited(): Promise<TransportClose> {
    return this.#exited.promise;
  }

  /**
   * Starts the server and initializes the connection (`initialize`); does so once, whoever asks, and again after a
   * failure. Every request does it by itself. A signal ends the waiting of its caller, not the start.
   *
   * @throws {RuntimeNotFoundError} when there is no `codex` executable
   * @throws {StartupTimeoutError} when that takes longer than `startupTimeoutMs`
   * @throws {TransportClosedError} when the server ends before it answers, or this client was closed
   */
  async connect(options: { readonly signal?: AbortSignal } = {}): Promise<this> {
    options.signal?.throwIfAborted();
    await abortable(this.#ready(), options.signal);
    return this;
  }

  /**
   * Starts a new thread (`thread/start`).
   *
   * @throws {TypeError} when an option is not of its kind
   * @throws {JsonRpcError} when the server refuses it
   */
  threadStart(options: ThreadStartOptions = {}): Promise<Thread> {
    return startThread(this.#context, options);
  }

  /**
   * Opens a stored thread (`thread/resume`); its history stays on the server.
   *
   * @throws {TypeError} when the id is no text or an option is not of its kind
   * @throws {JsonRpcError} when the server has no such thread
   */
  threadResume(threadId: string, options: ThreadResumeOptions = {}): Promise<Thread> {
    return resumeThread(this.#context, threadId, options);
  }

  /**
   * Sends any request of the protocol and waits for its reply.
   *
   * @throws {JsonRpcError} when the server answers with an error
   * @throws {RequestTimeoutError} when no reply comes within `timeoutMs`
   * @throws {TransportClosedError} when the connection is or gets closed
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function modelIds(codex: Codex): Promise<string[]> {
   *   const { data } = await codex.request("model/list", {}, { timeoutMs: 10_000 });
   *   return data.map((model) => model.id);
   * }
   * ```
   */
  async request<M extends ClientMethod>(
    method: M,
    params: ClientParams<M>,
    options: RequestOptions<ClientResult<M>> = {},
  ): Promise<ClientResult<M>> {
    if (typeof method !== "string" || (method as string) === "") {
      throw new TypeError(
        `The method must be a text that is not empty, got ${JSON.stringify(method)}`,
      );
    }
    return await this.#request(method, params, options);
  }

  /**
   * Reads the server's notifications from now on, those of all turns included, until the connection ends.
   * @throws {TypeError} when `methods` is no list; `signal.reason` when the signal has fired already
   */
  notifications(options: NotificationStreamOptions = {}): EventStream {
    return this.#listeners.stream(options);
  }

  /**
   * Calls back for each notification of a method; the function that is returned ends that. What the listener throws is
   * told to `onDiagnostic`.
   *
   * @throws {TypeError} when there is no method or no function
   */
  on<M extends NotificationMethod | (string & Record<never, never>)>(
    method: M,
    listener: NotificationListener<M>,
  ): () => void {
    return this.#listeners.on(method, listener as (params: unknown) => void);
  }

  /**
   * Sets the handler for a request of the server, in the place of the one before; the function that is returned takes it
   * away, and such requests are declined from then on.
   *
   * @throws {TypeError} when there is no method or no function
   */
  handle<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    if (typeof method !== "string" || typeof handler !== "function") {
      throw new TypeError("A handler needs the name of a method and a function");
    }
    return this.#handlers.set(method, handler);
  }

  /**
   * Ends everything: interrupts what runs, ends the server, and waits for that, bounded in time. Safe to call again.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends everything, as {@linkcode close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #request<M extends ClientMethod>(
    method: M,
    params: ClientParams<M>,
    options: RequestOptions<ClientResult<M>> = {},
  ): Promise<ClientResult<M>> {
    options.signal?.throwIfAborted();
    const connection = this.#connection ?? await this.#readyFor(method, options);
    this.#assertOpen();
    return await connection.request(method, params, options);
  }

  /** A request's limits hold for the start of the server too, which goes on without it. */
  async #readyFor(
    method: string,
    { signal, timeoutMs = 0 }: Pick<RequestOptions, "signal" | "timeoutMs">,
  ): Promise<ProtocolConnection> {
    checkLimitMs("timeoutMs", timeoutMs);
    const connection = await waitAtMost(abortable(this.#ready(), signal), timeoutMs);
    if (connection === undefined) throw new RequestTimeoutError(method, timeoutMs);
    return connection;
  }

  #ready(): Promise<ProtocolConnection> {
    if (this.#closeError !== undefined) return Promise.reject(this.#closeError);
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<ProtocolConnection> {
    const { initialize, startupTimeoutMs, requestTimeoutMs, onDiagnostic } = this.#options;
    let opened = false;
    let endedEarly: TransportClosedError | undefined;
    const connection = await ProtocolConnection.open({
      connect: this.#connect,
      initialize,
      startupTimeoutMs,
      requestTimeoutMs,
      onDiagnostic,
      handlers: this.#handlers,
      signal: this.#stop.signal,
      onNotification: (notification) => this.#receive(notification),
      onClose: (error) => opened ? this.#ended(error) : endedEarly = error,
    });
    opened = true;
    this.#connection = connection;
    if (endedEarly !== undefined) this.#ended(endedEarly);
    return connection;
  }

  #assertOpen(): void {
    if (this.#closeError !== undefined) throw this.#closeError;
  }

  #receive(notification: ServerNotification): void {
    try {
      this.#router.route(notification);
    } finally {
      this.#listeners.emit(notification); // whatever is wrong with it, it is delivered
    }
  }

  #ended(error: TransportClosedError): void {
    this.#closeError = error;
    this.#router.close(error);
    this.#givenUp.close();
    this.#listeners.close(error.close.local ? undefined : error);
    this.#exited.resolve(error.close);
  }

  async #close(): Promise<void> {
    this.#closeError ??= new TransportClosedError(CLOSED_HERE);
    this.#stop.abort(this.#closeError);
    const connection = this.#connection ?? await this.#opening?.catch(() => undefined);
    if (connection !== undefined) {
      await interruptAll(this.#router, connection, INTERRUPT_ON_CLOSE_MS);
      await connection.close();
    } else {
      this.#listeners.close();
      this.#exited.resolve(CLOSED_HERE);
    }
  }
}
