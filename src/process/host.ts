/** What differs from one JavaScript runtime to the next; given in, so that any platform can be made up in a test. */
import type { Spawn } from "./child_process.ts";

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
