/** How many tokens a thread has used, as last reported, and how many before the turn that was reported on last. */
import type { ThreadTokenUsage, TokenUsageBreakdown } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { usageDifference } from "../turns/usage_difference.ts";

/** How many turns are remembered, in case the history is cut there. */
const MAX_TURNS = 100;

/** Where a history is cut. */
export interface HistoryCut {
  /** The first turn that is left out. */
  readonly beforeTurnId?: unknown;
  /** The last turn that is kept. */
  readonly lastTurnId?: unknown;
}

/** Follows the reports of one thread: they name the turn that used tokens, but not how many that turn used. */
export class ThreadUsage {
  #total: TokenUsageBreakdown | undefined;
  #turnId: unknown;
  #before: TokenUsageBreakdown | undefined;
  /** What the turns that are left had used, if the history was cut. */
  #left: TokenUsageBreakdown | undefined;
  /** What the thread had used before and after each turn, oldest first. */
  readonly #turns = new Map<unknown, readonly [TokenUsageBreakdown, TokenUsageBreakdown]>();

  /** What the thread had used before the turn of the last report; `undefined` without a report. */
  get beforeTurn(): TokenUsageBreakdown | undefined {
    return this.#before;
  }

  /** Records a report. An interrupted turn repeats the last one, so single reports must not be added up. */
  observe(turnId: unknown, usage: ThreadTokenUsage | undefined): void {
    if (!isRecord(usage?.total)) return;
    const { total, last } = usage;
    if (this.#before === undefined || turnId !== this.#turnId) {
      this.#before = this.#total ?? this.#beforeFirst(total, last);
    }
    this.#turnId = turnId;
    this.#total = total;
    if (typeof turnId === "string") this.#turns.set(turnId, [this.#before, total]);
    for (const oldest of this.#turns.keys()) {
      if (this.#turns.size <= MAX_TURNS) return;
      this.#turns.delete(oldest);
    }
  }

  /** Starts with the count of another thread, whose history this one continues, up to the cut if there is one. */
  continueFrom(other: ThreadUsage, cut?: HistoryCut): void {
    if (cut === undefined) this.#total ??= other.#total;
    else this.#left = other.#upTo(cut);
  }

  /** Starts again: the history became shorter, and with it the count of the server. */
  cutAt(cut: HistoryCut): void {
    this.#left = this.#upTo(cut);
    this.#total = this.#turnId = this.#before = undefined;
  }

  #upTo({ beforeTurnId, lastTurnId }: HistoryCut): TokenUsageBreakdown | undefined {
    return this.#turns.get(beforeTurnId)?.[0] ?? this.#turns.get(lastTurnId)?.[1];
  }

  /** What the thread had used before its first report: an interrupted turn repeats the count of the turns that are left. */
  #beforeFirst(
    total: TokenUsageBreakdown,
    last: TokenUsageBreakdown | undefined,
  ): TokenUsageBreakdown {
    const isRepeated = this.#left !== undefined && this.#left.totalTokens === total.totalTokens;
    return isRepeated || !isRecord(last) ? total : usageDifference(total, last);
  }
}
