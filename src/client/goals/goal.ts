/** The goal of a thread. */
import type { ClientResult } from "../../generated/client_requests.ts";
import type { ThreadGoal } from "../../generated/types.ts";
import type { CallOptions } from "../call_options.ts";
import { checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { checkTokenBudget, goalObjective } from "./goal_objective.ts";
import { requestLoaded } from "../threads/thread_reopen.ts";

/**
 * Options of {@linkcode Goal.set}.
 *
 * @example
 * ```ts
 * import type { GoalSetOptions } from "@codex-app-server/sdk/types";
 *
 * const later: GoalSetOptions = { tokenBudget: 200_000, status: "paused" };
 * ```
 */
export interface GoalSetOptions extends CallOptions {
  /** How many tokens the goal may cost; past that it ends as `budgetLimited`. No limit when left out. */
  readonly tokenBudget?: number | null | undefined;
  /** `"active"` when left out: on an idle thread the server then starts turns for it by itself. */
  readonly status?: "active" | "paused" | undefined;
}

/**
 * What a thread works towards: an objective for which the server starts one turn after the other, until the model tells
 * that it is reached. To see those turns, run the goal as a turn instead: `thread.turn(objective, { goal: true })`.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 *
 * async function spent(thread: Thread): Promise<number> {
 *   const goal = await thread.goal.get();
 *   return goal?.tokensUsed ?? 0;
 * }
 * ```
 */
export class Goal {
  readonly #context: ClientContext;
  readonly #threadId: string;

  /** Stands for the goal of a thread. */
  constructor(context: ClientContext, threadId: string) {
    this.#context = context;
    this.#threadId = threadId;
  }

  /**
   * Reads the goal (`thread/goal/get`); `null` when the thread has none.
   *
   * @throws {GoalsDisabledError} when the runtime's feature `goals` is off
   * @throws {GoalNotSupportedError} when the thread is ephemeral
   */
  async get(options: CallOptions = {}): Promise<ThreadGoal | null> {
    const reply = await this.#request("thread/goal/get", {}, options);
    if (reply?.goal === null) return null;
    return goalIn("thread/goal/get", reply);
  }

  /**
   * Sets the goal (`thread/goal/set`); what an earlier goal of the thread has used counts on.
   *
   * @throws {TypeError} when the objective is blank or no text
   * @throws {RangeError} when it has more than 4,000 characters, or the budget is no whole number from 1 up
   * @throws {GoalsDisabledError} when the runtime's feature `goals` is off
   * @throws {GoalNotSupportedError} when the thread is ephemeral
   */
  async set(objective: string, options: GoalSetOptions = {}): Promise<ThreadGoal> {
    const { tokenBudget, status = "active", ...limits } = options;
    checkTokenBudget(tokenBudget);
    if (status !== "active" && status !== "paused") {
      throw new TypeError(`"status" must be "active" or "paused", got ${JSON.stringify(status)}`);
    }
    const params = {
      objective: goalObjective(objective),
      status,
      ...(tokenBudget == null ? {} : { tokenBudget }),
    };
    return goalIn("thread/goal/set", await this.#request("thread/goal/set", params, limits));
  }

  /**
   * Pauses the goal (`thread/goal/set`): the turn that runs goes on to its end, and no other follows.
   *
   * @throws {NoGoalError} when the thread has no goal
   * @throws {GoalsDisabledError} when the runtime's feature `goals` is off
   * @throws {GoalNotSupportedError} when the thread is ephemeral
   */
  async pause(options: CallOptions = {}): Promise<ThreadGoal> {
    const params = { status: "paused" };
    return goalIn("thread/goal/set", await this.#request("thread/goal/set", params, options));
  }

  /**
   * Takes the goal away (`thread/goal/clear`), and tells whether there was one; the turn that runs goes on to its end.
   *
   * @throws {GoalsDisabledError} when the runtime's feature `goals` is off
   * @throws {GoalNotSupportedError} when the thread is ephemeral
   */
  async clear(options: CallOptions = {}): Promise<boolean> {
    const reply = await this.#request("thread/goal/clear", {}, options);
    return reply?.cleared === true;
  }

  #request<M extends "thread/goal/get" | "thread/goal/set" | "thread/goal/clear">(
    method: M,
    params: object,
    { signal, timeoutMs }: CallOptions,
  ): Promise<ClientResult<M>> {
    return requestLoaded(this.#context, method, { ...params, threadId: this.#threadId } as never, {
      signal,
      timeoutMs,
    });
  }
}

function goalIn(method: string, reply: { readonly goal: ThreadGoal | null }): ThreadGoal {
  checkReply(method, reply, "goal.status");
  return reply.goal as ThreadGoal;
}
