/** The result of a turn. */
import type {
  HookRunSummary,
  ThreadGoal,
  ThreadItem,
  ThreadTokenUsage,
  TokenUsageBreakdown,
  TurnError,
  TurnPlanStep,
  TurnStatus,
} from "../../generated/types.ts";
import type { ReviewOutput } from "./review_output.ts";
import type { TurnFailedError } from "../../errors/turn_errors.ts";

/**
 * The tokens of a turn, as last reported by the server.
 *
 * @example
 * ```ts
 * import type { TurnUsage } from "@codex-app-server/sdk";
 *
 * function report({ turn, total }: TurnUsage): string {
 *   return `${turn.inputTokens} in, ${turn.outputTokens} out; the thread: ${total.totalTokens}`;
 * }
 * ```
 */
export interface TurnUsage extends ThreadTokenUsage {
  /**
   * The tokens of all model requests of this turn; of all its turns, with the option `goal`. The server does not count a
   * request that an interrupt or a steer cut off.
   */
  readonly turn: TokenUsageBreakdown;
}

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
  /**
   * The text of all agent messages, separated by blank lines, including commentary and what was streamed of a message that
   * was cut off: what `textStream()` yields in total. `""` without messages.
   */
  readonly text: string;
  /** The items of the turn in the order in which they started, each in its last known state. */
  readonly items: readonly ThreadItem[];
  /**
   * The ids of the items that were still open when the turn ended: their completion was never reported, and `items` may
   * have only the beginning of them. Commands that run on are in `backgroundItems` instead.
   */
  readonly interruptedItems: readonly string[];
  /**
   * The ids of the commands that run on in the background after the turn has completed. `thread.events()` reports their
   * output and their end. Of an interrupted turn, the server does not report which commands run on.
   */
  readonly backgroundItems: readonly string[];
  /**
   * The tokens used: `turn` by this turn, `last` by the thread's last model request, `total` by the thread. `null` if the
   * server reported none.
   */
  readonly usage: TurnUsage | null;
  /**
   * The runs of hooks in this turn, in the order in which they started, each in its last known state. One with the status
   * `"blocked"` or `"stopped"` kept the agent from something, such as the whole prompt; its `entries` say why.
   */
  readonly hooks: readonly HookRunSummary[];
  /** The unified diff of all files that the turn changed, or `null`. */
  readonly diff: string | null;
  /** The last plan of the model, or `null`. */
  readonly plan:
    | { readonly explanation: string | null; readonly steps: readonly TurnPlanStep[] }
    | null;
  /** What a review found; `null` for any other turn, and for a review that ended before its result. */
  readonly review: ReviewOutput | null;
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
