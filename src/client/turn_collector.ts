/** Gathers a turn's result from its notifications. */
import type { ThreadItem, ThreadTokenUsage, Turn } from "../generated/types.ts";
import { ServerOverloadedError, TurnFailedError, type TurnFailure } from "../errors/turn_errors.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import { finalResponseOf } from "./final_response.ts";
import type { TurnOutcome, TurnResult } from "./turn_result.ts";

/** Keeps the last state of what a turn's notifications tell. */
export class TurnCollector {
  readonly #threadId: string;
  /** The items by id, in the order in which they began. */
  readonly #items = new Map<string, ThreadItem>();
  readonly #completed = new Set<string>();
  #usage: ThreadTokenUsage | null = null;
  #diff: string | null = null;
  #plan: TurnResult["plan"] = null;

  /** Gathers for a turn of this thread. */
  constructor(threadId: string) {
    this.#threadId = threadId;
  }

  /** Takes note of one notification of the turn. */
  observe(event: ServerNotification): void {
    switch (event.method) {
      case "item/started":
        this.#items.set(event.params.item.id, event.params.item);
        break;
      case "item/completed":
        this.#items.set(event.params.item.id, event.params.item);
        this.#completed.add(event.params.item.id);
        break;
      case "thread/tokenUsage/updated":
        this.#usage = event.params.tokenUsage;
        break;
      case "turn/diff/updated":
        this.#diff = event.params.diff;
        break;
      case "turn/plan/updated":
        this.#plan = { explanation: event.params.explanation ?? null, steps: event.params.plan };
        break;
    }
  }

  /** What the turn came to, from the `turn` of its `turn/completed`. */
  outcome(turn: Turn): TurnOutcome {
    const result = this.#result(turn);
    if (turn.status === "completed" || turn.status === "interrupted") {
      return { kind: "finished", turn, result };
    }
    return { kind: "failed", error: failureOf(turn, result) };
  }

  #result(turn: Turn): TurnResult {
    const seen = this.#items.size > 0;
    const items = seen ? [...this.#items.values()] : turn.items ?? [];
    const finished = seen ? items.filter((item) => this.#completed.has(item.id)) : items;
    return {
      id: turn.id,
      threadId: this.#threadId,
      status: turn.status,
      error: turn.error ?? null,
      startedAt: turn.startedAt ?? null,
      completedAt: turn.completedAt ?? null,
      durationMs: turn.durationMs ?? null,
      finalResponse: finalResponseOf(finished),
      items,
      usage: this.#usage,
      diff: this.#diff,
      plan: this.#plan,
    };
  }
}

function failureOf(turn: Turn, result: TurnResult): TurnFailedError<TurnResult> {
  const { error } = result;
  const failure: TurnFailure<TurnResult> = {
    turnId: turn.id,
    threadId: result.threadId,
    status: String(turn.status),
    message: error?.message ?? `The turn ended with the status "${String(turn.status)}"`,
    codexErrorInfo: error?.codexErrorInfo ?? null,
    additionalDetails: error?.additionalDetails ?? null,
    result,
  };
  if (failure.codexErrorInfo === "serverOverloaded") return new ServerOverloadedError(failure);
  return new TurnFailedError(failure);
}
