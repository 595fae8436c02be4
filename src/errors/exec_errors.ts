/** Errors of commands that run outside of turns. */
import { CodexError } from "./codex_error.ts";
import { JsonRpcError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

/**
 * The server could not start a command: without a sandbox, because the program or folder does not exist or may not be
 * executed. In a sandbox, a missing program does not throw: the command exits with code 101 and a message on stderr.
 *
 * @example
 * ```ts
 * import { type Codex, Sandbox } from "@codex-app-server/sdk";
 * import { ExecStartError } from "@codex-app-server/sdk/errors";
 *
 * async function has(codex: Codex, program: string): Promise<boolean> {
 *   try {
 *     await codex.exec([program, "--version"], { sandbox: Sandbox.fullAccess }).output();
 *     return true;
 *   } catch (error) {
 *     if (error instanceof ExecStartError) return false;
 *     throw error;
 *   }
 * }
 * ```
 */
export class ExecStartError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "ExecStartError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "exec_start_failed", ...options });
  }
}

/**
 * A command's output reached the limit of unread bytes. Only that stream ends; the command and its other stream
 * continue.
 *
 * @example
 * ```ts
 * import { ExecOutputOverflowError } from "@codex-app-server/sdk/errors";
 *
 * const wroteTooMuch = (error: unknown): boolean => error instanceof ExecOutputOverflowError;
 * ```
 */
export class ExecOutputOverflowError extends CodexError {
  /** The class name. */
  override readonly name: string = "ExecOutputOverflowError";
  /** The stream that overflowed. */
  readonly stream: "stdout" | "stderr";
  /** The limit in bytes. */
  readonly limitBytes: number;

  /** Creates the error for a stream and its limit in bytes. */
  constructor(stream: "stdout" | "stderr", limitBytes: number) {
    super(`Cannot buffer more of ${stream}: the limit of ${limitBytes} unread bytes is reached`, {
      code: "exec_output_overflow",
    });
    this.stream = stream;
    this.limitBytes = limitBytes;
  }
}
