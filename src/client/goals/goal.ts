/** The goal of a thread. */
import type { ClientResult } from "../../generated/client_requests.ts";
import type { ThreadGoal } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import type { OptionNames } from "../../util/option_names.ts";
import type { CallOptions } from "../call_options.ts";
import { checkField, checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import type { TurnInput } from "../input/input.ts";
import { checkCallOptions } from "../option_names.ts";
import { requestLoaded } from "../thread_reopen.ts";

/** Maximum length of an objective that the server accepts, in characters. */
const MAX_CHARACTERS = 4_000;

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
  /** Maximum number of tokens for the goal; beyond it, the goal ends as `budgetLimited`. No limit by default. */
  readonly tokenBudget?: number | null | undefined;
  /**
   * With `"active"`, the server starts turns for the goal by itself as soon as the thread is idle.
   *
   * @default {"active"}
   */
  readonly status?: "active" | "paused" | undefined;
}

const SET_OPTIONS: OptionNames<GoalSetOptions> = {
  tokenBudget: true,
  status: true,
  signal: true,
  timeoutMs: true,
};

/**
 * What a thread works towards: an objective for which the server starts one turn after the other until the model reports
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

  /** Represents the goal of a thread. */
  constructor(context: ClientContext, threadId: string) {
    this.#context = context;
    this.#threadId = threadId;
  }

  /**
   * Returns the goal (`thread/goal/get`); `null` if the thread has none.
   *
   * @throws {GoalsDisabledError} if the feature `goals` of the runtime is off
   * @throws {GoalNotSupportedError} if the thread is ephemeral
   */
  async get(options: CallOptions = {}): Promise<ThreadGoal | null> {
    checkCallOptions("goal.get()", options);
    const reply = await this.#request("thread/goal/get", {}, options);
    if (reply?.goal === null) return null;
    return goalIn("thread/goal/get", reply);
  }

  /**
   * Sets the goal (`thread/goal/set`). The tokens and the time that an earlier goal of the thread has used still count.
   *
   * @throws {TypeError} if the objective is blank or not a string
   * @throws {RangeError} if it has more than 4,000 characters, or the budget is not a positive integer
   * @throws {GoalsDisabledError} if the feature `goals` of the runtime is off
   * @throws {GoalNotSupportedError} if the thread is ephemeral
   */
  async set(objective: string, options: GoalSetOptions = {}): Promise<ThreadGoal> {
    checkCallOptions("goal.set()", options, SET_OPTIONS);
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
   * Pauses the goal (`thread/goal/set`): the running turn continues to its end, and no other follows.
   *
   * @throws {NoGoalError} if the thread has no goal
   * @throws {GoalsDisabledError} if the feature `goals` of the runtime is off
   * @throws {GoalNotSupportedError} if the thread is ephemeral
   */
  async pause(options: CallOptions = {}): Promise<ThreadGoal> {
    checkCallOptions("goal.pause()", options);
    const params = { status: "paused" };
    return goalIn("thread/goal/set", await this.#request("thread/goal/set", params, options));
  }

  /**
   * Clears the goal (`thread/goal/clear`) and returns whether there was one. The running turn continues to its end.
   *
   * @throws {GoalsDisabledError} if the feature `goals` of the runtime is off
   * @throws {GoalNotSupportedError} if the thread is ephemeral
   */
  async clear(options: CallOptions = {}): Promise<boolean> {
    checkCallOptions("goal.clear()", options);
    const reply = await this.#request("thread/goal/clear", {}, options);
    checkField("thread/goal/clear", reply, "cleared", (cleared) => typeof cleared === "boolean");
    return reply.cleared;
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

/**
 * Returns the text of an objective; several texts are joined by line breaks.
 *
 * @throws {TypeError} if it is blank or contains anything but text
 * @throws {RangeError} if it is longer than 4,000 characters
 */
export function goalObjective(input: TurnInput): string {
  const parts: readonly unknown[] = Array.isArray(input) ? input : [input];
  const objective = parts.map(textOf).join("\n");
  if (objective.trim() === "") throw new TypeError("The objective of a goal must not be blank");
  // The server counts characters; the length of a string counts UTF-16 units.
  const characters = objective.length > MAX_CHARACTERS ? [...objective].length : objective.length;
  if (characters > MAX_CHARACTERS) {
    throw new RangeError(
      `The objective of a goal must have at most ${MAX_CHARACTERS} characters, got ${characters}`,
    );
  }
  return objective;
}

function textOf(part: unknown): string {
  if (typeof part === "string") return part;
  if (isRecord(part) && part.type === "text" && typeof part.text === "string") return part.text;
  const kind = isRecord(part) ? part.type : part;
  throw new TypeError(`The objective of a goal must be text, got ${JSON.stringify(kind)}`);
}

/**
 * Checks a token limit.
 *
 * @throws {RangeError} if it is not a positive integer
 */
export function checkTokenBudget(tokenBudget: unknown): void {
  if (tokenBudget == null || (Number.isSafeInteger(tokenBudget) && Number(tokenBudget) > 0)) return;
  throw new RangeError(
    `"tokenBudget" must be a positive integer, got ${String(tokenBudget)}`,
  );
}
