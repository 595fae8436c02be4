/** How many tokens a thread has used, as last reported, and how many before the turn that was reported on last. */
import type { ThreadTokenUsage, TokenUsageBreakdown } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { usageDifference } from "../turns/usage_difference.ts";

/** Follows the reports of one thread: they name the turn that used tokens, but not how many that turn used. */
export class ThreadUsage {
  #total: TokenUsageBreakdown | undefined;
  #turnId: unknown;
  #before: TokenUsageBreakdown | undefined;

  /** What the thread had used before the turn of the last report; `undefined` without a report. */
  get beforeTurn(): TokenUsageBreakdown | undefined {
    return this.#before;
  }

  /** Records a report. An interrupted turn repeats the last one, so single reports must not be added up. */
  observe(turnId: unknown, usage: ThreadTokenUsage | undefined): void {
    if (!isRecord(usage?.total)) return;
    const { total, last } = usage;
    if (this.#before === undefined || turnId !== this.#turnId) {
      this.#before = this.#total ?? (isRecord(last) ? usageDifference(total, last) : total);
    }
    this.#turnId = turnId;
    this.#total = total;
  }

  /** Starts with the count of another thread, whose history this one continues. */
  continueFrom(other: ThreadUsage): void {
    this.#total ??= other.#total;
  }

  /** Forgets the reports: the history became shorter, and with it the count of the server. */
  reset(): void {
    this.#total = this.#turnId = this.#before = undefined;
  }
}
