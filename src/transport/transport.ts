/**
 * The seam between the protocol and the outside: a transport carries frames, each the JSON text of exactly one message,
 * and batches those that arrived together.
 */

/**
 * The fields that every kind of close has.
 *
 * @example
 * ```ts
 * import type { CloseBase } from "@codex-app-server/sdk/transport";
 *
 * const unexpected = ({ local }: CloseBase): boolean => !local;
 * ```
 */
export interface CloseBase {
  /** Whether this side closed the transport. */
  readonly local: boolean;
  /** The error that caused an unexpected end, if any. */
  readonly cause?: unknown;
}

/**
 * How a transport over a child process ended.
 *
 * @example
 * ```ts
 * import type { ProcessClose } from "@codex-app-server/sdk/transport";
 *
 * const crashed = ({ code, signal }: ProcessClose): boolean => code !== 0 || signal !== null;
 * ```
 */
export interface ProcessClose extends CloseBase {
  /** The kind of transport. */
  readonly kind: "process";
  /** The exit code; `null` if a signal ended the process. */
  readonly code: number | null;
  /** The signal that ended the process, such as `"SIGKILL"`; `null` if it exited by itself. */
  readonly signal: string | null;
  /** The last lines of stderr, at most 64 KiB, without colours and with secrets redacted. */
  readonly stderrTail: string;
}

/**
 * How a transport over a WebSocket ended.
 *
 * @example
 * ```ts
 * import type { SocketClose } from "@codex-app-server/sdk/transport";
 *
 * const goingAway: SocketClose = { kind: "socket", local: false, code: 1001, reason: "restart" };
 * ```
 */
export interface SocketClose extends CloseBase {
  /** The kind of transport. */
  readonly kind: "socket";
  /** The close code of the WebSocket. */
  readonly code: number;
  /** The close reason of the WebSocket. */
  readonly reason: string;
}

/**
 * How a transport over plain streams ended.
 *
 * @example
 * ```ts
 * import type { StreamClose } from "@codex-app-server/sdk/transport";
 *
 * const ended: StreamClose = { kind: "stream", local: false };
 * ```
 */
export interface StreamClose extends CloseBase {
  /** The kind of transport. */
  readonly kind: "stream";
}

/**
 * How a transport ended; discriminated by `kind`.
 *
 * @example
 * ```ts
 * import type { TransportClose } from "@codex-app-server/sdk/transport";
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
 * import type { TransportCloseOptions } from "@codex-app-server/sdk/transport";
 *
 * const atOnce: TransportCloseOptions = { force: true };
 * ```
 */
export interface TransportCloseOptions {
  /**
   * Ends the peer immediately instead of waiting for it to finish.
   * @default {false}
   */
  readonly force?: boolean;
}

/**
 * Looks at the files on the machine of a peer.
 *
 * @example
 * ```ts
 * import type { PeerFiles } from "@codex-app-server/sdk/transport";
 *
 * async function isThere(files: PeerFiles, path: string): Promise<boolean> {
 *   return await files.look(path) !== "missing";
 * }
 * ```
 */
export interface PeerFiles {
  /**
   * Returns the kind of a path, following links; `undefined` if it is unknown. A relative path is relative to the working
   * directory of the server. Rejects if it may not be read.
   */
  look(path: string): Promise<"file" | "directory" | "missing" | undefined>;
  /**
   * Returns the target of a symbolic link, as it is stored, or `undefined` if the path is missing or is not a link. Rejects
   * if it may not be read.
   */
  readLink(path: string): Promise<string | undefined>;
}

/**
 * A duplex channel of JSON-RPC frames.
 *
 * @example
 * ```ts
 * import type { Transport } from "@codex-app-server/sdk/transport";
 *
 * async function send(transport: Transport, frame: string): Promise<void> {
 *   const writer = transport.writable.getWriter();
 *   await writer.write(frame);
 *   writer.releaseLock();
 * }
 * ```
 */
export interface Transport extends AsyncDisposable {
  /** A short name for errors and logs, such as `"stdio"`, `"websocket"` or `"memory"`. */
  readonly name: string;
  /** The process id of the peer, if it is a child process. */
  readonly pid?: number | undefined;
  /** Batches of frames, in order. Ends when the peer stops; cancel it to stop reading. */
  readonly readable: ReadableStream<readonly string[]>;
  /** Takes one frame per write, without a newline. Keeps the order of writes; a pending write is backpressure. */
  readonly writable: WritableStream<string>;
  /** Fulfils once, after the last frame is on `readable`; never rejects. */
  readonly closed: Promise<TransportClose>;
  /** The largest frame that the peer accepts, in bytes of UTF-8. The client refuses a larger message and sends the others. */
  readonly maxSentBytes?: number;
  /**
   * Names of the peer's environment variables that hold secrets. They are kept from the agent's commands, also if the
   * `config` of a thread sets `shell_environment_policy`.
   */
  readonly hiddenVariables?: readonly string[];
  /**
   * The files on the peer's machine. Without them, nobody knows which files the changes of an approval reach, and paths are
   * not checked before they are sent.
   */
  readonly files?: PeerFiles | undefined;
  /**
   * Ends the transport and waits for the end, which is bounded in time: after 30 seconds, the client goes on without it.
   * Safe to call again.
   */
  close(options?: TransportCloseOptions): Promise<TransportClose>;
}

/**
 * Options of {@linkcode Connect}.
 *
 * @example
 * ```ts
 * import type { ConnectOptions } from "@codex-app-server/sdk/transport";
 *
 * const options: ConnectOptions = { signal: AbortSignal.timeout(10_000) };
 * ```
 */
export interface ConnectOptions {
  /** Aborts the opening; has no effect once the transport is open. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a transport.
 *
 * @example
 * ```ts
 * import type { Connect } from "@codex-app-server/sdk";
 * import { tapTransport } from "@codex-app-server/sdk/transport";
 *
 * const logged = (connect: Connect): Connect => async (options) =>
 *   tapTransport(await connect(options), { onReceive: (frame) => console.debug(frame) });
 * ```
 */
export type Connect = (options?: ConnectOptions) => Promise<Transport>;
