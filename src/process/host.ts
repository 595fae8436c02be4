/** What differs between JavaScript runtimes, passed as a value so that tests can simulate any platform. */

/**
 * A program to start; never through a shell.
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
  /** The working directory. By default, that of the host. */
  readonly cwd?: string;
  /** The complete environment of the child, unless `inheritEnv` is set. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Whether the host, which may not read its environment, passes it on below `env`.
   * @default {false}
   */
  readonly inheritEnv?: boolean;
}

/**
 * How a child process ended: `code` is `null` only if a signal ended it.
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
  /** A write settles when the system accepted the bytes; closing it ends the input. */
  readonly stdin: WritableStream<Uint8Array>;
  /** Reads from the pipe only on demand. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** Reads from the pipe only on demand. */
  readonly stderr: ReadableStream<Uint8Array>;
  /** Fulfils when the process has been reaped; never rejects. */
  readonly exited: Promise<ChildExit>;
  /** Sends a signal; never throws, even after the exit. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/**
 * Starts a program; rejects if it cannot be started.
 *
 * @example
 * ```ts
 * import type { Spawn } from "@codex-app-server/sdk/transports/node";
 *
 * const logged = (start: Spawn): Spawn => (command) => {
 *   console.error(`starting with ${command.args.length} arguments`);
 *   return start(command);
 * };
 * ```
 */
export type Spawn = (command: SpawnCommand) => Promise<ChildProcess>;

/**
 * The kind of a path.
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
 * A JavaScript runtime on a platform, as far as starting processes needs it.
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
  /** The platform in Node's notation, such as `"linux"`, `"darwin"` or `"win32"`. */
  readonly platform: string;
  /** The architecture in Node's notation, such as `"x64"` or `"arm64"`. */
  readonly arch: string;
  /** Starts a program. */
  readonly spawn: Spawn;
  /**
   * Folders from which `node_modules` is searched upwards: where the SDK is installed. Never the working directory,
   * because its project is not trusted to choose the program to run.
   */
  readonly searchFolders: readonly string[];

  /** Returns the working directory. */
  cwd(): string;
  /** Returns the whole environment; `undefined` if it may not be read. */
  environment(): Readonly<Record<string, string>> | undefined;
  /**
   * Returns one environment variable.
   *
   * @throws {PermissionError} if it may not be read
   */
  variable(name: string): string | undefined;
  /**
   * Returns the kind of a path, following links; rejects with `PermissionError` if it may not be read.
   */
  look(path: string): Promise<PathKind>;
  /** Resolves the links of a path; returns the path unchanged if that fails. */
  realPath(path: string): Promise<string>;
  /** Returns the target of a symbolic link; `undefined` if the path is missing or is not a link; rejects if it may not be read. */
  readLink(path: string): Promise<string | undefined>;
  /** Returns the first two bytes of a file as text; `""` if they cannot be read. */
  magic(path: string): Promise<string>;
  /**
   * Returns the folder of an npm package, such as `@openai/codex@0.169.0`, in the cache of the package manager that
   * is built into the JavaScript runtime, and fetches it if necessary; `undefined` if there is none.
   */
  cachedPackage?(wanted: string): Promise<string | undefined>;
  /** Returns whether only certain programs may be started, in which case `LD_*` and `DYLD_*` must not be passed on. */
  limitsPrograms?(): Promise<boolean>;
  /**
   * Returns the permission flag that would have prevented this error; `undefined` if permissions were not the reason.
   */
  missingFlag?(error: unknown, command: string): string | undefined;
}
