/**
 * The seam between the protocol logic and the outside: a transport carries frames, each the JSON text of exactly one
 * message, and batches those that arrived together.
 */

/**
 * What every way of ending has in common.
 *
 * @example
 * ```ts
 * import type { CloseBase } from "@codex-app-server/sdk";
 *
 * const unexpected = ({ local }: CloseBase): boolean => !local;
 * ```
 */
export interface CloseBase {
  /** Whether this side asked for the end. */
  readonly local: boolean;
  /** The error behind an unwanted end, when there was one. */
  readonly cause?: unknown;
}

/**
 * The end of a transport over a child process.
 *
 * @example
 * ```ts
 * import type { ProcessClose } from "@codex-app-server/sdk";
 *
 * const crashed = ({ code, signal }: ProcessClose): boolean => code !== 0 || signal !== null;
 * ```
 */
export interface ProcessClose extends CloseBase {
  /** Tells the ways of ending apart. */
  readonly kind: "process";
  /** The exit code; `null` when a signal ended the process. */
  readonly code: number | null;
  /** The signal that ended the process, such as `"SIGKILL"`; `null` when it exited by itself. */
  readonly signal: string | null;
  /** The last lines of stderr, at most 64 KiB, without colours and with secrets redacted. */
  readonly stderrTail: string;
}

/**
 * The end of a transport over a WebSocket.
 *
 * @example
 * ```ts
 * import type { SocketClose } from "@codex-app-server/sdk";
 *
 * const goingAway: SocketClose = { kind: "socket", local: false, code: 1001, reason: "restart" };
 * ```
 */
export interface SocketClose extends CloseBase {
  /** Tells the ways of ending apart. */
  readonly kind: "socket";
  /** The close code of the WebSocket. */
  readonly code: number;
  /** The close reason of the WebSocket. */
  readonly reason: string;
}

/**
 * The end of a transport over plain streams.
 *
 * @example
 * ```ts
 * import type { StreamClose } from "@codex-app-server/sdk";
 *
 * const ended: StreamClose = { kind: "stream", local: false };
 * ```
 */
export interface StreamClose extends CloseBase {
  /** Tells the ways of ending apart. */
  readonly kind: "stream";
}

/**
 * How a transport ended, told apart by `kind`.
 *
 * @example
 * ```ts
 * import type { TransportClose } from "@codex-app-server/sdk";
 *
 * function describe(close: TransportClose): string {
 *   return close.kind === "process" ? `exit code ${close.code}` : close.kind;
 * }
 * ```
 */
export type TransportClose = ProcessClose | SocketClose | StreamClose;

/**
 * Options of {@linkcode Transport.close}.
 *
 * @example
 * ```ts
 * import type { TransportCloseOptions } from "@codex-app-server/sdk";
 *
 * const atOnce: TransportCloseOptions = { force: true };
 * ```
 */
export interface TransportCloseOptions {
  /** Ends the peer at once, without waiting for it to finish. */
  readonly force?: boolean;
}

/**
 * A duplex channel of JSON-RPC frames.
 *
 * @example
 * ```ts
 * import type { Transport } from "@codex-app-server/sdk";
 *
 * async function send(transport: Transport, frame: string): Promise<void> {
 *   const writer = transport.writable.getWriter();
 *   await writer.write(frame);
 *   writer.releaseLock();
 * }
 * ```
 */
export interface Transport extends AsyncDisposable {
  /** A short name for errors and logs: `"stdio"`, `"websocket"`, `"memory"`. */
  readonly name: string;
  /** The process id of the peer, where it is a child process. */
  readonly pid?: number;
  /** Batches of frames, in order; ends when the peer stops, and is cancelled to stop reading. */
  readonly readable: ReadableStream<readonly string[]>;
  /** One frame a write, without a newline; keeps the order of writes, and a pending write is backpressure. */
  readonly writable: WritableStream<string>;
  /** Fulfils once, after the last frame is on `readable`; never rejects. */
  readonly closed: Promise<TransportClose>;
  /** Ends the transport, bounded in time, and waits for the end; safe to call again. */
  close(options?: TransportCloseOptions): Promise<TransportClose>;
}

/**
 * Options of {@linkcode Connect}.
 *
 * @example
 * ```ts
 * import type { ConnectOptions } from "@codex-app-server/sdk";
 *
 * const options: ConnectOptions = { signal: AbortSignal.timeout(10_000) };
 * ```
 */
export interface ConnectOptions {
  /** Ends the opening; has no effect on the opened transport. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a transport.
 *
 * @example
 * ```ts
 * import { type Connect, tapTransport } from "@codex-app-server/sdk";
 *
 * const logged = (connect: Connect): Connect => async (options) =>
 *   tapTransport(await connect(options), { onReceive: (frame) => console.debug(frame) });
 * ```
 */
export type Connect = (options?: ConnectOptions) => Promise<Transport>;
