/** Gathers a turn's result from its notifications. */
import type {
  ThreadItem,
  ThreadTokenUsage,
  Turn,
  TurnError,
  TurnStatus,
} from "../../generated/types.ts";
import {
  ServerOverloadedError,
  TurnFailedError,
  type TurnFailure,
} from "../../errors/turn_errors.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";
import { finalResponseOf } from "./final_response.ts";
import type { TurnOutcome, TurnResult } from "./turn_result.ts";

/** Told of what a turn consists of as it comes, beside its readers; it must be quick. */
export interface TurnObserver {
  /** An item began. */
  itemStarted(item: ThreadItem): void;
  /** An item was completed; it may not have been told before. */
  itemCompleted(item: ThreadItem): void;
  /** Tokens were used. */
  used(usage: ThreadTokenUsage): void;
}

/** Keeps the last state of what a turn's notifications tell; what a newer server leaves out is no error. */
export class TurnCollector {
  readonly #threadId: string;
  readonly #turnId: string;
  readonly #completeResult: (result: TurnResult) => TurnResult;
  /** The items by id, in the order in which they began; an item without an id is its own key. */
  readonly #items = new Map<unknown, ThreadItem>();
  readonly #completed = new Set<ThreadItem>();
  #firstUsage: ThreadTokenUsage | null = null;
  #usage: ThreadTokenUsage | null = null;
  #diff: string | null = null;
  #plan: TurnResult["plan"] = null;
  /** The error that ends the turn, as told before its end. */
  #error: TurnError | null = null;
  #observer: TurnObserver | undefined;

  /** Gathers for one turn; `complete` may add to the result what notifications alone do not tell. */
  constructor(
    threadId: string,
    turnId: string,
    complete: (result: TurnResult) => TurnResult = (result) => result,
  ) {
    this.#completeResult = complete;
    this.#threadId = threadId;
    this.#turnId = turnId;
  }

  /** Tells an observer of what has come so far and of what comes. */
  tell(observer: TurnObserver): void {
    this.#observer = observer;
    for (const item of this.#items.values()) {
      if (this.#completed.has(item)) observer.itemCompleted(item);
      else observer.itemStarted(item);
    }
    // What the thread had used before the turn shows in the first counts alone.
    if (this.#firstUsage !== null) observer.used(this.#firstUsage);
    if (this.#usage !== null && this.#usage !== this.#firstUsage) observer.used(this.#usage);
  }

  /** Takes note of one notification of the turn. */
  observe(event: ServerNotification): void {
    switch (event.method) {
      case "item/started":
        this.#begin(event.params.item);
        break;
      case "item/completed":
        this.#complete(event.params.item);
        break;
      case "thread/tokenUsage/updated":
        this.#usage = event.params.tokenUsage ?? null;
        this.#firstUsage ??= this.#usage;
        if (this.#usage !== null) this.#observer?.used(this.#usage);
        break;
      case "turn/diff/updated":
        this.#diff = event.params.diff ?? null;
        break;
      case "turn/plan/updated":
        this.#plan = {
          explanation: event.params.explanation ?? null,
          steps: event.params.plan ?? [],
        };
        break;
      case "error":
        if (event.params.willRetry === false) this.#error = event.params.error ?? null;
        break;
    }
  }

  /** The items that began and were not completed, nor told whole in the `turn` of its end. */
  openItems(turn: Partial<Turn> | undefined): ThreadItem[] {
    const told = new Set(itemsOf(turn).map(({ id }) => id));
    return [...this.#items.values()].filter((item) =>
      !this.#completed.has(item) && !told.has(item.id)
    );
  }

  /** What the turn came to, from the `turn` of its `turn/completed`. */
  outcome(turn: Partial<Turn> | undefined): TurnOutcome {
    const result = this.#completeResult(this.#result(turn ?? {}));
    if (result.status === "completed" || result.status === "interrupted") {
      return { kind: "finished", result };
    }
    return { kind: "failed", error: failureOf(result, result.error ?? this.#error) };
  }

  /** Without an id nothing would lead from here to the completion; and a completed item stays as it is. */
  #begin(item: ThreadItem): void {
    if (!isRecord(item) || item.id === undefined || this.#items.has(item.id)) return;
    this.#items.set(item.id, item);
    this.#observer?.itemStarted(item);
  }

  #complete(item: ThreadItem): void {
    if (!isRecord(item)) return;
    this.#items.set(item.id ?? item, item);
    this.#completed.add(item);
    this.#observer?.itemCompleted(item);
  }

  #result(turn: Partial<Turn>): TurnResult {
    const told = itemsOf(turn);
    // An item whose completion got lost may be whole in the turn's own summary.
    const items = this.#items.size === 0
      ? told
      : [...this.#items.values()].map((item) =>
        this.#completed.has(item) ? item : told.find(({ id }) => id === item.id) ?? item
      );
    const finished = items.filter((item) => this.#completed.has(item) || told.includes(item));
    return {
      id: this.#turnId,
      threadId: this.#threadId,
      status: turn.status ?? ("unknown" as TurnStatus),
      error: turn.error ?? null,
      startedAt: turn.startedAt ?? null,
      completedAt: turn.completedAt ?? null,
      durationMs: turn.durationMs ?? null,
      finalResponse: finalResponseOf(finished) ?? finalResponseOf(told),
      items,
      interruptedItems: this.openItems(turn).map(({ id }) => id),
      usage: this.#usage,
      diff: this.#diff,
      plan: this.#plan,
      goal: null,
    };
  }
}

/** The items of a turn; what is no list of them must not keep the turn from its end. */
function itemsOf(turn: Partial<Turn> | undefined): ThreadItem[] {
  return Array.isArray(turn?.items) ? turn.items.filter(isRecord) as ThreadItem[] : [];
}

function failureOf(result: TurnResult, error: TurnError | null): TurnFailedError<TurnResult> {
  const failure: TurnFailure<TurnResult> = {
    turnId: result.id,
    threadId: result.threadId,
    status: String(result.status),
    message: error?.message ?? `The turn ended with the status "${result.status}"`,
    codexErrorInfo: error?.codexErrorInfo ?? null,
    additionalDetails: error?.additionalDetails ?? null,
    result,
  };
  if (failure.codexErrorInfo === "serverOverloaded") return new ServerOverloadedError(failure);
  return new TurnFailedError(failure);
}
