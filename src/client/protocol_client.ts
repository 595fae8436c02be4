/** The protocol in the hands of the caller: the connection, requests, notifications and handlers. */
import type { TransportClosedError } from "../errors/transport_errors.ts";
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import type { NotificationMethod } from "../generated/notifications.ts";
import type { ServerRequestMethod } from "../generated/server_requests.ts";
import type { RequestOptions } from "../protocol/connection.ts";
import type { ServerMetadata } from "../protocol/metadata.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import { setHandler } from "../protocol/handler_set.ts";
import { RequestHandlers, type ServerRequestHandler } from "../protocol/request_handlers.ts";
import type { Connect, TransportClose } from "../transport/transport.ts";
import { abortable } from "../util/abortable.ts";
import { AgentRegistry } from "./agents/agent_registry.ts";
import { ClientConnection } from "./client_connection.ts";
import type { ClientContext } from "./client_context.ts";
import { checkOptions, type ClientOptions } from "./client_options.ts";
import { hasDelta } from "./events/delta_run.ts";
import type { EventStream } from "./events/event_stream.ts";
import { GivenUpStarts } from "./turns/given_up_starts.ts";
import { interruptAll } from "./turns/turn_interrupt.ts";
import {
  Listeners,
  type NotificationListener,
  type NotificationStreamOptions,
} from "./events/listeners.ts";
import { nearerLevels } from "./requests/nearer_levels.ts";
import { OpenItems } from "./requests/open_items.ts";
import { OpenRequests } from "./requests/open_requests.ts";
import type { RequestStreamOptions } from "./requests/request_inbox.ts";
import { RequestLevel } from "./requests/request_level.ts";
import { RequestPlace } from "./requests/request_place.ts";
import type { RequestStream } from "./requests/request_stream.ts";
import { type UserRequest, userRequest, type UserRequestKind } from "./requests/user_request.ts";
import { SideRoutes } from "./side_routes.ts";
import { ThreadRegistry } from "./threads/thread_registry.ts";
import { tracingOf } from "./tracing/request_tracing.ts";
import { TurnQueue } from "./turns/turn_queue.ts";
import { TurnRouter } from "./turns/turn_router.ts";
import { cancelLateResult } from "./cancel_late_result.ts";

/**
 * What every client has, whatever it is used for: one connection, and the whole protocol over it.
 *
 * @example
 * ```ts
 * import type { ProtocolClient } from "@codex-app-server/sdk";
 *
 * async function configOf(client: ProtocolClient): Promise<unknown> {
 *   return (await client.request("config/read", { includeLayers: false })).config;
 * }
 * ```
 */
export class ProtocolClient implements AsyncDisposable {
  readonly #router = new TurnRouter();
  readonly #givenUp = new GivenUpStarts();
  readonly #requests = new OpenRequests((threadId) => this.#agents.requested(threadId));
  readonly #items = new OpenItems();
  readonly #threads = new ThreadRegistry();
  readonly #agents = new AgentRegistry(this.#router, () => this.context);
  readonly #side = new SideRoutes();
  readonly #listeners: Listeners;
  readonly #handlers: RequestHandlers<RequestLevel>;
  readonly #connection: ClientConnection;
  #closing: Promise<void> | undefined;
  /**
   * What threads, turns and logins need of their client.
   *
   * @ignore
   */
  protected readonly context: ClientContext;

  /** Makes a client that connects on first use. */
  constructor(connect: Connect, options: ClientOptions = {}) {
    if (typeof connect !== "function") throw new TypeError('"connect" must be a function');
    const { requestHandlers, ...checked } = checkOptions(options);
    this.#listeners = new Listeners(checked.onDiagnostic);
    const level = new RequestLevel();
    level.configure(requestHandlers);
    const { parentOf } = this.#agents;
    const sources = { threads: this.#threads, router: this.#router, parentOf };
    const { spans, tracing } = tracingOf(checked, this.#router, this.#threads);
    this.#handlers = new RequestHandlers(level, {
      onDiagnostic: checked.onDiagnostic,
      onFailure: (params, error) => spans?.failed(params, error),
      onAsked: (asked) => {
        const place = new RequestPlace(asked, this.#threads, this.#items);
        asked.view = userRequest(asked, place);
        this.#requests.add(asked, place);
      },
      nearer: (asked) => nearerLevels(sources, asked, this.#requests.place(asked)),
    });
    this.#connection = new ClientConnection({
      ...checked,
      connect,
      handlers: this.#handlers,
      tracing,
      onNotification: (notification) => this.#receive(notification),
      onEnd: (error) => this.#ended(error),
    });
    this.context = {
      router: this.#router,
      givenUp: this.#givenUp,
      turnQueue: new TurnQueue(),
      requests: this.#requests,
      threads: this.#threads,
      agents: this.#agents,
      logins: this.#side.logins,
      execs: this.#side.execs,
      watches: this.#side.watches,
      searches: this.#side.searches,
      tracing: spans,
      handlers: this.#handlers,
      experimentalApi: checked.initialize.capabilities?.experimentalApi === true,
      onDiagnostic: checked.onDiagnostic,
      metadata: async (method, limits) =>
        (await this.#connection.readyFor(method, limits)).metadata,
      assertOpen: () => this.#connection.assertOpen(),
      request: (method, params, requestOptions) => this.#request(method, params, requestOptions),
    };
  }

  /**
   * What the server told of itself.
   *
   * @throws {InvalidStateError} before the connection is initialized
   */
  get metadata(): ServerMetadata {
    return this.#connection.metadata;
  }

  /** The process id of the server; `undefined` before the start and where the server is no child process. */
  get pid(): number | undefined {
    return this.#connection.pid;
  }

  /** Fulfils when the server has ended, with how it did; never rejects. */
  get exited(): Promise<TransportClose> {
    return this.#connection.exited;
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
    await abortable(this.#connection.ready(), options.signal);
    return this;
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
    return setHandler(this.#handlers.own, method, handler);
  }

  /**
   * Reads what the server asks people, of all threads: approvals, questions and elicitations that no turn, no thread and no
   * handler of this client answers. It ends when the connection does.
   *
   * @throws {TypeError} when `kinds` is no list of kinds; `signal.reason` when the signal has fired already
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function answerAll(codex: Codex): Promise<void> {
   *   for await (const request of codex.requests({ kinds: ["commandApproval"] })) {
   *     if (confirm(`Run ${request.command}?`)) request.approve();
   *     else request.decline();
   *   }
   * }
   * ```
   */
  requests<Kind extends UserRequestKind = UserRequestKind>(
    options: RequestStreamOptions<Kind> = {},
  ): RequestStream<Kind> {
    return this.#handlers.own.open(options);
  }

  /**
   * What people are being asked at this moment, of all threads, the oldest first: for a front end that comes back. Each can
   * be answered, whoever has it in hand.
   */
  openRequests(): UserRequest[] {
    return this.#requests.list();
  }

  /**
   * Ends everything: interrupts what runs, ends the server, and waits for that, bounded in time. Safe to call again.
   */
  close(): Promise<void> {
    this.#closing ??= this.#connection.close((connection) =>
      interruptAll(this.#router, connection)
    );
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
    const onLateResult = options.onLateResult ?? cancelLateResult(this.context, method, params);
    return await this.#connection.request(method, params, { ...options, onLateResult });
  }

  #receive(notification: ServerNotification): void {
    try {
      // Most are deltas, which concern their turn alone: the others' comparisons would cost up to a tenth of their way.
      const isDelta = hasDelta(notification);
      if (!isDelta) this.#items.observe(notification);
      this.#agents.heard(notification);
      if (!isDelta) this.#agents.observe(notification);
      this.#threads.route(notification);
      this.#router.route(notification);
      if (isDelta) return;
      this.#requests.observe(notification);
      this.#side.route(notification);
    } finally {
      this.#listeners.emit(notification); // whatever is wrong with it, it is delivered
    }
  }

  #ended(error: TransportClosedError): void {
    this.#router.close(error);
    this.#givenUp.close();
    this.#agents.clear();
    this.#threads.close(error.close.local ? undefined : error);
    this.#handlers.own.close(error.close.local ? undefined : error);
    this.#items.clear();
    this.#side.close(error);
    this.#listeners.close(error.close.local ? undefined : error);
  }
}
