/** Errors of finding and starting the runtime. */
import { CodexError } from "./codex_error.ts";

/**
 * One location that was searched for the runtime.
 *
 * @example
 * ```ts
 * import type { RuntimeSearchPlace } from "@codex-app-server/sdk/errors";
 *
 * const line = ({ place, outcome }: RuntimeSearchPlace): string => `${place}: ${outcome}`;
 * ```
 */
export interface RuntimeSearchPlace {
  /** The location: an option, a variable, a package or a directory of PATH. */
  readonly place: string;
  /** Why no runtime was found there. */
  readonly outcome: string;
}

/**
 * Options of {@linkcode RuntimeNotFoundError}.
 *
 * @example
 * ```ts
 * import type { RuntimeNotFoundOptions } from "@codex-app-server/sdk/errors";
 *
 * const searched: RuntimeNotFoundOptions = {
 *   platform: "linux",
 *   arch: "x64",
 *   runtime: "deno",
 *   tried: [{ place: "PATH", outcome: "no codex in 4 directories" }],
 * };
 * ```
 */
export interface RuntimeNotFoundOptions {
  /** The operating system, such as `"linux"`. */
  readonly platform: string;
  /** The processor architecture, such as `"x64"`. */
  readonly arch: string;
  /** The JavaScript runtime that searched, such as `"deno"`. */
  readonly runtime: string;
  /** Every location that was searched, in order. */
  readonly tried: readonly RuntimeSearchPlace[];
}

/**
 * The `codex` executable was not found in any of the searched locations.
 *
 * @example
 * ```ts
 * import { Codex, RuntimeNotFoundError } from "@codex-app-server/sdk";
 *
 * async function start(): Promise<Codex | undefined> {
 *   try {
 *     return await Codex.start();
 *   } catch (error) {
 *     if (!(error instanceof RuntimeNotFoundError)) throw error;
 *     for (const { place, outcome } of error.tried) console.error(place, outcome);
 *   }
 * }
 * ```
 */
export class RuntimeNotFoundError extends CodexError {
  /** The class name. */
  override readonly name: string = "RuntimeNotFoundError";
  /** Every location that was searched, in order. */
  readonly tried: readonly RuntimeSearchPlace[];

  /** Creates the error from the searched locations. */
  constructor(options: RuntimeNotFoundOptions) {
    const places = options.tried.map(({ place, outcome }) => `  ${place}: ${outcome}`).join("\n");
    super(
      `Cannot find the codex executable for ${options.platform}-${options.arch} (searched by ${options.runtime}):\n${places}`,
      { code: "runtime_not_found" },
    );
    this.tried = options.tried;
  }
}

/**
 * The working directory of the server does not exist or is not a directory.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { CwdNotFoundError } from "@codex-app-server/sdk/errors";
 *
 * async function open(cwd: string): Promise<Codex | null> {
 *   return await Codex.start({ cwd }).catch((error: unknown) => {
 *     if (error instanceof CwdNotFoundError) return null; // ask for another folder
 *     throw error;
 *   });
 * }
 * ```
 */
export class CwdNotFoundError extends CodexError {
  /** The class name. */
  override readonly name: string = "CwdNotFoundError";
  /** The directory that was passed. */
  readonly cwd: string;

  /** Creates the error for a directory. */
  constructor(cwd: string, options?: ErrorOptions) {
    super(`Cannot start codex app-server: the working directory "${cwd}" does not exist`, {
      ...options,
      code: "cwd_not_found",
    });
    this.cwd = cwd;
  }
}

/**
 * The executable was found, but the system could not start it.
 *
 * @example
 * ```ts
 * import { SpawnError } from "@codex-app-server/sdk/errors";
 *
 * function explain(error: unknown): string | undefined {
 *   if (error instanceof SpawnError) return `Is ${error.command} executable? ${error.message}`;
 * }
 * ```
 */
export class SpawnError extends CodexError {
  /** The class name. */
  override readonly name: string = "SpawnError";
  /** The path of the executable. */
  readonly command: string;

  /** Creates the error for an executable. */
  constructor(command: string, reason: string, options?: ErrorOptions) {
    super(`Cannot start "${command}": ${reason}`, { ...options, code: "spawn_failed" });
    this.command = command;
  }
}

/**
 * The JavaScript runtime lacks a permission; the message names the missing flag.
 *
 * @example
 * ```ts
 * import { PermissionError } from "@codex-app-server/sdk/errors";
 *
 * function missingFlag(error: unknown): string | undefined {
 *   return error instanceof PermissionError ? error.flag : undefined; // "--allow-run=..."
 * }
 * ```
 */
export class PermissionError extends CodexError {
  /** The class name. */
  override readonly name: string = "PermissionError";
  /** The missing flag, such as `--allow-run=/usr/bin/codex`. */
  readonly flag: string;

  /** Creates the error for an action and the missing flag. */
  constructor(action: string, flag: string, options?: ErrorOptions) {
    super(`Cannot ${action}: run Deno with ${flag}`, { ...options, code: "permission_missing" });
    this.flag = flag;
  }
}

/**
 * The server did not start within `startupTimeoutMs`.
 *
 * @example
 * ```ts
 * import { Codex, StartupTimeoutError } from "@codex-app-server/sdk";
 *
 * async function start(): Promise<Codex> {
 *   return await Codex.start({ startupTimeoutMs: 5_000 }).catch((error: unknown) => {
 *     if (error instanceof StartupTimeoutError) return Codex.start({ startupTimeoutMs: 60_000 });
 *     throw error;
 *   });
 * }
 * ```
 */
export class StartupTimeoutError extends CodexError {
  /** The class name. */
  override readonly name: string = "StartupTimeoutError";
  /** The limit in milliseconds. */
  readonly timeoutMs: number;

  /** Creates the error for a limit in milliseconds. `printed` is what the server sent instead of a message. */
  constructor(timeoutMs: number, printed?: string) {
    const state = `not initialized within ${timeoutMs} ms`;
    const hint = printed === undefined
      ? ""
      : ` (received instead of a message: ${printed}); nothing but the server may write to its stdout, ` +
        "not even a profile of a login shell";
    super(`Cannot start codex app-server: ${state}${hint}`, { code: "startup_timeout" });
    this.timeoutMs = timeoutMs;
  }
}
