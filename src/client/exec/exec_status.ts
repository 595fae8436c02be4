/** How a command ended. */
import { InternalRpcError } from "../../errors/json_rpc_errors.ts";
import { isRecord } from "../../util/is_record.ts";

/**
 * How a command ended. The server tells no signals: a command that a signal ended has 128 and the signal's number, 137
 * after a kill; in a terminal it has 1.
 *
 * @example
 * ```ts
 * import type { ExecStatus } from "@codex-app-server/sdk";
 *
 * const describe = ({ success, timedOut, exitCode }: ExecStatus): string =>
 *   success ? "done" : timedOut ? "took too long" : `failed with ${exitCode}`;
 * ```
 */
export interface ExecStatus {
  /** The exit code of the command. */
  readonly exitCode: number;
  /** Whether the exit code is 0. */
  readonly success: boolean;
  /** Whether `kill()` was called before it ended. */
  readonly killed: boolean;
  /** Whether the server ended it at `timeoutMs`; the exit code is 124 then. */
  readonly timedOut: boolean;
  /** Whether the server left out what was written to stdout after `maxOutputBytes`. */
  readonly stdoutTruncated: boolean;
  /** Whether the server left out what was written to stderr after `maxOutputBytes`. */
  readonly stderrTruncated: boolean;
}

/** The reply to `command/exec`, as far as it can be trusted. */
export interface ExecReply {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The server's exit code of a command that took too long. */
const TIMED_OUT = 124;
/** The number of JSON-RPC for a server that failed: it did, whatever it calls its reply. */
const INTERNAL_ERROR = -32603;

/** Whether this is the exit code of the server's own time limit; a command may have chosen the same number. */
export function looksTimedOut(exitCode: number, tookMs: number, limitMs: number): boolean {
  return exitCode === TIMED_OUT && limitMs > 0 && tookMs >= limitMs;
}

/**
 * Reads the reply to `command/exec`.
 *
 * @throws {InternalRpcError} with the code `"unreadable_reply"` when it has no exit code
 */
export function execReply(reply: unknown): ExecReply {
  if (isRecord(reply) && typeof reply.exitCode === "number") {
    return { exitCode: reply.exitCode, stdout: text(reply.stdout), stderr: text(reply.stderr) };
  }
  const method = "command/exec";
  throw new InternalRpcError(`Cannot read the reply to "${method}": it has no "exitCode"`, {
    method,
    rpcCode: INTERNAL_ERROR,
    data: reply,
    code: "unreadable_reply",
  });
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
