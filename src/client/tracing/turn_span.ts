/** The span of a turn and those of its items, which follow the turn's notifications. */
import type { ThreadItem, TokenUsageBreakdown } from "../../generated/types.ts";
import type { ActiveTurn } from "../turns/active_turn.ts";
import type { TurnObserver } from "../turns/turn_result_builder.ts";
import type { TurnOutcome, TurnUsage } from "../turns/turn_result.ts";
import { attributesOf, itemAttributes, itemOutcome, usageAttributes } from "./span_attributes.ts";
import type { SpanScope } from "./span_scope.ts";

/** Follows one turn until it ends. */
export class TurnSpan implements TurnObserver {
  readonly #turn: ActiveTurn;
  readonly #scope: SpanScope;
  readonly #items = new Map<string, SpanScope>();
  #used: TokenUsageBreakdown | undefined;

  /** Ends `scope` with the turn; a goal has no items of its own, as they belong to its turns. */
  constructor(turn: ActiveTurn, scope: SpanScope, isGoal = false) {
    this.#turn = turn;
    this.#scope = scope;
    scope.set({ "codex.turn.id": turn.id });
    if (!isGoal) turn.observe(this);
    void turn.outcome.then((outcome) => this.#end(outcome));
  }

  /** Returns the span of an open item, or that of the turn. */
  scopeOf(itemId: unknown): SpanScope {
    return this.#items.get(itemId as string) ?? this.#scope;
  }

  /** Starts the span of an item. */
  itemStarted(item: ThreadItem): void {
    if (this.#items.has(item.id)) return;
    const { threadId, id: turnId } = this.#turn;
    const attributes = itemAttributes(item, { threadId, turnId });
    this.#items.set(item.id, this.#scope.child(`codex.item ${item.type}`, { attributes }));
  }

  /** Ends the span of an item. */
  itemCompleted(item: ThreadItem): void {
    this.itemStarted(item); // some items are only reported as completed
    const scope = this.#items.get(item.id);
    this.#items.delete(item.id);
    const { status } = item as { readonly status?: unknown };
    if (status === "failed") {
      scope?.failAs(`The ${item.type} failed`, { "error.type": "item_failed" });
    }
    scope?.end(itemOutcome(item));
  }

  /** Records the tokens of the turn. */
  used({ turn }: TurnUsage): void {
    this.#used = turn;
  }

  #end(outcome: TurnOutcome): void {
    const background = outcome.kind === "finished" ? outcome.result.backgroundItems : [];
    for (const [id, scope] of this.#items) {
      const status = background.includes(id) ? "background" : "interrupted";
      scope.end({ "codex.item.status": status });
    }
    this.#items.clear();
    const scope = this.#scope;
    if (outcome.kind !== "finished") scope.fail(outcome.error);
    const result = outcome.kind === "finished" ? outcome.result : undefined;
    scope.end({
      ...usageAttributes(this.#used ?? result?.usage?.turn),
      ...attributesOf({
        "codex.turn.status": outcome.kind === "failed" ? "failed" : result?.status,
        "codex.goal.status": result?.goal?.status,
      }),
    });
  }
}
