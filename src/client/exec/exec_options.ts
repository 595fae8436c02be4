/** What a command is run with, and its form on the wire. */
import type { CommandExecParams, SandboxPolicy } from "../../generated/types.ts";
import { isAbsolutePath } from "../../util/absolute_path.ts";
import { isRecord } from "../../util/is_record.ts";
import { checkLimitMs } from "../../util/timer.ts";
import { checkCallOptions } from "../check_call_options.ts";
import { type Sandbox, sandboxPolicy } from "../presets.ts";
import { type TerminalSize, terminalSize } from "./terminal_size.ts";

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
  /** The working directory, on the server's side; a relative one is of the server's own, which it also is when left out. */
  readonly cwd?: string | undefined;
  /** Variables over those of the server, which the command inherits; `undefined` unsets one. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * A preset, or a policy in the wire's form; the server's configuration decides when left out. `Sandbox.workspace` lets
   * the command write in the server's working directory, in an absolute `cwd`, and in the temporary folders.
   */
  readonly sandbox?: Sandbox | SandboxPolicy | undefined;
  /** Milliseconds until the server ends the command with exit code 124; 0 is no limit, as when left out. */
  readonly timeoutMs?: number | undefined;
  /** Runs the command in a terminal, of 24 rows and 80 columns unless told; all its output is on `stdout` then. */
  readonly tty?: boolean | TerminalSize | undefined;
  /** `"pipe"` keeps `stdin` open for the caller to write to, as `tty` does; otherwise it is empty, or is the input. */
  readonly stdin?: "none" | "pipe" | undefined;
  /** All that the command gets to read: text, bytes or a stream of bytes. */
  readonly input?: string | Uint8Array | ReadableStream<Uint8Array> | undefined;
  /** Bytes of each output after which the server leaves out the rest; no cap when left out. */
  readonly maxOutputBytes?: number | undefined;
  /** Bytes of each output that are kept, be it unread or for `output()`, before that fails; 16 MiB when left out. */
  readonly maxBufferBytes?: number | undefined;
  /** Kills the command; `status`, the outputs and whoever waits reject with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** A checked command. */
export interface CheckedExec {
  readonly params: Omit<CommandExecParams, "processId">;
  readonly maxBufferBytes: number;
  readonly hasStdin: boolean;
}

const MAX_BUFFER_BYTES = 16 * 1_024 * 1_024;

/**
 * Checks a command and its options.
 *
 * @throws {TypeError} when the command is no list of texts or an option is not of its kind
 * @throws {RangeError} when a number is out of its range
 */
export function checkExec(command: readonly string[], options: ExecOptions): CheckedExec {
  checkCommand(command);
  checkCallOptions(options);
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
      streamStdoutStderr: true, // what is not streamed is made text by the server, and bytes are lost
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

/** Whether a time limit is one: 0 and `Infinity` are none. */
export function isLimit(timeoutMs: number | undefined): timeoutMs is number {
  return timeoutMs !== undefined && timeoutMs > 0 && timeoutMs <= Number.MAX_SAFE_INTEGER;
}

function checkCommand(command: unknown): void {
  if (typeof command === "string") {
    throw new TypeError(
      `The command must be a list of the program and its arguments, since no shell reads it: ` +
        `write ["git", "status"], or ["sh", "-c", ${JSON.stringify(command)}]`,
    );
  }
  if (!Array.isArray(command) || command.length === 0) {
    throw new TypeError(
      `The command must be a list of the program and its arguments, got ${JSON.stringify(command)}`,
    );
  }
  for (const part of command) {
    if (typeof part !== "string" || part.includes("\0")) {
      throw new TypeError(
        `Each part of the command must be a text without NUL, got ${JSON.stringify(part)}`,
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
  if (stdin !== undefined) throw new TypeError('Give either "stdin" or "input", not both');
  if (typeof input === "string" || input instanceof Uint8Array) return;
  if (input instanceof ReadableStream) {
    if (input.locked) throw new TypeError('The stream of "input" must not be locked');
    return;
  }
  throw new TypeError('"input" must be a text, a Uint8Array or a ReadableStream of bytes');
}

function checkBytes(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return;
  throw new RangeError(`"${name}" must be a number of bytes from 0 up, got ${String(value)}`);
}

function envParams(env: ExecOptions["env"]): Pick<CommandExecParams, "env"> {
  if (env === undefined) return {};
  if (!isRecord(env)) throw new TypeError(`"env" must be an object, got ${JSON.stringify(env)}`);
  const entries = Object.entries(env).map(([name, value]) => {
    // The server takes such a name without a word and sets another variable.
    if (name === "" || /[=\0]/.test(name)) {
      throw new TypeError(`${JSON.stringify(name)} cannot be the name of a variable`);
    }
    if (value !== undefined && (typeof value !== "string" || value.includes("\0"))) {
      throw new TypeError(`The variable "${name}" must be a text without NUL, or undefined`);
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
  if (isRecord(sandbox)) return { sandboxPolicy: sandbox as SandboxPolicy };
  const policy = sandboxPolicy(sandbox as Sandbox);
  // The server counts its own working directory as the workspace, whatever the command's is.
  const isElsewhere = policy.type === "workspaceWrite" && cwd !== undefined && isAbsolutePath(cwd);
  return { sandboxPolicy: isElsewhere ? { ...policy, writableRoots: [cwd] } : policy };
}
