/** What a turn came to. */
import type {
  ThreadItem,
  ThreadTokenUsage,
  TurnError,
  TurnPlanStep,
  TurnStatus,
} from "../generated/types.ts";
import type { TurnFailedError } from "../errors/turn_errors.ts";

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
  /** The tokens used, as last told: `last` for the last model request, `total` for the thread. */
  readonly usage: ThreadTokenUsage | null;
  /** The unified diff of all files that the turn changed, or `null`. */
  readonly diff: string | null;
  /** The last plan that the model told, or `null`. */
  readonly plan:
    | { readonly explanation: string | null; readonly steps: readonly TurnPlanStep[] }
    | null;
}

/** How a turn ended: with a result, or without one because of an error. */
export type TurnOutcome =
  | { readonly kind: "finished"; readonly result: TurnResult }
  | { readonly kind: "failed"; readonly error: TurnFailedError<TurnResult> }
  | { readonly kind: "lost"; readonly error: unknown };
