/** Options of `exec`: checked and converted to the params of `command/exec`. */
import type {
  CommandExecParams,
  CommandExecTerminalSize,
  SandboxPolicy,
} from "../../generated/types.ts";
import { isAbsolutePath } from "../../util/absolute_path.ts";
import { isRecord } from "../../util/is_record.ts";
import type { OptionNames } from "../../util/option_names.ts";
import { checkLimitMs } from "../../util/timer.ts";
import { checkCallOptions } from "../option_names.ts";
import { type Sandbox, sandboxPolicy } from "../presets.ts";
import { isReadableStream, isUint8Array } from "../../util/realm.ts";

/**
 * Options of {@linkcode Codex.exec}.
 *
 * @example
 * ```ts
 * import { type ExecOptions, Sandbox } from "@codex-app-server/sdk";
 *
 * const options: ExecOptions = {
 *   cwd: "/srv/project",
 *   env: { CI: "1", NO_COLOR: undefined },
 *   sandbox: Sandbox.readOnly,
 *   timeoutMs: 60_000,
 * };
 * ```
 */
export interface ExecOptions {
  /** Working directory on the server; relative paths resolve against the server's own, which is also the default. */
  readonly cwd?: string | undefined;
  /** Environment variables added to those of the server, which the command inherits; `undefined` unsets one. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * A preset, or a policy as the protocol defines it; defaults to the server's configuration. `Sandbox.workspace`
   * allows writes to the server's working directory, an absolute `cwd`, and the temporary folders.
   */
  readonly sandbox?: Sandbox | SandboxPolicy | undefined;
  /**
   * Milliseconds until the server ends the command with exit code 124; 0 means no limit. If the server does not report the
   * end, `done` rejects with `RequestTimeoutError` 10 seconds later.
   *
   * @default {0}
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Runs the command in a terminal, of 24 rows and 80 columns if `true`; all of its output is then on `stdout`.
   *
   * @default {false}
   */
  readonly tty?: boolean | TerminalSize | undefined;
  /**
   * `"pipe"` keeps `stdin` open for the caller to write to, as `tty` does. Cannot be combined with `input`.
   *
   * @default {"none"}
   */
  readonly stdin?: "none" | "pipe" | undefined;
  /** All of standard input: text, bytes or a stream of bytes. */
  readonly input?: string | Uint8Array | ReadableStream<Uint8Array> | undefined;
  /** Bytes of each output after which the server drops the rest; not capped by default. */
  readonly maxOutputBytes?: number | undefined;
  /**
   * Bytes of each output that are buffered, unread or for `output()`, before the output fails.
   *
   * @default {16_777_216}
   */
  readonly maxBufferBytes?: number | undefined;
  /** Kills the command; `done`, the outputs and pending calls reject with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The size of a terminal in characters, each from 1 to 65,535.
 *
 * @example
 * ```ts
 * import type { TerminalSize } from "@codex-app-server/sdk/types";
 *
 * const size: TerminalSize = { rows: 24, cols: 80 };
 * ```
 */
export interface TerminalSize {
  /** Number of lines. */
  readonly rows: number;
  /** Number of characters per line. */
  readonly cols: number;
}

/** A checked command. */
export interface CheckedExec {
  readonly params: Omit<CommandExecParams, "processId">;
  readonly maxBufferBytes: number;
  readonly hasStdin: boolean;
}

const EXEC_OPTIONS: OptionNames<ExecOptions> = {
  cwd: true,
  env: true,
  sandbox: true,
  timeoutMs: true,
  tty: true,
  stdin: true,
  input: true,
  maxOutputBytes: true,
  maxBufferBytes: true,
  signal: true,
};

const MAX_BUFFER_BYTES = 16 * 1_024 * 1_024;

/**
 * Checks a command and its options.
 *
 * @throws {TypeError} if the command is not an array of strings or an option has the wrong type
 * @throws {RangeError} if a number is out of range
 */
export function checkExec(command: readonly string[], options: ExecOptions): CheckedExec {
  checkCommand(command);
  checkCallOptions("exec()", options, EXEC_OPTIONS);
  const { cwd, tty = false, stdin, input, timeoutMs, maxOutputBytes } = options;
  const { maxBufferBytes = MAX_BUFFER_BYTES } = options;
  if (cwd !== undefined && (typeof cwd !== "string" || cwd === "" || cwd.includes("\0"))) {
    throw new TypeError(`"cwd" must be a path, got ${JSON.stringify(cwd)}`);
  }
  checkStdin(stdin, input);
  checkLimitMs("timeoutMs", timeoutMs);
  checkBytes("maxOutputBytes", maxOutputBytes);
  checkBytes("maxBufferBytes", maxBufferBytes);
  const hasStdin = tty !== false || stdin === "pipe" || input !== undefined;
  return {
    maxBufferBytes,
    hasStdin,
    params: {
      command: [...command],
      streamStdoutStderr: true, // unstreamed output is decoded by the server, which loses bytes
      ...(hasStdin ? { streamStdin: true } : {}),
      ...(tty === false ? {} : { tty: true }),
      ...(typeof tty === "boolean" ? {} : { size: terminalSize(tty) }),
      ...(cwd === undefined ? {} : { cwd }),
      ...envParams(options.env),
      ...sandboxParams(options.sandbox, cwd),
      // The server's own defaults are 10 seconds and 1 MiB.
      ...(isLimit(timeoutMs) ? { timeoutMs: Math.ceil(timeoutMs) } : { disableTimeout: true }),
      ...(maxOutputBytes === undefined
        ? { disableOutputCap: true }
        : { outputBytesCap: maxOutputBytes }),
    },
  };
}

/** Whether there is a time limit: 0 and `Infinity` mean none. */
export function isLimit(timeoutMs: number | undefined): timeoutMs is number {
  return timeoutMs !== undefined && timeoutMs > 0 && timeoutMs <= Number.MAX_SAFE_INTEGER;
}

function checkCommand(command: unknown): void {
  if (typeof command === "string") {
    throw new TypeError(
      `The command must be an array of the program and its arguments, because no shell runs it: ` +
        `write ["git", "status"], or ["sh", "-c", ${JSON.stringify(command)}]`,
    );
  }
  if (!Array.isArray(command) || command.length === 0) {
    throw new TypeError(
      `The command must be an array of the program and its arguments, got ${
        JSON.stringify(command)
      }`,
    );
  }
  for (const part of command) {
    if (typeof part !== "string" || part.includes("\0")) {
      throw new TypeError(
        `Each part of the command must be a string without NUL, got ${JSON.stringify(part)}`,
      );
    }
  }
  if (command[0] === "") throw new TypeError("The program of the command must not be empty");
}

function checkStdin(stdin: unknown, input: unknown): void {
  if (stdin !== undefined && stdin !== "none" && stdin !== "pipe") {
    throw new TypeError(`"stdin" must be "none" or "pipe", got ${JSON.stringify(stdin)}`);
  }
  if (input === undefined) return;
  if (stdin !== undefined) throw new TypeError('"stdin" and "input" cannot be combined');
  if (typeof input === "string" || isUint8Array(input)) return;
  if (isReadableStream(input)) {
    if (input.locked) throw new TypeError('The stream in "input" must not be locked');
    return;
  }
  throw new TypeError('"input" must be a string, a Uint8Array or a ReadableStream of bytes');
}

function checkBytes(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return;
  throw new RangeError(
    `"${name}" must be a non-negative integer number of bytes, got ${String(value)}`,
  );
}

function envParams(env: ExecOptions["env"]): Pick<CommandExecParams, "env"> {
  if (env === undefined) return {};
  if (!isRecord(env)) throw new TypeError(`"env" must be an object, got ${JSON.stringify(env)}`);
  const entries = Object.entries(env).map(([name, value]) => {
    // The server accepts such a name silently and sets another variable.
    if (name === "" || /[=\0]/.test(name)) {
      throw new TypeError(`${JSON.stringify(name)} is not a valid name of an environment variable`);
    }
    if (value !== undefined && (typeof value !== "string" || value.includes("\0"))) {
      throw new TypeError(
        `The environment variable "${name}" must be a string without NUL, or undefined`,
      );
    }
    return [name, value ?? null] as const;
  });
  return { env: Object.fromEntries(entries) };
}

function sandboxParams(
  sandbox: Sandbox | SandboxPolicy | undefined,
  cwd: string | undefined,
): Pick<CommandExecParams, "sandboxPolicy"> {
  if (sandbox === undefined) return {};
  if (isRecord(sandbox)) {
    const isWorkspace = sandbox.type === "workspaceWrite";
    const policy = isWorkspace ? sandboxPolicy(sandbox as Sandbox) : sandbox as SandboxPolicy;
    return { sandboxPolicy: policy };
  }
  const policy = sandboxPolicy(sandbox as Sandbox);
  // The server's workspace is its own working directory, not the command's.
  const isElsewhere = policy.type === "workspaceWrite" && cwd !== undefined && isAbsolutePath(cwd);
  return { sandboxPolicy: isElsewhere ? { ...policy, writableRoots: [cwd] } : policy };
}

/** The protocol uses 16 bits for each. */
const MAX_TERMINAL_SIZE = 65_535;

/**
 * Converts the size of a terminal to the protocol's form.
 *
 * @throws {TypeError} if it is not an object
 * @throws {RangeError} if rows or columns are not an integer from 1 to 65,535
 */
export function terminalSize(size: TerminalSize): CommandExecTerminalSize {
  if (typeof size !== "object" || size === null) {
    throw new TypeError(
      `The size must be an object with rows and cols, got ${JSON.stringify(size)}`,
    );
  }
  return { rows: checkSize("rows", size.rows), cols: checkSize("cols", size.cols) };
}

function checkSize(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_TERMINAL_SIZE) return value;
  throw new RangeError(
    `"${name}" must be an integer from 1 to ${MAX_TERMINAL_SIZE}, got ${String(value)}`,
  );
}
