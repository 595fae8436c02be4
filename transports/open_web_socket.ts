/** Opens a socket and upgrades it, within one limit. */
import { ConnectionTimeoutError } from "../src/errors/connection_errors.ts";
import type { Transport } from "../src/transport/transport.ts";
import { Deadline } from "../src/util/deadline.ts";
import {
  HANDSHAKE_TIMEOUT_MS,
  webSocketFromStreams,
  type WebSocketLimits,
} from "../src/websocket/from_streams.ts";

/** Where a socket leads. */
export type SocketTarget = PathTarget | HostTarget;

/** The settings of TLS, as PEM. */
export interface SocketTls {
  readonly ca?: string | readonly string[];
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

interface PathTarget {
  /** The address in errors. */
  readonly address: string;
  readonly path: string;
}

interface HostTarget {
  /** The address in errors. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  /** The settings of TLS; without them, the socket is not encrypted. */
  readonly tls?: SocketTls;
}

/** What to open. */
export interface WebSocketTarget {
  readonly name: string;
  readonly socket: SocketTarget;
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly limits: WebSocketLimits;
}

/** Opens a WebSocket. */
export async function openWebSocket(
  target: WebSocketTarget,
  signal: AbortSignal | undefined,
): Promise<Transport> {
  const { name, socket, host, path, limits } = target;
  const { address } = socket;
  const deadline = new Deadline({
    signal,
    timeoutMs: limits.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
    timeoutError: (timeoutMs) => new ConnectionTimeoutError(address, timeoutMs),
  });
  try {
    deadline.check();
    const headers = await deadline.race(target.headers());
    const { openSocket } = await import("./node_sockets.ts");
    const streams = await openSocket(socket, deadline.signal);
    const own = { name, address, host, path, headers, signal: deadline.signal };
    return await webSocketFromStreams(streams, { ...limits, ...own, handshakeTimeoutMs: 0 });
  } finally {
    deadline.end();
  }
}
