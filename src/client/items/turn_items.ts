/** The streams of a turn's items, plans and diffs. */
import type { TurnPlanStep } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { BoundedQueue, LatestValue } from "../events/value_queues.ts";
import { LiveStream } from "../events/live_stream.ts";
import type { ActiveTurn } from "../turns/active_turn.ts";
import type { TurnStreamOptions } from "../turns/turn_handle_options.ts";
import type { ItemType, ItemView } from "./item_view.ts";
import type { BaseView } from "./item_views.ts";

/**
 * Options of `TurnHandle.items()`.
 *
 * @example
 * ```ts
 * import type { TurnHandle } from "@codex-app-server/sdk";
 * import type { TurnItemsOptions } from "@codex-app-server/sdk/types";
 *
 * const options: TurnItemsOptions<"commandExecution" | "fileChange"> = {
 *   types: ["commandExecution", "fileChange"],
 *   onLeave: "detach",
 * };
 *
 * async function watch(turn: TurnHandle): Promise<void> {
 *   for await (const { item } of turn.items(options)) console.log(item.type, item.status);
 * }
 * ```
 */
export interface TurnItemsOptions<Type extends ItemType = ItemType> extends TurnStreamOptions {
  /** Only items of these kinds; by default all, including unknown kinds. */
  readonly types?: readonly Type[] | undefined;
}

/**
 * The latest plan of a turn.
 *
 * @example
 * ```ts
 * import type { TurnPlan } from "@codex-app-server/sdk";
 *
 * const open = ({ steps }: TurnPlan): number => steps.filter(({ status }) => status !== "completed").length;
 * ```
 */
export interface TurnPlan {
  /** The model's explanation of the plan, or `null`. */
  readonly explanation: string | null;
  /** The steps, in order. */
  readonly steps: readonly TurnPlanStep[];
}

/** Number of unread items at which the reader fails. */
const OVERFLOW_AT = 65_536;

/** Applies `onLeave` after a reader has left. */
type Left = () => Promise<void>;

/** Reads the items of a turn. */
export function itemsOfTurn<Type extends ItemType>(
  turn: ActiveTurn,
  types: readonly Type[] | undefined,
  left: Left,
): LiveStream<ItemView<Type>> {
  if (types !== undefined && !Array.isArray(types)) {
    throw new TypeError(`"types" must be an array of item kinds, got ${JSON.stringify(types)}`);
  }
  const wanted = types && new Set<string>(types);
  const queue = new BoundedQueue<BaseView>(OVERFLOW_AT);
  const stop = turn.readItems({
    get ended(): boolean {
      return queue.ended;
    },
    push(view): void {
      if (wanted === undefined || wanted.has(view.type)) queue.push(view);
    },
    end: (error) => queue.end(error),
  });
  // Each view is an instance of the class for its item type, which has the promised members.
  const source = queue as unknown as AsyncIterator<ItemView<Type>, undefined>;
  return new LiveStream(source, async () => {
    queue.clear();
    stop();
    await left();
  });
}

/** Reads the plans of a turn. */
export function plansOfTurn(turn: ActiveTurn, left: Left): LiveStream<TurnPlan> {
  return latest(turn, left, (event) =>
    event.method !== "turn/plan/updated" ? undefined : {
      explanation: event.params.explanation ?? null,
      steps: Array.isArray(event.params.plan) ? event.params.plan : [],
    });
}

/** Reads the diffs of a turn. */
export function diffsOfTurn(turn: ActiveTurn, left: Left): LiveStream<string> {
  return latest(
    turn,
    left,
    ({ method, params }) =>
      method === "turn/diff/updated" && typeof params.diff === "string" ? params.diff : undefined,
  );
}

function latest<T>(
  turn: ActiveTurn,
  left: Left,
  pick: (event: ServerNotification) => T | undefined,
): LiveStream<T> {
  const { log } = turn;
  const reader = log.attach(new LatestValue(pick));
  return new LiveStream(reader, async () => {
    log.release(reader);
    await left();
  });
}
