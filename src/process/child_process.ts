/** A child process as Web Streams: the only thing that each runtime implements. */

/**
 * A program to start: no shell is ever involved.
 *
 * @example
 * ```ts
 * import type { SpawnCommand } from "@codex-app-server/sdk/transports/node";
 *
 * const version: SpawnCommand = { command: "/usr/bin/codex", args: ["--version"], env: {} };
 * ```
 */
export interface SpawnCommand {
  /** The path of the executable. */
  readonly command: string;
  /** The arguments, without the program itself. */
  readonly args: readonly string[];
  /** The working directory; the host's own when left out. */
  readonly cwd?: string;
  /** The environment of the child: complete, unless `inheritEnv` is set. */
  readonly env: Readonly<Record<string, string>>;
  /** The host may not read its own environment, and hands it down unread below `env`. */
  readonly inheritEnv?: boolean;
}

/**
 * How a child process ended: `code` is `null` exactly when a signal ended it.
 *
 * @example
 * ```ts
 * import type { ChildExit } from "@codex-app-server/sdk/transports/node";
 *
 * const ended = ({ code, signal }: ChildExit): string => signal ?? `code ${code}`;
 * ```
 */
export interface ChildExit {
  /** The exit code, or `null`. */
  readonly code: number | null;
  /** The name of the signal, such as `"SIGKILL"`, or `null`. */
  readonly signal: string | null;
}

/**
 * A running child process.
 *
 * @example
 * ```ts
 * import type { ChildProcess } from "@codex-app-server/sdk/transports/node";
 *
 * async function stop(child: ChildProcess): Promise<number | null> {
 *   child.kill("SIGTERM");
 *   return (await child.exited).code;
 * }
 * ```
 */
export interface ChildProcess {
  /** The process id. */
  readonly pid: number;
  /** A write settles when the system took the bytes; closing it is the end of input. */
  readonly stdin: WritableStream<Uint8Array>;
  /** Reads no further than it is read. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** Reads no further than it is read. */
  readonly stderr: ReadableStream<Uint8Array>;
  /** Fulfils when the process has been reaped; never rejects. */
  readonly exited: Promise<ChildExit>;
  /** Sends a signal; never throws, also after the exit. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/**
 * Starts a program; rejects when it cannot be started.
 *
 * @example
 * ```ts
 * import type { Spawn } from "@codex-app-server/sdk/transports/node";
 *
 * const logged = (start: Spawn): Spawn => (command) => {
 *   console.error("starting", command.command);
 *   return start(command);
 * };
 * ```
 */
export type Spawn = (command: SpawnCommand) => Promise<ChildProcess>;
