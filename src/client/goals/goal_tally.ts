/** The combined result of the turns of a goal. */
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

/** Combines the turns of a goal into one. */
export class GoalTally {
  /** The goal, as last reported; `null` if the thread has none any more. */
  goal: ThreadGoal | null = null;
  readonly #items: ThreadItem[] = [];
  #finalResponse: string | null = null;
  #startedAt: number | null = null;
  #durationMs: number | null = null;
  #before: TokenUsageBreakdown | undefined;
  #usage: ThreadTokenUsage | null = null;

  /** Records the tokens used. */
  observeUsage(usage: ThreadTokenUsage | undefined): void {
    if (!isRecord(usage?.total) || !isRecord(usage.last)) return;
    // The first one shows what the thread had used before. Updates may be repeated, so they must not be added up.
    this.#before ??= usageDifference(usage.total, usage.last);
    this.#usage = usage;
  }

  /** Adds the result of one turn. */
  add(result: TurnResult): void {
    const cut = new Set(result.interruptedItems);
    this.#items.push(...result.items.filter(({ id }) => !cut.has(id)));
    this.#finalResponse = result.finalResponse ?? this.#finalResponse;
    this.#startedAt ??= result.startedAt;
    if (result.durationMs !== null) this.#durationMs = (this.#durationMs ?? 0) + result.durationMs;
  }

  /** Returns the whole as one turn that ended like its last one. */
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

  /** Completes the result of all events with what only the single turns report. */
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
