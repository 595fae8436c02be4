/** What a turn came to. */
import type {
  ThreadGoal,
  ThreadItem,
  ThreadTokenUsage,
  TurnError,
  TurnPlanStep,
  TurnStatus,
} from "../../generated/types.ts";
import type { TurnFailedError } from "../../errors/turn_errors.ts";

/**
 * Everything a finished turn produced.
 *
 * @example
 * ```ts
 * import type { TurnResult } from "@codex-app-server/sdk";
 *
 * function summarize(result: TurnResult): string {
 *   return `${result.status} in ${result.durationMs} ms: ${result.finalResponse ?? "no answer"}`;
 * }
 * ```
 */
export interface TurnResult {
  /** The id of the turn. */
  readonly id: string;
  /** The id of the turn's thread. */
  readonly threadId: string;
  /** `"completed"` or `"interrupted"`; a failed turn rejects with {@linkcode TurnFailedError} that carries its result. */
  readonly status: TurnStatus;
  /** What the server said went wrong, or `null`. */
  readonly error: TurnError | null;
  /** Unix time in seconds, as the server told it. */
  readonly startedAt: number | null;
  /** Unix time in seconds, as the server told it. */
  readonly completedAt: number | null;
  /** How long the turn took in milliseconds, as the server measured it. */
  readonly durationMs: number | null;
  /** The text of the final answer; `null` when there was none, `""` when it was empty. */
  readonly finalResponse: string | null;
  /** The items of the turn in the order in which they began, each in its last known state. */
  readonly items: readonly ThreadItem[];
  /**
   * The ids of those items that were still open when the turn ended, as the SDK saw it: their completion never came, and
   * what `items` has of them may be a beginning only.
   */
  readonly interruptedItems: readonly string[];
  /**
   * The tokens used, as last told: `total` for the thread, `last` for the last model request, or for all requests of a turn
   * that was run with the option `goal`.
   */
  readonly usage: ThreadTokenUsage | null;
  /** The unified diff of all files that the turn changed, or `null`. */
  readonly diff: string | null;
  /** The last plan that the model told, or `null`. */
  readonly plan:
    | { readonly explanation: string | null; readonly steps: readonly TurnPlanStep[] }
    | null;
  /**
   * The goal that the turn was run for, as last told: its `status` tells whether it was reached. `null` for a turn without
   * the option `goal`, and for a goal that was cleared meanwhile.
   */
  readonly goal: ThreadGoal | null;
}

/** How a turn ended: with a result, or without one because of an error. */
export type TurnOutcome =
  | { readonly kind: "finished"; readonly result: TurnResult }
  | { readonly kind: "failed"; readonly error: TurnFailedError<TurnResult> }
  | { readonly kind: "lost"; readonly error: unknown };
