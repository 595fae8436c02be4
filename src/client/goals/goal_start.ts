/** Starts turns that run for a goal. */
import { NoActiveTurnError, TurnMismatchError } from "../../errors/steer_errors.ts";
import { TurnActiveError } from "../../errors/turn_errors.ts";
import type { ClientParams, ClientResult } from "../../generated/client_requests.ts";
import type { ThreadSettingsUpdateParams } from "../../generated/types.ts";
import type { RequestOptions } from "../../protocol/connection.ts";
import type { Deadline } from "../../util/deadline.ts";
import { isRecord } from "../../util/is_record.ts";
import { checkField, checkObject } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { checkTokenBudget, goalObjective } from "./goal.ts";
import { type GoalStart, GoalTurn } from "./goal_turn.ts";
import type { TurnInput } from "../input/input.ts";
import { OF_TURNS, TURN_OPTIONS } from "../agent_options.ts";
import { approvalParams, type KeptPolicies, sandboxPolicy } from "../presets.ts";
import { keepsMode, warnUnreachableHandlers } from "../requests/unreachable_handlers.ts";
import { splitHandlers } from "../requests/handler_options.ts";
import { requestLoaded } from "../thread_reopen.ts";
import { type LaunchedTurn, launchTurn, turnDeadline } from "../turns/turn_launch.ts";
import { checkTurnLimits } from "../turns/turn_limits.ts";
import { checkWhenBusy } from "../turns/turn_place.ts";
import type { TurnResult } from "../turns/turn_result.ts";
import type { TurnOptions } from "../turns/turn_options.ts";
import { checkCallOptions, withExtraParams } from "../option_names.ts";

/** The settings of a thread, which apply to all turns of a goal; all other options belong to one turn. */
const SETTINGS: ReadonlySet<string> = new Set(
  [
    "disabledPluginIds",
    "cwd",
    "environments",
    "permissions",
    "model",
    "serviceTier",
    "effort",
    "summary",
    "collaborationMode",
    "multiAgentMode",
    "personality",
  ] satisfies (keyof ThreadSettingsUpdateParams)[],
);

/** Options that are never sent. */
const OWN: ReadonlySet<string> = new Set([
  "signal",
  "timeoutMs",
  "idleTimeoutMs",
  "limits",
  "whenBusy",
]);

/**
 * Options of a turn for a goal; `goal: true` is a goal without a limit.
 *
 * @example
 * ```ts
 * import type { GoalOptions, Thread } from "@codex-app-server/sdk";
 *
 * async function pursue(thread: Thread, objective: string): Promise<boolean> {
 *   const goal: GoalOptions = { tokenBudget: 200_000 };
 *   const result = await thread.run(objective, { goal, effort: "high" });
 *   return result.goal?.status === "complete";
 * }
 * ```
 */
export interface GoalOptions {
  /** Maximum number of tokens for the goal; beyond it, the goal ends as `budgetLimited`. No limit by default. */
  readonly tokenBudget?: number | null | undefined;
}

/**
 * Sets a goal and returns the handle of one turn that comprises all turns of the goal.
 *
 * @throws {TypeError} if the objective or an option has the wrong type; nothing is sent then
 * @throws {RangeError} if the objective is too long or a number is out of range; nothing is sent then
 * @throws {TurnActiveError} if the thread has a running turn
 */
export async function startGoal(
  context: ClientContext,
  threadId: string,
  objective: TurnInput,
  options: TurnOptions,
): Promise<LaunchedTurn> {
  checkTurnLimits(options);
  const [handlers, others] = splitHandlers(OF_TURNS, options);
  const kept = context.sessions.get(threadId)?.state?.policies;
  const { start, settings } = split(
    objective,
    withExtraParams(OF_TURNS, others, TURN_OPTIONS),
    kept,
  );
  const { signal, timeoutMs, idleTimeoutMs, limits, whenBusy = "reject" } = options;
  checkWhenBusy(whenBusy, ["reject", "queue"]);
  const goal = new GoalTurn(context, threadId);
  goal.handlers.configure(handlers);
  const deadline = turnDeadline({ signal, timeoutMs });
  return await launchTurn(context, threadId, {
    kind: "goal",
    deadline,
    idleTimeoutMs,
    limits,
    whenBusy,
    model: options.model,
    goal,
    handleContext: goalContext(context, goal),
    start: async () => {
      goal.takePlace();
      try {
        await prepare(context, threadId, settings, deadline);
      } catch (error) {
        goal.abandon();
        throw error;
      }
      return await goal.start(start, deadline);
    },
    onStarted: () => {
      if (keepsMode(options.approvalMode)) {
        warnUnreachableHandlers(context, threadId, [goal.handlers]);
      }
    },
  });
}

/** Runs a goal to its end. */
export async function runGoal(
  context: ClientContext,
  threadId: string,
  objective: TurnInput,
  options: TurnOptions,
): Promise<TurnResult> {
  const { handle, turn } = await startGoal(context, threadId, objective, options);
  turn.log.keepNothing(); // handles in requests and tools read from then on
  return await handle.run();
}

/** Separates the goal from the settings of its turns. */
function split(
  objective: TurnInput,
  options: TurnOptions,
  kept: KeptPolicies | undefined,
): { readonly start: GoalStart; readonly settings: Omit<ThreadSettingsUpdateParams, "threadId"> } {
  const { approvalMode, sandbox, goal, ...fields } = options;
  const settings: Record<string, unknown> = {
    ...approvalParams(approvalMode),
    ...(sandbox == null ? {} : { sandboxPolicy: sandboxPolicy(sandbox, kept) }),
  };
  for (const [name, value] of Object.entries(fields)) {
    if (value == null || OWN.has(name)) continue;
    if (!SETTINGS.has(name)) throw new TypeError(`A turn with a goal cannot have "${name}"`);
    settings[name] = value;
  }
  if (goal !== true && !isRecord(goal)) {
    throw new TypeError(`"goal" must be true, false or an object, got ${JSON.stringify(goal)}`);
  }
  if (goal !== true) checkCallOptions('"goal"', goal, { tokenBudget: true });
  const { tokenBudget = null }: GoalOptions = goal === true ? {} : goal;
  checkTokenBudget(tokenBudget);
  const text = goalObjective(objective);
  return {
    start: { objective: text, ...(tokenBudget === null ? {} : { tokenBudget }) },
    settings,
  };
}

/** Checks that the thread can have a goal and prepares it for one. */
async function prepare(
  context: ClientContext,
  threadId: string,
  settings: Omit<ThreadSettingsUpdateParams, "threadId">,
  { signal }: Deadline,
): Promise<void> {
  const reply = await requestLoaded(context, "thread/goal/get", { threadId }, { signal });
  checkObject("thread/goal/get", reply);
  checkField("thread/goal/get", reply, "goal", (goal) => goal == null || isRecord(goal));
  const read = await context.request("thread/read", { threadId }, { signal });
  checkField("thread/read", read, "thread", isRecord);
  if (read.thread.status?.type === "active") throw new TurnActiveError(threadId);
  if (Object.keys(settings).length > 0) {
    await context.request("thread/settings/update", { ...settings, threadId }, { signal });
  }
  // A goal that replaces another one would inherit the tokens and the time that the other one has used.
  if (reply.goal != null) await context.request("thread/goal/clear", { threadId }, { signal });
}

/** The context for the handle of a goal's turn: steers and interrupts go to the running part. */
function goalContext(context: ClientContext, goal: GoalTurn): ClientContext {
  const request = (method: string, params: unknown, options?: RequestOptions): Promise<unknown> => {
    switch (method) {
      case "turn/steer":
        return steer(context, goal, params as ClientParams<"turn/steer">, options);
      case "turn/settings/update": {
        const { turnId, ...changes } = params as ClientParams<"turn/settings/update">;
        const running = { ...changes, turnId: goal.part?.liveId ?? turnId };
        return context.request(method, running, options as never);
      }
      case "turn/interrupt":
        return interrupt(context, goal, options);
      default:
        return context.request(method as never, params as never, options as never);
    }
  };
  return { ...context, request: request as ClientContext["request"] };
}

/** Steers the running part, or the next one if none runs. */
async function steer(
  context: ClientContext,
  goal: GoalTurn,
  params: ClientParams<"turn/steer">,
  { signal, timeoutMs }: RequestOptions = {},
): Promise<ClientResult<"turn/steer">> {
  const limits = { signal, timeoutMs };
  let part = goal.part ?? await goal.partAfter(undefined, limits);
  for (;;) {
    const expectedTurnId = part?.liveId ?? params.expectedTurnId;
    try {
      return await context.request("turn/steer", { ...params, expectedTurnId }, limits);
    } catch (error) {
      if (!(error instanceof NoActiveTurnError || error instanceof TurnMismatchError)) throw error;
      // The part has ended in the meantime: steer the next one.
      part = await goal.partAfter(part, limits);
      if (part === undefined) throw error;
    }
  }
}

/** Pauses the goal and then interrupts the running part; otherwise the server would start the next one. */
async function interrupt(
  context: ClientContext,
  goal: GoalTurn,
  { signal, timeoutMs }: RequestOptions = {},
): Promise<ClientResult<"turn/interrupt">> {
  await goal.halt(context);
  const { part } = goal;
  if (part === undefined) return {};
  const params = { threadId: part.threadId, turnId: part.liveId };
  return await context.request("turn/interrupt", params, { signal, timeoutMs });
}
