/** The error of a turn that exceeds one of its limits. */
import { CodexError } from "./codex_error.ts";

/**
 * A limit on the work of a turn: `"tokens"`, `"turns"` for its model requests, or `"toolCalls"`.
 *
 * @example
 * ```ts
 * import type { TurnLimit } from "@codex-app-server/sdk/errors";
 *
 * const names: Readonly<Record<TurnLimit, string>> = {
 *   tokens: "tokens",
 *   turns: "model requests",
 *   toolCalls: "tool calls",
 * };
 * ```
 */
export type TurnLimit = "tokens" | "turns" | "toolCalls";

/**
 * What a turn used of its limit.
 *
 * @example
 * ```ts
 * import { type TurnLimitDetails, TurnLimitError } from "@codex-app-server/sdk/errors";
 *
 * const details: TurnLimitDetails<unknown> = { limit: "toolCalls", max: 20, used: 21 };
 * const error = new TurnLimitError(details);
 * ```
 */
export interface TurnLimitDetails<Result> {
  /** The limit that the turn exceeded. */
  readonly limit: TurnLimit;
  /** The greatest value that it allows. */
  readonly max: number;
  /** What the turn had used when it was interrupted. */
  readonly used: number;
  /** What the turn had produced. */
  readonly result?: Result | null | undefined;
}

const LIMITED: Readonly<Record<TurnLimit, string>> = {
  tokens: "tokens",
  turns: "model requests",
  toolCalls: "tool calls",
};

/**
 * The turn exceeded one of its `limits` and was interrupted; `result` has what it had produced by then.
 *
 * @example
 * ```ts
 * import type { Thread, TurnResult } from "@codex-app-server/sdk";
 * import { TurnLimitError } from "@codex-app-server/sdk/errors";
 *
 * async function inBudget(thread: Thread, input: string): Promise<TurnResult> {
 *   try {
 *     return await thread.run(input, { limits: { tokens: 100_000 } });
 *   } catch (error) {
 *     if (!(error instanceof TurnLimitError) || error.limit !== "tokens") throw error;
 *     return await thread.run("Stop here, and sum up what you have found.");
 *   }
 * }
 * ```
 */
export class TurnLimitError<Result = unknown> extends CodexError {
  /** The class name. */
  override readonly name: string = "TurnLimitError";
  /** The limit that the turn exceeded. */
  readonly limit: TurnLimit;
  /** The greatest value that it allows. */
  readonly max: number;
  /** What the turn had used when it was interrupted. */
  readonly used: number;
  /** What the turn had produced by then. */
  readonly result: Result | null;

  /** Creates the error for a limit. */
  constructor({ limit, max, used, result = null }: TurnLimitDetails<Result>) {
    super(
      `Cannot finish the turn: it used ${used} ${LIMITED[limit]}, its limit is ${max}. ` +
        `Raise "${limit}" of "limits", or continue in another turn`,
      { code: "turn_limit" },
    );
    this.limit = limit;
    this.max = max;
    this.used = used;
    this.result = result;
  }
}
