/** The result of a turn. */
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
  /** The error that the server reported, or `null`. */
  readonly error: TurnError | null;
  /** Unix time in seconds, by the server's clock. */
  readonly startedAt: number | null;
  /** Unix time in seconds, by the server's clock. */
  readonly completedAt: number | null;
  /** Duration of the turn in milliseconds, as measured by the server. */
  readonly durationMs: number | null;
  /** The text of the final answer; `null` if there was none, `""` if it was empty. */
  readonly finalResponse: string | null;
  /** The items of the turn in the order in which they started, each in its last known state. */
  readonly items: readonly ThreadItem[];
  /**
   * The ids of the items that were still open when the turn ended: their completion was never reported, and `items` may
   * have only the beginning of them.
   */
  readonly interruptedItems: readonly string[];
  /**
   * The tokens used, as last reported: `total` for the thread, `last` for the last model request, or for all requests of a
   * turn with the option `goal`.
   */
  readonly usage: ThreadTokenUsage | null;
  /** The unified diff of all files that the turn changed, or `null`. */
  readonly diff: string | null;
  /** The last plan of the model, or `null`. */
  readonly plan:
    | { readonly explanation: string | null; readonly steps: readonly TurnPlanStep[] }
    | null;
  /**
   * The goal of the turn, as last reported; its `status` says whether it was reached. `null` for a turn without the option
   * `goal`, and for a goal that was cleared in the meantime.
   */
  readonly goal: ThreadGoal | null;
}

/** How a turn ended: with a result, or without one because of an error. */
export type TurnOutcome =
  | { readonly kind: "finished"; readonly result: TurnResult }
  | { readonly kind: "failed"; readonly error: TurnFailedError<TurnResult> }
  | { readonly kind: "lost"; readonly error: unknown };
