/** Errors of finding and starting the runtime. */
import { CodexError } from "./codex_error.ts";

/** One place that was searched for the runtime. */
export interface RuntimeSearchPlace {
  /** Where: an option, a variable, a package or a directory of PATH. */
  readonly place: string;
  /** Why it gave no runtime. */
  readonly outcome: string;
}

/** Options of {@linkcode RuntimeNotFoundError}. */
export interface RuntimeNotFoundOptions {
  /** The operating system, such as `"linux"`. */
  readonly platform: string;
  /** The processor architecture, such as `"x64"`. */
  readonly arch: string;
  /** The JavaScript runtime that searched, such as `"deno"`. */
  readonly runtime: string;
  /** Every place that was tried, in order. */
  readonly tried: readonly RuntimeSearchPlace[];
}

/** The `codex` executable was found in none of the places tried. */
export class RuntimeNotFoundError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "RuntimeNotFoundError";
  /** Every place that was tried, in order. */
  readonly tried: readonly RuntimeSearchPlace[];

  /** Makes the error from the places that were tried. */
  constructor(options: RuntimeNotFoundOptions) {
    const places = options.tried.map(({ place, outcome }) => `  ${place}: ${outcome}`).join("\n");
    super(
      `Cannot find the codex executable for ${options.platform}-${options.arch} (searched by ${options.runtime}):\n${places}`,
      { code: "runtime_not_found" },
    );
    this.tried = options.tried;
  }
}

/** The working directory of the server does not exist or is no directory. */
export class CwdNotFoundError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "CwdNotFoundError";
  /** The directory as given. */
  readonly cwd: string;

  /** Makes the error for a directory. */
  constructor(cwd: string, options?: ErrorOptions) {
    super(`Cannot start codex app-server: the working directory "${cwd}" does not exist`, {
      ...options,
      code: "cwd_not_found",
    });
    this.cwd = cwd;
  }
}

/** The executable was found but the system did not start it. */
export class SpawnError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "SpawnError";
  /** The path of the executable. */
  readonly command: string;

  /** Makes the error for an executable. */
  constructor(command: string, reason: string, options?: ErrorOptions) {
    super(`Cannot start "${command}": ${reason}`, { ...options, code: "spawn_failed" });
    this.command = command;
  }
}

/** The JavaScript runtime lacks a permission; the message names the flag to add. */
export class PermissionError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "PermissionError";
  /** The missing flag, such as `--allow-run=/usr/bin/codex`. */
  readonly flag: string;

  /** Makes the error for an action and the missing flag. */
  constructor(action: string, flag: string, options?: ErrorOptions) {
    super(`Cannot ${action}: run Deno with ${flag}`, { ...options, code: "permission_missing" });
    this.flag = flag;
  }
}

/** The server did not finish its start within `startupTimeoutMs`. */
export class StartupTimeoutError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "StartupTimeoutError";
  /** The limit in milliseconds. */
  readonly timeoutMs: number;

  /** Makes the error for a limit in milliseconds. */
  constructor(timeoutMs: number) {
    super(`Cannot start codex app-server: not initialized within ${timeoutMs} ms`, {
      code: "startup_timeout",
    });
    this.timeoutMs = timeoutMs;
  }
}
