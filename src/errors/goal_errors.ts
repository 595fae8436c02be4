/** Errors of goals. */
import { CodexError } from "./codex_error.ts";
import { InvalidRequestError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

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
