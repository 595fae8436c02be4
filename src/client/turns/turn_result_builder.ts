/** Builds the result of a turn and the views of its items from its notifications. */
import type {
  HookRunSummary,
  ThreadItem,
  ThreadTokenUsage,
  TokenUsageBreakdown,
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
import { type BaseView, type ItemPlace, itemView } from "../items/item_views.ts";
import { finalResponseOf } from "./final_response.ts";
import { messageText } from "./message_text.ts";
import { reviewIn } from "./review_output.ts";
import type { TurnOutcome, TurnResult, TurnUsage } from "./turn_result.ts";
import { usageDifference } from "./usage_difference.ts";

/** Observes a turn's items and token usage as they arrive. Must not block. */
export interface TurnObserver {
  /** An item began. */
  itemStarted(item: ThreadItem): void;
  /** An item was completed; its start may not have been reported. */
  itemCompleted(item: ThreadItem): void;
  /** Token usage was reported. */
  used(usage: TurnUsage): void;
}

/** Accepts the views of a turn's items, each as it begins. */
export interface ItemReader {
  /** Whether it ignores further items. */
  readonly ended: boolean;
  /** Accepts the view of an item that has begun. */
  push(view: BaseView): void;
  /** Ends after the unread items. */
  end(error?: unknown): void;
}

/** What a builder gets from elsewhere. */
export interface TurnResultParts {
  /** Adds to the result what the turn's notifications do not report. */
  readonly complete?: (result: TurnResult) => TurnResult;
  /** What the thread had used before the turn of the last report; asked at the turn's first one. */
  readonly usedBefore?: (() => TokenUsageBreakdown | undefined) | undefined;
}

/** An item whose completion was not reported, and what is known about it. */
export interface UnfinishedItem {
  readonly state: "interrupted" | "background";
  readonly item: ThreadItem;
}

/**
 * Accumulates what a turn's notifications report: the one place where items take shape, for the result, the views and the
 * spans. Fields that a newer server omits are not an error.
 */
export class TurnResultBuilder {
  readonly #threadId: string;
  readonly #turnId: string;
  readonly #completeResult: (result: TurnResult) => TurnResult;
  /** The items by id, in the order in which they began; an item without an id is its own key. */
  readonly #items = new Map<unknown, BaseView>();
  #readers: readonly ItemReader[] = [];
  #end: { readonly error: unknown } | undefined;
  readonly #usedBefore: () => TokenUsageBreakdown | undefined;
  /** What the thread had used before the turn. */
  #before: TokenUsageBreakdown | undefined;
  #usage: TurnUsage | null = null;
  readonly #hooks: HookRunSummary[] = [];
  #diff: string | null = null;
  #plan: TurnResult["plan"] = null;
  /** The error that ends the turn, as reported before its end. */
  #error: TurnError | null = null;
  #observers: readonly TurnObserver[] = [];

  /** Builds the result of one turn. */
  constructor(threadId: string, turnId: string, parts: TurnResultParts = {}) {
    const { complete = (result) => result, usedBefore = () => undefined } = parts;
    this.#completeResult = complete;
    this.#usedBefore = usedBefore;
    this.#threadId = threadId;
    this.#turnId = turnId;
  }

  /** Number of item readers that still accept items. */
  get readers(): number {
    return this.#readers.filter(({ ended }) => !ended).length;
  }

  /** Adds an item reader, starting with the items so far. */
  addReader(reader: ItemReader): void {
    for (const view of this.#items.values()) reader.push(view);
    if (this.#end !== undefined) reader.end(this.#end.error);
    else this.#readers = [...this.#readers, reader];
  }

  /** Removes an item reader; the views it received keep changing. */
  removeReader(reader: ItemReader): void {
    this.#readers = this.#readers.filter((other) => other !== reader);
  }

  /** Ends the item readers. */
  end(error?: unknown): void {
    this.#end ??= { error };
    for (const reader of this.#readers) reader.end(error);
    this.#readers = [];
  }

  /** Reports past and future items and token usage to an observer. */
  addObserver(observer: TurnObserver): void {
    this.#observers = [...this.#observers, observer];
    for (const { state, item } of this.#items.values()) {
      if (state === "completed") observer.itemCompleted(item);
      else observer.itemStarted(item);
    }
    if (this.#usage?.turn !== undefined) observer.used(this.#usage);
  }

  /** Handles one notification of the turn. */
  observe(event: ServerNotification): void {
    switch (event.method) {
      case "item/started":
        return this.#begin(event.params.item, event.params);
      case "item/completed":
        return this.#complete(event.params.item, event.params);
      case "thread/tokenUsage/updated":
        return this.#use(event.params.tokenUsage);
      case "hook/started":
      case "hook/completed":
        return this.#observeHook(event.params.run);
      case "turn/diff/updated":
        if (typeof event.params.diff === "string") this.#diff = event.params.diff;
        return;
      case "turn/plan/updated":
        this.#plan = {
          explanation: event.params.explanation ?? null,
          steps: Array.isArray(event.params.plan) ? event.params.plan : [],
        };
        return;
      case "error":
        if (event.params.willRetry === false) this.#error = event.params.error ?? null;
        return;
      default:
        this.#viewOf(event)?.fold(event);
    }
  }

  /**
   * Closes the items that are open at the turn's end: with their state in the final `turn`, else with their content so far.
   * Returns the latter.
   */
  closeItems(turn: Partial<Turn> | undefined): UnfinishedItem[] {
    const reported = new Map(itemsOf(turn).map((item) => [item.id, item]));
    const open: UnfinishedItem[] = [];
    for (const view of this.#items.values()) {
      if (view.state !== "inProgress") continue;
      const item = reported.get(view.id);
      if (item !== undefined) view.complete(item);
      else {
        // The agent ends its turn while a command runs only if it has left it in the background.
        const runsOn = turn?.status === "completed" && view.type === "commandExecution";
        const state = runsOn ? "background" : "interrupted";
        view.leaveOpen(state);
        open.push({ state, item: view.item });
      }
    }
    return open;
  }

  /** Returns the outcome from the `turn` of `turn/completed`; close the items first. */
  outcome(turn: Partial<Turn> | undefined): TurnOutcome {
    const result = this.result(turn ?? {});
    if (result.status === "completed" || result.status === "interrupted") {
      return { kind: "finished", result };
    }
    return { kind: "failed", error: failureOf(result, result.error ?? this.#error) };
  }

  /** Returns the result so far, with the fields that `turn` has of it. */
  result(turn: Partial<Turn>): TurnResult {
    return this.#completeResult(this.#result(turn));
  }

  /** A hook that runs again has the same id as before. */
  #observeHook(run: HookRunSummary): void {
    if (!isRecord(run)) return;
    const running = this.#hooks.findLastIndex(({ id, status }) => {
      return id === run.id && status === "running";
    });
    if (running === -1) this.#hooks.push(run);
    else this.#hooks[running] = run;
  }

  #use(usage: ThreadTokenUsage | null | undefined): void {
    if (!isRecord(usage)) return;
    const { total, last } = usage;
    if (!isRecord(total) || !isRecord(last)) {
      this.#usage = usage as TurnUsage; // passed on as a newer server sends it
      return;
    }
    this.#before ??= this.#usedBefore() ?? usageDifference(total, last);
    this.#usage = { ...usage, turn: usageDifference(total, this.#before) };
    for (const observer of this.#observers) observer.used(this.#usage);
  }

  /** Returns the item that an event is about: the reviewing agent's events name it in another field than deltas. */
  #viewOf({ params }: ServerNotification): BaseView | undefined {
    if (!isRecord(params)) return undefined;
    const id = params.itemId ?? params.targetItemId;
    return id === undefined ? undefined : this.#items.get(id);
  }

  /** Ignores an item without an id, whose completion could not be matched, and an item that is already known. */
  #begin(item: ThreadItem, place: ItemPlace): void {
    if (!isRecord(item) || item.id === undefined || this.#items.has(item.id)) return;
    this.#add(item, itemView(item, place));
    for (const observer of this.#observers) observer.itemStarted(item);
  }

  #complete(item: ThreadItem, place: ItemPlace): void {
    if (!isRecord(item)) return;
    const view = this.#items.get(item.id ?? item) ?? this.#add(item, itemView(item, place));
    if (view.state !== "inProgress") return; // reported twice
    view.complete(item);
    for (const observer of this.#observers) observer.itemCompleted(view.item);
  }

  #add(item: ThreadItem, view: BaseView): BaseView {
    this.#items.set(item.id ?? item, view);
    for (const reader of this.#readers) reader.push(view);
    return view;
  }

  #result(turn: Partial<Turn>): TurnResult {
    const reported = itemsOf(turn);
    const views = [...this.#items.values()];
    const items = views.length === 0 ? reported : views.map(({ item }) => item);
    const finished = views.filter(({ state }) => state === "completed").map(({ item }) => item);
    return {
      id: this.#turnId,
      threadId: this.#threadId,
      status: turn.status ?? ("unknown" as TurnStatus),
      error: turn.error ?? null,
      startedAt: turn.startedAt ?? null,
      completedAt: turn.completedAt ?? null,
      durationMs: turn.durationMs ?? null,
      finalResponse: finalResponseOf(finished) ?? finalResponseOf(reported),
      text: messageText(items),
      items,
      interruptedItems: views.filter(({ state }) => state === "interrupted").map(({ id }) => id),
      backgroundItems: views.filter(({ state }) => state === "background").map(({ id }) => id),
      usage: this.#usage,
      hooks: [...this.#hooks],
      diff: this.#diff,
      plan: this.#plan,
      review: reviewIn(items),
      goal: null,
    };
  }
}

/** Returns the items of a turn; malformed `items` must not prevent the turn from ending. */
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
