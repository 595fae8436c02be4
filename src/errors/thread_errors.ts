/** Errors of finding, opening and keeping threads. */
import { CodexError } from "./codex_error.ts";
import { InvalidRequestError, JsonRpcError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

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

/**
 * The runtime has no goals: its feature `goals` is turned off.
 *
 * @example
 * ```ts
 * import { GoalsDisabledError, type Thread } from "@codex-app-server/sdk";
 *
 * async function pursue(thread: Thread, objective: string): Promise<string | null> {
 *   try {
 *     return (await thread.run(objective, { goal: true })).finalResponse;
 *   } catch (error) {
 *     if (!(error instanceof GoalsDisabledError)) throw error;
 *     return (await thread.run(objective)).finalResponse;
 *   }
 * }
 * ```
 */
export class GoalsDisabledError extends InvalidRequestError {
  /** The name of the class. */
  override readonly name: string = "GoalsDisabledError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "goals_disabled", ...options });
  }
}

/**
 * The thread can have no goal: it is ephemeral.
 *
 * @example
 * ```ts
 * import { GoalNotSupportedError, type Thread } from "@codex-app-server/sdk";
 *
 * async function pursue(thread: Thread, objective: string): Promise<void> {
 *   await thread.goal.set(objective).catch((error: unknown) => {
 *     if (!(error instanceof GoalNotSupportedError)) throw error;
 *     console.warn("Start the thread without `ephemeral` to give it a goal");
 *   });
 * }
 * ```
 */
export class GoalNotSupportedError extends InvalidRequestError {
  /** The name of the class. */
  override readonly name: string = "GoalNotSupportedError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "goal_not_supported", ...options });
  }
}

/**
 * The thread has no goal that could be changed.
 *
 * @example
 * ```ts
 * import { NoGoalError, type Thread } from "@codex-app-server/sdk";
 *
 * async function pause(thread: Thread): Promise<void> {
 *   await thread.goal.pause().catch((error: unknown) => {
 *     if (!(error instanceof NoGoalError)) throw error; // nothing to pause
 *   });
 * }
 * ```
 */
export class NoGoalError extends InvalidRequestError {
  /** The name of the class. */
  override readonly name: string = "NoGoalError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "no_goal", ...options });
  }
}

/**
 * The server starts no turn for the goal, which has neither ended; the SDK pauses it.
 *
 * @example
 * ```ts
 * import { GoalStalledError } from "@codex-app-server/sdk";
 *
 * function explain(error: unknown): string | undefined {
 *   if (error instanceof GoalStalledError) return `${error.threadId} stopped: ${error.status}`;
 * }
 * ```
 */
export class GoalStalledError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "GoalStalledError";
  /** The thread. */
  readonly threadId: string;
  /** The goal's status, as the server told it last; `null` when the thread has no goal any more. */
  readonly status: string | null;

  /** Makes the error for a thread and the status of its goal. */
  constructor(threadId: string, status: string | null) {
    const state = status === null ? "is gone" : `is "${status}"`;
    super(`Cannot go on with the goal: it ${state}, and the server starts no turn for it`, {
      code: "goal_stalled",
    });
    this.threadId = threadId;
    this.status = status;
  }
}
