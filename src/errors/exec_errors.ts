/** Errors of commands that are run apart from turns. */
import { CodexError } from "./codex_error.ts";
import { JsonRpcError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

/**
 * The server could not start a command: without a sandbox because there is no such program or folder, or it may not be
 * run. In a sandbox a missing program is no such error: the command ends with exit code 101 and says so on stderr.
 *
 * @example
 * ```ts
 * import { type Codex, ExecStartError, Sandbox } from "@codex-app-server/sdk";
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
  /** The name of the class. */
  override readonly name: string = "ExecStartError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "exec_start_failed", ...options });
  }
}

/**
 * A command wrote more than was read of it, and the limit of unread bytes is reached. Only that stream ends; the command
 * and its other stream go on.
 *
 * @example
 * ```ts
 * import { ExecOutputOverflowError } from "@codex-app-server/sdk";
 *
 * const wroteTooMuch = (error: unknown): boolean => error instanceof ExecOutputOverflowError;
 * ```
 */
export class ExecOutputOverflowError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "ExecOutputOverflowError";
  /** The stream that is full. */
  readonly stream: "stdout" | "stderr";
  /** The limit, in bytes. */
  readonly limitBytes: number;

  /** Makes the error for a stream and its limit in bytes. */
  constructor(stream: "stdout" | "stderr", limitBytes: number) {
    super(`Cannot keep more of ${stream}: its limit is ${limitBytes} bytes`, {
      code: "exec_output_overflow",
    });
    this.stream = stream;
    this.limitBytes = limitBytes;
  }
}
