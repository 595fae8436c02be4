/** A child process as Web Streams: the only thing that each runtime implements. */

/** A program to start: no shell is ever involved. */
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

/** How a child process ended: `code` is `null` exactly when a signal ended it. */
export interface ChildExit {
  /** The exit code, or `null`. */
  readonly code: number | null;
  /** The name of the signal, such as `"SIGKILL"`, or `null`. */
  readonly signal: string | null;
}

/** A running child process. */
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

/** Starts a program; rejects when it cannot be started. */
export type Spawn = (command: SpawnCommand) => Promise<ChildProcess>;
