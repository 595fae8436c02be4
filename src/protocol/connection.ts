/** The typed protocol over one JSON-RPC connection that has been initialized. */
import { StartupTimeoutError } from "../errors/start_errors.ts";
import { TransportClosedError } from "../errors/transport_errors.ts";
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import type { InitializeParams } from "../generated/types.ts";
import { PROTOCOL_VERSION } from "../generated/version.ts";
import { RpcConnection } from "../rpc/connection.ts";
import type { RequestId, RpcNotification } from "../rpc/messages.ts";
import type { Connect, Transport, TransportClose } from "../transport/transport.ts";
import { abortable } from "../util/abortable.ts";
import type { OnDiagnostic } from "../util/diagnostics.ts";
import { isRecord } from "../util/is_record.ts";
import { startTimer, waitAtMost } from "../util/timer.ts";
import { IgnoredFields } from "./ignored_fields.ts";
import { isTestedVersion, metadataOf, type ServerMetadata } from "./metadata.ts";
import type { ServerNotification } from "./notification.ts";
import type { RequestHandlers } from "./request_handlers.ts";

/**
 * A request that is being traced.
 *
 * @example
 * ```ts
 * import type { TracedRequest } from "@codex-app-server/sdk/tracing";
 *
 * const startsTurn = ({ method }: TracedRequest): boolean => method === "turn/start";
 * ```
 */
export interface TracedRequest {
  /** The method of the protocol. */
  readonly method: string;
  /** The params as they are on the wire: they may hold what was asked of the model. */
  readonly params?: unknown;
}

/** Told of what crosses the connection before it does; each calls its function once and gives what that gives. */
export interface ConnectionTracing {
  /** Around the opening of the connection. */
  connect<Result>(open: () => Promise<Result>): Promise<Result>;
  /** Around a request of the client; what `send` takes goes with it as `trace`. */
  request<Result>(
    request: TracedRequest,
    send: (trace: unknown) => Promise<Result>,
  ): Promise<Result>;
  /** Around a request of the server; a symbol for an answer means that none is sent. */
  answer<Result>(request: TracedRequest, answer: () => Promise<Result>): Promise<Result>;
}

/**
 * Options of one request.
 *
 * @example
 * ```ts
 * import type { Codex, RequestOptions } from "@codex-app-server/sdk";
 *
 * async function home(codex: Codex, options: RequestOptions): Promise<unknown> {
 *   return await codex.request("config/read", { includeLayers: false }, options);
 * }
 * ```
 */
export interface RequestOptions<Result = unknown> {
  /** Gives the request up: it rejects with `signal.reason`, unchanged; already aborted, nothing is sent. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the request rejects with `RequestTimeoutError`; 0 waits without a limit. */
  readonly timeoutMs?: number | undefined;
  /** Called with the JSON-RPC id just before the request is written; some methods name a request by it. */
  readonly onSent?: ((id: string | number) => void) | undefined;
  /** Told when the request is given up while the server may still answer it: not when it was never sent. */
  readonly onGivenUp?: (() => void) | undefined;
  /** Told the result when the reply comes after the request was given up, to undo what it did. */
  readonly onLateResult?: ((result: Result) => void) | undefined;
  /** Told the error when the server refuses the request after it was given up. */
  readonly onLateError?: ((error: unknown) => void) | undefined;
}

/** What opening a connection needs. */
export interface OpenOptions {
  readonly connect: Connect;
  readonly initialize: InitializeParams;
  /** Milliseconds for connecting and initializing; 0 waits without a limit. */
  readonly startupTimeoutMs: number;
  /** Milliseconds for a request that names no limit of its own; 0 waits without a limit. */
  readonly requestTimeoutMs: number;
  readonly handlers: RequestHandlers;
  readonly signal: AbortSignal;
  readonly onNotification: (notification: ServerNotification) => void;
  readonly onClose: (error: TransportClosedError) => void;
  readonly onDiagnostic: OnDiagnostic;
  /** Traces what crosses the connection. */
  readonly tracing?: ConnectionTracing | undefined;
}

type ConnectionOptions = Pick<OpenOptions, "requestTimeoutMs" | "tracing" | "onDiagnostic">;

/** How long a given-up opening gets to undo what it began before it is left behind, in milliseconds. */
const UNDO_MS = 1_000;

/** An initialized connection. */
export class ProtocolConnection {
  readonly #rpc: RpcConnection;
  readonly #requestTimeoutMs: number;
  readonly #tracing: ConnectionTracing | undefined;
  readonly #ignored: IgnoredFields | undefined;
  /** What the server told of itself. */
  readonly metadata: ServerMetadata;

  private constructor(
    rpc: RpcConnection,
    metadata: ServerMetadata,
    { requestTimeoutMs, tracing, onDiagnostic }: ConnectionOptions,
  ) {
    this.#rpc = rpc;
    this.metadata = metadata;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#tracing = tracing;
    this.#ignored = IgnoredFields.of(metadata.version, onDiagnostic);
  }

  /**
   * Connects, sends `initialize` and `initialized`; nothing is left behind when it fails.
   *
   * @throws {StartupTimeoutError} when that takes longer than `startupTimeoutMs`
   * @throws {TransportClosedError} when the server ends before it answers
   */
  static async open(options: OpenOptions): Promise<ProtocolConnection> {
    const { startupTimeoutMs } = options;
    const controller = new AbortController();
    const stopTimer = startTimer(
      startupTimeoutMs,
      () => controller.abort(new StartupTimeoutError(startupTimeoutMs)),
    );
    const onAbort = (): void => controller.abort(options.signal.reason);
    options.signal.addEventListener("abort", onAbort, { once: true });
    try {
      options.signal.throwIfAborted();
      const transport = await openTransport(options.connect, controller.signal);
      return await initialize(transport, options, controller.signal);
    } finally {
      stopTimer();
      options.signal.removeEventListener("abort", onAbort);
    }
  }

  /** Takes over a connection whose `initialize` was answered. */
  static of(
    rpc: RpcConnection,
    metadata: ServerMetadata,
    options: ConnectionOptions,
  ): ProtocolConnection {
    return new ProtocolConnection(rpc, metadata, options);
  }

  /** The process id of the server, where it is a child process. */
  get pid(): number | undefined {
    return this.#rpc.pid;
  }

  /** Fulfils when the connection has ended and everything pending is settled; never rejects. */
  get closed(): Promise<TransportClose> {
    return this.#rpc.closed;
  }

  /** Sends a request and waits for its reply. */
  async request<M extends ClientMethod>(
    method: M,
    params: ClientParams<M>,
    options: RequestOptions<ClientResult<M>> = {},
  ): Promise<ClientResult<M>> {
    const { timeoutMs = this.#requestTimeoutMs, onLateResult, ...rest } = options;
    this.#ignored?.check(method, params);
    // The runtime wants `params` also where a method has none.
    const send = (trace?: unknown): Promise<unknown> =>
      this.#rpc.request(method, params ?? {}, {
        ...rest,
        timeoutMs,
        onLateResult: onLateResult as ((result: unknown) => void) | undefined,
        trace,
      });
    return await (this.#tracing?.request({ method, params }, send) ?? send()) as ClientResult<M>;
  }

  /** Ends the connection. */
  close(options?: { readonly force?: boolean }): Promise<TransportClose> {
    return this.#rpc.close(options);
  }
}

/** Opens the transport, but waits no longer than the signal allows, whether `connect` heeds that or not. */
async function openTransport(connect: Connect, signal: AbortSignal): Promise<Transport> {
  const opening = connect({ signal });
  try {
    return await abortable(opening, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    const undone = opening.then((late) => late.close({ force: true })).catch(() => {});
    await waitAtMost(undone, UNDO_MS);
    throw signal.reason;
  }
}

async function initialize(
  transport: Transport,
  options: OpenOptions,
  signal: AbortSignal,
): Promise<ProtocolConnection> {
  const { handlers, onDiagnostic, tracing, initialize: params } = options;
  const rpc: RpcConnection = new RpcConnection(transport, {
    onNotification: (notification) => receive(notification, rpc, options),
    onRequest: (request, aborted) => {
      const answer = (): Promise<unknown> => handlers.answer(request, aborted);
      return tracing?.answer(request, answer) ?? answer();
    },
    onClose: options.onClose,
    onDiagnostic,
  });
  try {
    const send = (trace?: unknown): Promise<unknown> =>
      rpc.request("initialize", params, { signal, trace });
    const response = await (tracing?.request({ method: "initialize", params }, send) ?? send());
    rpc.notify("initialized");
    const metadata = metadataOf(response, params.clientInfo.name);
    if (!isTestedVersion(metadata.version)) {
      const version = metadata.version ?? metadata.userAgent;
      onDiagnostic({ kind: "untestedVersion", version, tested: PROTOCOL_VERSION });
    }
    return ProtocolConnection.of(rpc, metadata, options);
  } catch (error) {
    await rpc.close({ force: true });
    throw error instanceof TransportClosedError && !error.close.local
      ? new TransportClosedError(error.close, "start codex app-server")
      : error;
  }
}

function receive(notification: RpcNotification, rpc: RpcConnection, options: OpenOptions): void {
  const { method, params } = notification;
  if (method === "serverRequest/resolved" && isRecord(params)) {
    const reason = new DOMException("The server resolved the request", "AbortError");
    rpc.cancelIncoming(params.requestId as RequestId, reason);
  }
  options.onNotification(notification as ServerNotification);
}
