/** The typed protocol over one initialized JSON-RPC connection. */
import { RemoteError } from "../errors/remote_errors.ts";
import { StartupTimeoutError } from "../errors/start_errors.ts";
import { TransportClosedError } from "../errors/transport_errors.ts";
import { unreadableReply } from "../errors/unreadable_reply.ts";
import type { ClientMethod, ClientParams, ClientResult } from "../generated/client_requests.ts";
import type { InitializeParams } from "../generated/types.ts";
import { PROTOCOL_VERSION } from "../generated/version.ts";
import { RpcConnection } from "../rpc/connection.ts";
import { NO_ANSWER, RpcFailure } from "../rpc/incoming_requests.ts";
import type { RequestId, RpcNotification } from "../rpc/messages.ts";
import type { Connect, PeerFiles, Transport, TransportClose } from "../transport/transport.ts";
import { abortable } from "../util/abortable.ts";
import { Deadline } from "../util/deadline.ts";
import type { OnDiagnostic } from "../util/diagnostics.ts";
import { isRecord } from "../util/is_record.ts";
import { printable } from "../util/printable.ts";
import { waitAtMost } from "../util/timer.ts";
import { hideVariables } from "./hide_variables.ts";
import { IgnoredFields } from "./ignored_fields.ts";
import { isTestedVersion, metadataOf, type ServerMetadata } from "./metadata.ts";
import type { ServerNotification } from "./notification.ts";

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
  /** The params as sent; they may contain the user's input to the model. */
  readonly params?: unknown;
}

/** Wraps the traffic of a connection in spans. Each method must call its function once and return its result. */
export interface ConnectionTracing {
  /** Wraps the opening of the connection. */
  connect<Result>(open: () => Promise<Result>): Promise<Result>;
  /** Wraps a request of the client; the argument of `send` becomes its `trace`. */
  request<Result>(
    request: TracedRequest,
    send: (trace: unknown) => Promise<Result>,
  ): Promise<Result>;
  /** Wraps the answer to a server request; a symbol as the answer means that none is sent. */
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
  /** Abandons the request, which rejects with `signal.reason`. If already aborted, nothing is sent. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the request rejects with `RequestTimeoutError`; 0 disables the limit. */
  readonly timeoutMs?: number | undefined;
  /** Called with the JSON-RPC id just before the request is written; some methods refer to a request by it. */
  readonly onSent?: ((id: string | number) => void) | undefined;
  /** Called when a request that was sent is abandoned; the server may still answer it. */
  readonly onAbandoned?: (() => void) | undefined;
  /** Called with the result if the reply arrives after the request was abandoned, to undo its effects. */
  readonly onLateResult?: ((result: Result) => void) | undefined;
  /** Called with the error if the server refuses the request after it was abandoned. */
  readonly onLateError?: ((error: unknown) => void) | undefined;
}

/** A server request. */
export interface IncomingRequest {
  readonly id: string | number;
  readonly method: string;
  readonly params?: unknown;
}

/** How a server request was settled: with a result, with an error, or without an answer. */
export type RequestOutcome =
  | { readonly kind: "answered"; readonly result: unknown }
  | { readonly kind: "failed"; readonly error: { readonly code: number; readonly message: string } }
  | { readonly kind: "withdrawn" };

/** Options for opening a connection. */
export interface OpenOptions {
  readonly connect: Connect;
  readonly initialize: InitializeParams;
  /** Milliseconds for connecting and initializing; 0 disables the limit. */
  readonly startupTimeoutMs: number;
  /** Answers a server request; the signal aborts when the answer is no longer wanted. */
  readonly onRequest: (request: IncomingRequest, signal: AbortSignal) => Promise<RequestOutcome>;
  readonly signal: AbortSignal;
  /** Returns `false` if nobody reads the notification with a promise of its own. */
  readonly onNotification: (notification: ServerNotification) => boolean | void;
  readonly onClose: (error: TransportClosedError) => void;
  readonly onDiagnostic: OnDiagnostic;
  /** Traces the connection's traffic. */
  readonly tracing?: ConnectionTracing | undefined;
}

type ConnectionOptions = Pick<OpenOptions, "tracing" | "onDiagnostic">;

/** Milliseconds for an abandoned opening to clean up before it is left behind. */
const UNDO_MS = 1_000;

/** An initialized connection. */
export class ProtocolConnection {
  readonly #rpc: RpcConnection;
  readonly #tracing: ConnectionTracing | undefined;
  readonly #ignored: IgnoredFields | undefined;
  /** What the server reported about itself. */
  readonly metadata: ServerMetadata;

  private constructor(
    rpc: RpcConnection,
    metadata: ServerMetadata,
    { tracing, onDiagnostic }: ConnectionOptions,
  ) {
    this.#rpc = rpc;
    this.metadata = metadata;
    this.#tracing = tracing;
    this.#ignored = IgnoredFields.of(metadata.version, onDiagnostic);
  }

  /**
   * Connects, then sends `initialize` and `initialized`; leaves nothing behind if it fails.
   *
   * @throws {StartupTimeoutError} if that takes longer than `startupTimeoutMs`
   * @throws {TransportClosedError} if the server ends before it answers
   * @throws {RemoteError} if the program that reaches the server says why it cannot
   * @throws {InternalRpcError} if the reply to `initialize` is not an object
   */
  static async open(options: OpenOptions): Promise<ProtocolConnection> {
    let printed: string | undefined;
    const onDiagnostic: OnDiagnostic = (diagnostic) => {
      if (diagnostic.kind === "malformedMessage") printed = diagnostic.excerpt;
      options.onDiagnostic(diagnostic);
    };
    const deadline = new Deadline({
      signal: options.signal,
      timeoutMs: options.startupTimeoutMs,
      timeoutError: (ms) => new StartupTimeoutError(ms, printed && printable(printed.slice(0, 80))),
    });
    try {
      deadline.check();
      const transport = await openTransport(options.connect, deadline.signal);
      return await initialize(transport, { ...options, onDiagnostic }, deadline.signal);
    } finally {
      deadline.end();
    }
  }

  /** Takes over an initialized connection. */
  static of(
    rpc: RpcConnection,
    metadata: ServerMetadata,
    options: ConnectionOptions,
  ): ProtocolConnection {
    return new ProtocolConnection(rpc, metadata, options);
  }

  /** The process id of the server, if it is a child process. */
  get pid(): number | undefined {
    return this.#rpc.pid;
  }

  /** The files on the server's machine, if they can be reached. */
  get files(): PeerFiles | undefined {
    return this.#rpc.files;
  }

  /** Fulfils when the connection has ended and everything pending is settled; never rejects. */
  get closed(): Promise<TransportClose> {
    return this.#rpc.closed;
  }

  /** Sends a request and waits for its reply, without a limit of its own. */
  async request<M extends ClientMethod>(
    method: M,
    params: ClientParams<M>,
    options: Omit<RequestOptions<ClientResult<M>>, "timeoutMs"> = {},
  ): Promise<ClientResult<M>> {
    const { onLateResult, ...rest } = options;
    this.#ignored?.check(method, params);
    // The runtime requires `params` even if the method has none.
    const send = (trace?: unknown): Promise<unknown> =>
      this.#rpc.request(method, hideVariables(params ?? {}, this.#rpc.hiddenVariables), {
        ...rest,
        onLateResult: onLateResult as ((result: unknown) => void) | undefined,
        trace,
      });
    return await (this.#tracing?.request({ method, params }, send) ?? send()) as ClientResult<M>;
  }

  /** Closes the connection. */
  close(options?: { readonly force?: boolean }): Promise<TransportClose> {
    return this.#rpc.close(options);
  }
}

/** Opens the transport, but waits no longer than the signal allows, whether or not `connect` honours it. */
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
  const { onRequest, onDiagnostic, tracing, initialize: params } = options;
  const rpc: RpcConnection = new RpcConnection(transport, {
    onNotification: (notification) => receive(notification, rpc, options),
    onRequest: (request, aborted) => {
      const answer = (): Promise<unknown> => onRequest(request, aborted).then(answerTo);
      return tracing?.answer(request, answer) ?? answer();
    },
    onClose: options.onClose,
    onDiagnostic,
  });
  try {
    const send = (trace?: unknown): Promise<unknown> =>
      rpc.request("initialize", params, { signal, trace });
    const response = await (tracing?.request({ method: "initialize", params }, send) ?? send());
    if (!isRecord(response)) throw unreadableReply("initialize", response);
    rpc.notify("initialized");
    const metadata = metadataOf(response, params.clientInfo.name);
    if (!isTestedVersion(metadata.version)) {
      const version = metadata.version ?? metadata.userAgent;
      onDiagnostic({ kind: "untestedVersion", version, tested: PROTOCOL_VERSION });
    }
    return ProtocolConnection.of(rpc, metadata, options);
  } catch (error) {
    await waitAtMost(rpc.close({ force: true }), UNDO_MS);
    if (!(error instanceof TransportClosedError) || error.close.local) throw error;
    const { cause } = error.close;
    throw cause instanceof RemoteError
      ? cause
      : new TransportClosedError(error.close, "start codex app-server");
  }
}

/** The answer to send for an outcome. */
function answerTo(outcome: RequestOutcome): unknown {
  switch (outcome.kind) {
    case "answered":
      return outcome.result;
    case "failed":
      throw new RpcFailure(outcome.error);
    case "withdrawn":
      return NO_ANSWER;
  }
}

function receive(
  notification: RpcNotification,
  rpc: RpcConnection,
  options: OpenOptions,
): boolean | void {
  const { method, params } = notification;
  // The method first: most notifications are deltas, and none of these.
  if (method === "serverRequest/resolved" && isRecord(params)) {
    const reason = new DOMException("The server resolved the request", "AbortError");
    rpc.cancelIncoming(params.requestId as RequestId, reason);
  } else if (method === "turn/completed" && isRecord(params)) {
    rpc.forgetAnswers(params.threadId);
  } else if (method === "item/started" && isRecord(params) && isRecord(params.item)) {
    rpc.forgetAnswers(params.threadId, params.item.id); // some models give two calls the same id
  }
  return options.onNotification(notification as ServerNotification);
}
