/** What differs from one JavaScript runtime to the next; given in, so that any platform can be made up in a test. */

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

/**
 * What is found at a path.
 *
 * @example
 * ```ts
 * import type { PathKind } from "@codex-app-server/sdk/transports/node";
 *
 * const usable = (kind: PathKind): boolean => kind === "file";
 * ```
 */
export type PathKind = "file" | "directory" | "missing";

/**
 * A JavaScript runtime on a platform, as far as starting a process needs it.
 *
 * @example
 * ```ts
 * import type { Host } from "@codex-app-server/sdk/transports/node";
 *
 * const target = ({ platform, arch }: Host): string => `${platform}-${arch}`;
 * ```
 */
export interface Host {
  /** `"deno"`, `"bun"` or `"node"`. */
  readonly runtime: string;
  /** `"linux"`, `"darwin"`, `"win32"` or another name of Node's. */
  readonly platform: string;
  /** `"x64"`, `"arm64"` or another name of Node's. */
  readonly arch: string;
  /** Starts a program. */
  readonly spawn: Spawn;
  /**
   * Folders from which `node_modules` is looked for, upwards: where the SDK itself is. Never the working directory, as
   * the project in it need not be trusted to say which program runs.
   */
  readonly searchFolders: readonly string[];

  /** The working directory. */
  cwd(): string;
  /** The whole environment; `undefined` when it may not be read. */
  environment(): Readonly<Record<string, string>> | undefined;
  /**
   * One environment variable.
   *
   * @throws {PermissionError} when it may not be read
   */
  variable(name: string): string | undefined;
  /**
   * What is at a path, links followed; rejects with `PermissionError` when that may not be read.
   */
  look(path: string): Promise<PathKind>;
  /** The path with its links resolved; the same path when that is not possible. */
  realPath(path: string): Promise<string>;
  /** The first two bytes of a file as text; empty when they cannot be read. */
  magic(path: string): Promise<string>;
  /**
   * Where the package manager that is built into the JavaScript runtime keeps an npm package, such as
   * `@openai/codex@0.169.0`, fetched when need be; `undefined` where there is none.
   */
  cachedPackage?(wanted: string): Promise<string | undefined>;
  /** Whether only some programs may be started, in which case `LD_*` and `DYLD_*` must not be handed down. */
  limitsPrograms?(): Promise<boolean>;
  /** The flag that would have allowed what failed with this error; `undefined` when it is no matter of permission. */
  missingFlag?(error: unknown, command: string): string | undefined;
}
