/**
 * The seam between the client and the server: what a transport is, transports over byte streams (lines, or a WebSocket) and in
 * memory, one that outlives its connections, and a tap that sees every frame. Transports that start a process or open a
 * socket are in `@codex-app-server/sdk/transports/*`.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { type ByteStreams, transportFromStreams } from "@codex-app-server/sdk/transport";
 *
 * const clientOver = (streams: ByteStreams): Codex =>
 *   new Codex({ connect: () => Promise.resolve(transportFromStreams(streams)) });
 * ```
 *
 * @module
 */
export { transportFromStreams } from "./src/transport/from_streams.ts";
export type {
  ByteStreams,
  StreamExit,
  StreamTransportOptions,
} from "./src/transport/from_streams.ts";
export { memoryTransportPair } from "./src/transport/memory_pair.ts";
export type { MemoryTransportOptions } from "./src/transport/memory_pair.ts";
export type { Gap } from "./src/resilient/gap.ts";
export { resilient } from "./src/resilient/resilient.ts";
export type { ResilientOptions } from "./src/resilient/resilient.ts";
export { tapTransport } from "./src/transport/tap.ts";
export type { TransportTap } from "./src/transport/tap.ts";
export type {
  CloseBase,
  Connect,
  ConnectOptions,
  PeerFiles,
  ProcessClose,
  SocketClose,
  StreamClose,
  Transport,
  TransportClose,
  TransportCloseOptions,
} from "./src/transport/transport.ts";
export { webSocketFromStreams } from "./src/websocket/from_streams.ts";
export type { WebSocketLimits, WebSocketStreamOptions } from "./src/websocket/from_streams.ts";
