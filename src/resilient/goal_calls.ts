/** What became of a change of a goal that was on its way: the server says which goal the thread has. */
import type { ThreadGoal } from "../generated/types.ts";
import { isRecord } from "../util/is_record.ts";
import { sleep } from "../util/timer.ts";
import { fieldsOf } from "./peek.ts";
import type { PendingCall } from "./pending_calls.ts";
import { OVERLOADED, RefusedError, type ServerLink } from "./server_link.ts";

/** Milliseconds for a change that was sent to show. */
const STORED_MS = 250;

/** A goal of a thread; `null` if the thread has none. */
export type Goal = ThreadGoal | null;

/** What to do with a change of a goal: send it again, answer it with this, or say that nobody knows. */
export type GoalFate = "again" | "unknown" | { readonly result: object };

/** Finds out what became of changes of goals. Rejects if the connection ends or stays silent. */
export async function lookUpGoals(
  link: ServerLink,
  calls: readonly PendingCall[],
): Promise<ReadonlyMap<PendingCall, GoalFate>> {
  const fates = new Map<PendingCall, GoalFate>();
  if (calls.length === 0) return fates;
  await look(link, calls, fates);
  // The server may still have to handle it.
  const missing = calls.filter((call) => fates.get(call) === "again");
  if (missing.length > 0) {
    await sleep(STORED_MS);
    await look(link, missing, fates);
  }
  return fates;
}

async function look(
  link: ServerLink,
  calls: readonly PendingCall[],
  fates: Map<PendingCall, GoalFate>,
): Promise<void> {
  for (const call of calls) {
    const { threadId } = call;
    try {
      const goal = goalIn(await link.call("thread/goal/get", { threadId }));
      fates.set(call, goal === undefined ? "unknown" : fateOf(call, goal));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      // A server that knows no goal of the thread refuses to set one too.
      fates.set(call, error.rpcCode === OVERLOADED ? "unknown" : "again");
    }
  }
}

/** Returns the goal of a reply or notification; `undefined` if it has none that can be read. */
export function goalIn(fields: unknown): Goal | undefined {
  const { goal } = fieldsOf(fields);
  return goal === null || isRecord(goal) ? goal as Goal : undefined;
}

/** What to do with a change of a goal, if this is the goal that the thread has now. */
export function fateOf(call: PendingCall, goal: Goal): GoalFate {
  const { goalBefore: before } = call;
  if (call.method === "thread/goal/clear") {
    if (goal !== null) return isSame(goal, before) ? "again" : "unknown";
    return before == null ? "again" : { result: { cleared: true } };
  }
  const { status } = call.params;
  const isObjective = goal !== null && hasWish(goal, call.params);
  if (isObjective && (status == null || goal.status === status)) return { result: { goal } };
  // A goal that goes on can be paused twice; one that has ended would become a paused one.
  if (isObjective && status === "paused" && goal.status === "active") return "again";
  if (before === undefined) return "unknown";
  if (!isSame(goal, before)) return isObjective ? { result: { goal } } : "unknown";
  // It may have been set, and have ended as the one before.
  return isObjective && goal.updatedAt !== before?.updatedAt ? "unknown" : "again";
}

/** Whether a goal has the objective and the budget that were asked for. */
function hasWish(
  goal: ThreadGoal,
  { objective, tokenBudget }: Readonly<Record<string, unknown>>,
): boolean {
  return (objective == null || goal.objective === objective) &&
    (tokenBudget === undefined || goal.tokenBudget === tokenBudget);
}

/** Whether nobody has changed a goal; its use of tokens and time does not count. */
function isSame(goal: Goal, before: Goal | undefined): boolean {
  if (goal === null || before == null) return goal === before;
  return goal.objective === before.objective && goal.status === before.status &&
    goal.tokenBudget === before.tokenBudget && goal.createdAt === before.createdAt;
}
