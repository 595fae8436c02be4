/** Errors of finding, opening and keeping threads. */
import { CodexError } from "./codex_error.ts";
import { JsonRpcError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

/**
 * The server has no such thread: none with this id was ever stored, it was deleted, or it is not in the archive.
 *
 * @example
 * ```ts
 * import { type Codex, type Thread, ThreadNotFoundError } from "@codex-app-server/sdk";
 *
 * async function openOrStart(codex: Codex, threadId: string): Promise<Thread> {
 *   return await codex.threadResume(threadId).catch((error: unknown) => {
 *     if (error instanceof ThreadNotFoundError) return codex.threadStart();
 *     throw error;
 *   });
 * }
 * ```
 */
export class ThreadNotFoundError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ThreadNotFoundError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "thread_not_found", ...options });
  }
}

/**
 * Another process has the thread open: only one may write to it.
 *
 * @example
 * ```ts
 * import { type Codex, type Thread, ThreadBusyError } from "@codex-app-server/sdk";
 *
 * async function openOrFork(codex: Codex, threadId: string): Promise<Thread> {
 *   return await codex.threadResume(threadId).catch((error: unknown) => {
 *     if (error instanceof ThreadBusyError) return codex.threadFork(threadId);
 *     throw error;
 *   });
 * }
 * ```
 */
export class ThreadBusyError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ThreadBusyError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "thread_busy", ...options });
  }
}

/**
 * Nothing of the thread is stored: it is ephemeral, or had no turn yet, so there is nothing to read, resume or fork.
 *
 * @example
 * ```ts
 * import { type Thread, ThreadNotMaterializedError } from "@codex-app-server/sdk";
 *
 * async function turnCount(thread: Thread): Promise<number> {
 *   try {
 *     return (await thread.read({ includeTurns: true })).thread.turns.length;
 *   } catch (error) {
 *     if (error instanceof ThreadNotMaterializedError) return 0;
 *     throw error;
 *   }
 * }
 * ```
 */
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

/**
 * This handle of the thread is used up: it was closed, or the thread is gone.
 *
 * @example
 * ```ts
 * import {
 *   type Codex,
 *   type Thread,
 *   ThreadClosedError,
 *   type TurnResult,
 * } from "@codex-app-server/sdk";
 *
 * async function ask(codex: Codex, thread: Thread, text: string): Promise<TurnResult> {
 *   return await thread.run(text).catch(async (error: unknown) => {
 *     if (!(error instanceof ThreadClosedError)) throw error;
 *     return await (await codex.threadResume(error.threadId)).run(text);
 *   });
 * }
 * ```
 */
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
