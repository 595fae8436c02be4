/** A child process as Web Streams: the only thing that each runtime implements. */

/** A program to start: no shell is ever involved. */
export interface SpawnCommand {
  /** The path of the executable. */
  readonly command: string;
  readonly args: readonly string[];
  /** The working directory; the host's own when left out. */
  readonly cwd?: string;
  /** The environment of the child: complete, unless `inheritEnv` is set. */
  readonly env: Readonly<Record<string, string>>;
  /** The host may not read its own environment, and hands it down unread below `env`. */
  readonly inheritEnv?: boolean;
}

/** How a child process ended: `code` is `null` exactly when a signal ended it. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A running child process. */
export interface ChildProcess {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Fulfils when the process has been reaped; never rejects. */
  readonly exited: Promise<ChildExit>;
  /** Sends a signal; never throws, also after the exit. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Starts a program; rejects when it cannot be started. */
export type Spawn = (command: SpawnCommand) => Promise<ChildProcess>;
