import { ConnectionTimeoutError } from "../errors/connection_errors.ts";
import type { ByteStreams } from "../transport/from_streams.ts";
import type { Transport } from "../transport/transport.ts";
import { Deadline } from "../util/deadline.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { checkLimitMs } from "../util/timer.ts";
import { handshakeKey, type Upgrade, upgrade } from "./handshake.ts";
import { checkAddress, checkHeaders } from "./headers.ts";
import { WebSocketTransport } from "./web_socket_transport.ts";

/**
 * The limits of a WebSocket.
 *
 * @example
 * ```ts
 * import type { WebSocketLimits } from "@codex-app-server/sdk/transport";
 *
 * const impatient: WebSocketLimits = { handshakeTimeoutMs: 2_000, pingMs: 5_000, pongMs: 2_000 };
 * ```
 */
export interface WebSocketLimits {
  /**
   * Milliseconds until the connection must be open; 0 means no limit.
   * @default {10_000}
   */
  readonly handshakeTimeoutMs?: number;
  /**
   * Milliseconds of silence before a ping, as the server never sends one; 0 means no pings.
   * @default {30_000}
   */
  readonly pingMs?: number;
  /**
   * Milliseconds for the answer to a ping, after which the transport ends; 0 means no limit.
   * @default {10_000}
   */
  readonly pongMs?: number;
  /**
   * Maximum size of a message of the server in bytes; a larger one ends the transport.
   * @default {536_870_888}
   */
  readonly maxMessageBytes?: number;
  /**
   * Milliseconds to wait for the server at `close()`; 0 does not wait.
   * @default {2_000}
   */
  readonly closeTimeoutMs?: number;
}

/**
 * Options of {@linkcode webSocketFromStreams}.
 *
 * @example
 * ```ts
 * import type { WebSocketStreamOptions } from "@codex-app-server/sdk/transport";
 *
 * const options: WebSocketStreamOptions = { name: "docker:build-1", pingMs: 5_000 };
 * ```
 */
export interface WebSocketStreamOptions extends WebSocketLimits {
  /**
   * The transport's name in errors and logs.
   * @default {"websocket"}
   */
  readonly name?: string;
  /**
   * The address in errors.
   * @default the name
   */
  readonly address?: string;
  /**
   * The `Host` header.
   * @default {"localhost"}
   */
  readonly host?: string;
  /**
   * The path and query that are asked for.
   * @default {"/"}
   */
  readonly path?: string;
  /** More headers of the handshake, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborts the handshake. */
  readonly signal?: AbortSignal | undefined;
}

const STREAM_OPTIONS: OptionNames<WebSocketStreamOptions> = {
  handshakeTimeoutMs: true,
  pingMs: true,
  pongMs: true,
  maxMessageBytes: true,
  closeTimeoutMs: true,
  name: true,
  address: true,
  host: true,
  path: true,
  headers: true,
  signal: true,
};

/** The default of `handshakeTimeoutMs`. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Opens a WebSocket over your own pipe or socket, such as that of `codex app-server proxy`, on this machine or another.
 *
 * If it cannot be opened, the streams are cancelled and aborted.
 *
 * @throws {TypeError} if a stream is locked, or the host, the path or a header is not valid
 * @throws {RangeError} if a limit is not a number of milliseconds or bytes
 * @throws {ConnectionRefusedError} if the other side refuses, or is not a WebSocket server
 * @throws {ConnectionTimeoutError} if it is not open within `handshakeTimeoutMs`
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { type ByteStreams, webSocketFromStreams } from "@codex-app-server/sdk/transport";
 *
 * const codexOver = (proxy: ByteStreams): Promise<Codex> =>
 *   Codex.start({ connect: ({ signal } = {}) => webSocketFromStreams(proxy, { signal }) });
 * ```
 */
export async function webSocketFromStreams(
  streams: ByteStreams,
  options: WebSocketStreamOptions = {},
): Promise<Transport> {
  checkOptionNames("webSocketFromStreams()", options, STREAM_OPTIONS);
  checkWebSocketLimits(options);
  const { name = "websocket", address = name, host = "localhost", path = "/" } = options;
  checkAddress({ host, path });
  const wanted: Upgrade = { address, host, path, headers: checkHeaders(options.headers) };
  const { handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS, signal } = options;
  const reader = streams.readable.getReader();
  const writer = streams.writable.getWriter();
  const key = await handshakeKey(); // not in the time limit: a test with fake time cannot wait for it
  const deadline = new Deadline({
    signal,
    timeoutMs: handshakeTimeoutMs,
    timeoutError: (limitMs) => new ConnectionTimeoutError(address, limitMs),
  });
  try {
    deadline.check();
    const rest = await deadline.race(upgrade({ reader, writer }, wanted, key));
    const { maxMessageBytes, pingMs = 30_000, pongMs = 10_000, closeTimeoutMs = 2_000 } = options;
    const limits = { maxMessageBytes, pingMs, pongMs, closeTimeoutMs };
    return new WebSocketTransport({ reader, writer, rest }, { name, ...limits });
  } catch (error) {
    reader.cancel(error).catch(() => {});
    writer.abort(error).catch(() => {});
    throw error;
  } finally {
    deadline.end();
  }
}

/**
 * Checks the limits of a WebSocket.
 *
 * @throws {RangeError} if one is not a number of milliseconds or bytes
 */
export function checkWebSocketLimits(options: WebSocketLimits): void {
  for (const name of ["handshakeTimeoutMs", "pingMs", "pongMs", "closeTimeoutMs"] as const) {
    checkLimitMs(name, options[name]);
  }
  const { maxMessageBytes } = options;
  if (maxMessageBytes === undefined || maxMessageBytes > 0) return;
  throw new RangeError(`"maxMessageBytes" must be a positive number, got ${maxMessageBytes}`);
}
