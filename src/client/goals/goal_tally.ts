/** What the turns of a goal come to together. */
import type {
  ThreadGoal,
  ThreadItem,
  ThreadTokenUsage,
  TokenUsageBreakdown,
  Turn,
  TurnStatus,
} from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import type { TurnResult } from "../turns/turn_result.ts";
import { usageDifference } from "../turns/usage_difference.ts";

/** Adds the turns of a goal up to one. */
export class GoalTally {
  /** The goal, as last told; `null` when the thread has none any more. */
  goal: ThreadGoal | null = null;
  readonly #items: ThreadItem[] = [];
  #finalResponse: string | null = null;
  #startedAt: number | null = null;
  #durationMs: number | null = null;
  #before: TokenUsageBreakdown | undefined;
  #usage: ThreadTokenUsage | null = null;

  /** Takes note of the tokens that were used. */
  observeUsage(usage: ThreadTokenUsage | undefined): void {
    if (!isRecord(usage?.total) || !isRecord(usage.last)) return;
    // The first one tells what the thread had used before: an update may be repeated, so that adding up would not do.
    this.#before ??= usageDifference(usage.total, usage.last);
    this.#usage = usage;
  }

  /** Takes the result of one turn in. */
  add(result: TurnResult): void {
    const cut = new Set(result.interruptedItems);
    this.#items.push(...result.items.filter(({ id }) => !cut.has(id)));
    this.#finalResponse = result.finalResponse ?? this.#finalResponse;
    this.#startedAt ??= result.startedAt;
    if (result.durationMs !== null) this.#durationMs = (this.#durationMs ?? 0) + result.durationMs;
  }

  /** The whole as one turn that ended like its last one. */
  turn(id: string, last: TurnResult, status: TurnStatus): Turn {
    return {
      id,
      rootTurnId: id,
      items: this.#items,
      itemsView: "summary",
      status,
      error: last.error,
      startedAt: this.#startedAt,
      completedAt: last.completedAt,
      durationMs: this.#durationMs,
    };
  }

  /** The result that was gathered from all events, with what only the turns one by one can tell. */
  complete(result: TurnResult): TurnResult {
    return {
      ...result,
      finalResponse: this.#finalResponse,
      usage: this.#usage === null || this.#before === undefined
        ? result.usage
        : { ...this.#usage, last: usageDifference(this.#usage.total, this.#before) },
      goal: this.goal,
    };
  }
}
