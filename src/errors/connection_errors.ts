/** Errors of a connection to a server that runs elsewhere, before it is open. */
import { CodexError } from "./codex_error.ts";

/**
 * Why a connection was not opened: an answer of the server (`"unauthorized"` is 401, `"forbidden"` 403, `"notFound"` 404,
 * `"http"` any other status), an answer that is not one of a WebSocket server (`"protocol"`), or no answer at all.
 * With `"ended"`, the other side accepted the connection and ended it.
 *
 * @example
 * ```ts
 * import type { ConnectionRefusal } from "@codex-app-server/sdk/errors";
 *
 * const worthAnotherTry: readonly ConnectionRefusal[] = ["refused", "ended", "unreachable"];
 * ```
 */
export type ConnectionRefusal =
  | "unauthorized"
  | "forbidden"
  | "notFound"
  | "http"
  | "protocol"
  | "ended"
  | "tls"
  | "refused"
  | "noSocket"
  | "denied"
  | "unknownHost"
  | "unreachable";

/**
 * Options of {@linkcode ConnectionRefusedError}.
 *
 * @example
 * ```ts
 * import type { ConnectionRefusedOptions } from "@codex-app-server/sdk/errors";
 *
 * const options: ConnectionRefusedOptions = { reason: "unauthorized", status: 401 };
 * ```
 */
export interface ConnectionRefusedOptions extends ErrorOptions {
  /** Why it was refused. */
  readonly reason: ConnectionRefusal;
  /** The HTTP status of the server's answer. */
  readonly status?: number | undefined;
  /** What the server or the system says about it. */
  readonly detail?: string | undefined;
}

/**
 * A connection was not opened: the server refused it, or nobody answered; `reason` says which.
 *
 * @example
 * ```ts
 * import { ConnectionRefusedError } from "@codex-app-server/sdk/errors";
 *
 * function explain(error: unknown): string | undefined {
 *   if (!(error instanceof ConnectionRefusedError)) return undefined;
 *   return error.reason === "unauthorized" ? "Get a new token" : error.message;
 * }
 * ```
 */
export class ConnectionRefusedError extends CodexError {
  /** The class name. */
  override readonly name: string = "ConnectionRefusedError";
  /** The URL without its query, or the path of the socket. */
  readonly address: string;
  /** Why it was refused. */
  readonly reason: ConnectionRefusal;
  /** The HTTP status of the server's answer, or `null` if there was none. */
  readonly status: number | null;

  /** Creates the error for an address. */
  constructor(address: string, options: ConnectionRefusedOptions) {
    const { reason, status, detail = "" } = options;
    const known = EXPLANATIONS[reason];
    const state = status === undefined ? known : `HTTP ${status}, ${known}`;
    super(`Cannot connect to ${address}: ${state}${detail === "" ? "" : ` (${detail})`}`, {
      code: "connection_refused",
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
    this.address = address;
    this.reason = reason;
    this.status = status ?? null;
  }
}

/** The state and its remedy. */
const EXPLANATIONS: Readonly<Record<ConnectionRefusal, string>> = {
  unauthorized: `the server wants another token: pass one that its --ws-auth accepts as "token"`,
  forbidden: `the server forbids it: it refuses every "Origin" header, which browsers send, so ` +
    "remove it or go through a gateway",
  notFound: "there is no app-server at this path: check the URL",
  http: "the server does not accept WebSockets here: check the URL, and any proxy before it",
  protocol: "the answer is not one of a WebSocket server: check the address",
  ended: "the connection ended without an answer: check that the server runs",
  tls:
    `TLS failed: check the certificate of the server, and pass its issuer as "tls.ca" if it is ` +
    "not a public one",
  refused: "nothing listens there: start codex app-server with --listen, and check the address",
  noSocket: "there is no socket: start codex app-server with --listen unix://PATH, or its daemon",
  denied: "the system denies access: run as the user who started the server",
  unknownHost: "the host is unknown: check its name",
  unreachable: "the host does not answer: check the network",
};

/**
 * A connection was not open within `handshakeTimeoutMs`.
 *
 * @example
 * ```ts
 * import { ConnectionTimeoutError } from "@codex-app-server/sdk/errors";
 *
 * const isSlow = (error: unknown): boolean => error instanceof ConnectionTimeoutError;
 * ```
 */
export class ConnectionTimeoutError extends CodexError {
  /** The class name. */
  override readonly name: string = "ConnectionTimeoutError";
  /** The URL without its query, or the path of the socket. */
  readonly address: string;
  /** The limit in milliseconds. */
  readonly timeoutMs: number;

  /** Creates the error for an address and its limit in milliseconds. */
  constructor(address: string, timeoutMs: number) {
    super(`Cannot connect to ${address}: not open within ${timeoutMs} ms (handshakeTimeoutMs)`, {
      code: "connection_timeout",
    });
    this.address = address;
    this.timeoutMs = timeoutMs;
  }
}
