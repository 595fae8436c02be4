/** Errors of finding, opening and keeping threads. */
import { CodexError } from "./codex_error.ts";
import { JsonRpcError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

/** The server has no such thread: none with this id was ever stored, it was deleted, or it is not in the archive. */
export class ThreadNotFoundError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ThreadNotFoundError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "thread_not_found", ...options });
  }
}

/** Another process has the thread open: only one may write to it. */
export class ThreadBusyError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ThreadBusyError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "thread_busy", ...options });
  }
}

/** Nothing of the thread is stored: it is ephemeral, or had no turn yet, so there is nothing to read, resume or fork. */
export class ThreadNotMaterializedError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ThreadNotMaterializedError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "thread_not_materialized", ...options });
  }
}

/**
 * The thread is in the archive: take it out first.
 *
 * @example
 * ```ts
 * import { type Codex, type Thread, ThreadArchivedError } from "@codex-app-server/sdk";
 *
 * async function reopen(codex: Codex, threadId: string): Promise<Thread> {
 *   try {
 *     return await codex.threadResume(threadId);
 *   } catch (error) {
 *     if (error instanceof ThreadArchivedError) return await codex.threadUnarchive(threadId);
 *     throw error;
 *   }
 * }
 * ```
 */
export class ThreadArchivedError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ThreadArchivedError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "thread_archived", ...options });
  }
}

/** This handle of the thread is used up: it was closed, or the thread is gone. */
export class ThreadClosedError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "ThreadClosedError";
  /** The thread. */
  readonly threadId: string;

  /** Makes the error for a thread, with what became of it. */
  constructor(threadId: string, fate: string) {
    super(`Cannot use thread "${threadId}": ${fate}`, { code: "thread_closed" });
    this.threadId = threadId;
  }
}
