/** Errors of threads and their goals. */
import { CodexError } from "./codex_error.ts";
import { InvalidRequestError, JsonRpcError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

/**
 * The server has no such thread: the id was never stored, the thread was deleted, or it is not archived.
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
  /** The class name. */
  override readonly name: string = "ThreadNotFoundError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "thread_not_found", ...options });
  }
}

/**
 * Another process has opened the thread, and only one may write to it.
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
  /** The class name. */
  override readonly name: string = "ThreadBusyError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "thread_busy", ...options });
  }
}

/**
 * The thread is not stored: it is ephemeral, or has no turns yet. There is nothing to resume, fork or archive.
 *
 * @example
 * ```ts
 * import type { Codex, Thread } from "@codex-app-server/sdk";
 * import { ThreadNotMaterializedError } from "@codex-app-server/sdk/errors";
 *
 * async function putAway(codex: Codex, thread: Thread): Promise<void> {
 *   try {
 *     await codex.threadArchive(thread.id);
 *   } catch (error) {
 *     if (!(error instanceof ThreadNotMaterializedError)) throw error; // there is nothing to keep
 *   }
 * }
 * ```
 */
export class ThreadNotMaterializedError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "ThreadNotMaterializedError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "thread_not_materialized", ...options });
  }
}

/**
 * The thread is archived: unarchive it first.
 *
 * @example
 * ```ts
 * import type { Codex, Thread } from "@codex-app-server/sdk";
 * import { ThreadArchivedError } from "@codex-app-server/sdk/errors";
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
  /** The class name. */
  override readonly name: string = "ThreadArchivedError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "thread_archived", ...options });
  }
}

/**
 * This thread handle can no longer be used: it was closed, or the thread is gone.
 *
 * @example
 * ```ts
 * import type { Codex, Thread, TurnResult } from "@codex-app-server/sdk";
 * import { ThreadClosedError } from "@codex-app-server/sdk/errors";
 *
 * async function ask(codex: Codex, thread: Thread, text: string): Promise<TurnResult> {
 *   return await thread.run(text).catch(async (error: unknown) => {
 *     if (!(error instanceof ThreadClosedError)) throw error;
 *     return await (await codex.threadResume(error.threadId)).run(text);
 *   });
 * }
 * ```
 */
export class ThreadClosedError<Result = unknown> extends CodexError {
  /** The class name. */
  override readonly name: string = "ThreadClosedError";
  /** The thread. */
  readonly threadId: string;
  /** Why it is closed. */
  readonly fate: string;
  /** What a turn that ended with the thread had produced by then; `null` where no turn was concerned. */
  readonly result: Result | null;

  /** Creates the error for a thread and the reason it is closed. */
  constructor(
    threadId: string,
    fate: string,
    { result = null }: { readonly result?: Result | null } = {},
  ) {
    super(`Cannot use thread "${threadId}": ${fate}`, { code: "thread_closed" });
    this.threadId = threadId;
    this.fate = fate;
    this.result = result;
  }
}

/**
 * The server does not change these settings of a thread that is loaded already, or of a running turn; nothing was changed.
 *
 * @example
 * ```ts
 * import type { Codex, Thread } from "@codex-app-server/sdk";
 * import { SettingsNotAppliedError } from "@codex-app-server/sdk/errors";
 *
 * async function reopen(codex: Codex, thread: Thread, baseInstructions: string): Promise<Thread> {
 *   return await codex.threadResume(thread.id, { baseInstructions }).catch(async (error: unknown) => {
 *     if (!(error instanceof SettingsNotAppliedError)) throw error;
 *     await thread.close();
 *     return await codex.threadResume(thread.id, { baseInstructions });
 *   });
 * }
 * ```
 */
export class SettingsNotAppliedError extends CodexError {
  /** The class name. */
  override readonly name: string = "SettingsNotAppliedError";
  /** The thread. */
  readonly threadId: string;
  /** The settings, as the options are called. */
  readonly settings: readonly string[];

  /** The turn, if the settings were those of a running turn. */
  readonly turnId: string | undefined;

  /** Creates the error for a thread and the settings, or for a turn and the reason. */
  constructor(
    threadId: string,
    settings: readonly string[],
    ofTurn?: { readonly turnId: string; readonly reason: string },
  ) {
    const names = settings.map((name) => `"${name}"`).join(", ");
    super(
      ofTurn === undefined
        ? `Cannot apply ${names} to thread "${threadId}": it is loaded already; close its handles before the resume, or fork it`
        : `Cannot apply ${names} to turn "${ofTurn.turnId}": ${ofTurn.reason}; set() of the thread applies to later turns`,
      { code: "settings_not_applied" },
    );
    this.threadId = threadId;
    this.turnId = ofTurn?.turnId;
    this.settings = settings;
  }
}

/**
 * The runtime does not support goals: its feature `goals` is off.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 * import { GoalsDisabledError } from "@codex-app-server/sdk/errors";
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
  /** The class name. */
  override readonly name: string = "GoalsDisabledError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "goals_disabled", ...options });
  }
}

/**
 * The thread cannot have a goal because it is ephemeral.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 * import { GoalNotSupportedError } from "@codex-app-server/sdk/errors";
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
  /** The class name. */
  override readonly name: string = "GoalNotSupportedError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "goal_not_supported", ...options });
  }
}

/**
 * The thread has no goal to change.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 * import { NoGoalError } from "@codex-app-server/sdk/errors";
 *
 * async function pause(thread: Thread): Promise<void> {
 *   await thread.goal.pause().catch((error: unknown) => {
 *     if (!(error instanceof NoGoalError)) throw error; // nothing to pause
 *   });
 * }
 * ```
 */
export class NoGoalError extends InvalidRequestError {
  /** The class name. */
  override readonly name: string = "NoGoalError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "no_goal", ...options });
  }
}

/**
 * The server starts no further turn although the goal has not ended; the SDK pauses the goal.
 *
 * @example
 * ```ts
 * import { GoalStalledError } from "@codex-app-server/sdk/errors";
 *
 * function explain(error: unknown): string | undefined {
 *   if (error instanceof GoalStalledError) return `${error.threadId} stopped: ${error.status}`;
 * }
 * ```
 */
export class GoalStalledError<Result = unknown> extends CodexError {
  /** The class name. */
  override readonly name: string = "GoalStalledError";
  /** The thread. */
  readonly threadId: string;
  /** The goal's last known status; `null` if the thread no longer has a goal. */
  readonly status: string | null;
  /** What the turns of the goal had produced by then; `null` if none had started. */
  readonly result: Result | null;

  /** Creates the error for a thread and the status of its goal. */
  constructor(
    threadId: string,
    status: string | null,
    { result = null }: { readonly result?: Result | null } = {},
  ) {
    const state = status === null ? "is gone" : `is "${status}"`;
    super(`Cannot continue the goal: it ${state}, and the server starts no turn for it`, {
      code: "goal_stalled",
    });
    this.threadId = threadId;
    this.status = status;
    this.result = result;
  }
}
