/** Limits on the work of a turn: its tokens, model requests and tool calls. */
import { type TurnLimit, TurnLimitError } from "../../errors/turn_limit_error.ts";
import type { ThreadItem } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import type { OptionNames } from "../../util/option_names.ts";
import { checkCallOptions } from "../option_names.ts";
import type { TurnObserver } from "./turn_result_builder.ts";
import type { TurnUsage } from "./turn_result.ts";

/**
 * Limits on the work of one turn; the turn is interrupted when it exceeds one of them. They are counted from the turn's
 * events, so what exceeds the limit has begun already. The work of sub-agents does not count.
 *
 * @example
 * ```ts
 * import type { Thread, TurnResult } from "@codex-app-server/sdk";
 * import { TurnLimitError } from "@codex-app-server/sdk/errors";
 * import type { WorkLimits } from "@codex-app-server/sdk/types";
 *
 * const limits: WorkLimits = { tokens: 200_000, turns: 30, toolCalls: 50 };
 *
 * async function within(thread: Thread, input: string): Promise<TurnResult> {
 *   try {
 *     return await thread.run(input, { limits });
 *   } catch (error) {
 *     if (error instanceof TurnLimitError) return error.result as TurnResult;
 *     throw error;
 *   }
 * }
 * ```
 */
export interface WorkLimits {
  /** Maximum number of tokens of all model requests of the turn, as `usage.turn.totalTokens` counts them. */
  readonly tokens?: number | undefined;
  /**
   * Maximum number of model requests, which other agent SDKs call turns: one, and another one after each round of tool calls.
   */
  readonly turns?: number | undefined;
  /** Maximum number of tool calls: commands, file changes, web searches, and calls of MCP servers and of tools. */
  readonly toolCalls?: number | undefined;
}

/** The smallest value of each limit. */
const SMALLEST: Readonly<Record<keyof WorkLimits, number>> = { tokens: 1, turns: 1, toolCalls: 0 };
const NAMES: OptionNames<WorkLimits> = { tokens: true, turns: true, toolCalls: true };

const TOOL_CALLS: ReadonlySet<string> = new Set(
  [
    "collabAgentToolCall",
    "commandExecution",
    "dynamicToolCall",
    "fileChange",
    "imageGeneration",
    "imageView",
    "mcpToolCall",
    "sleep",
    "webSearch",
  ] satisfies ThreadItem["type"][],
);

/**
 * Checks the limits.
 *
 * @throws {TypeError} if they are not an object or have an unknown name
 * @throws {RangeError} if one is not an integer or too small
 */
export function checkWorkLimits(limits: unknown): void {
  if (limits === undefined) return;
  if (!isRecord(limits)) {
    throw new TypeError(`"limits" must be an object, got ${JSON.stringify(limits)}`);
  }
  checkCallOptions('"limits"', limits, NAMES);
  for (const [name, value] of Object.entries(limits)) {
    const smallest = SMALLEST[name as keyof WorkLimits];
    if (value === undefined || Number.isSafeInteger(value) && Number(value) >= smallest) continue;
    throw new RangeError(
      `"${name}" of "limits" must be an integer of at least ${smallest}, got ${String(value)}`,
    );
  }
}

/** Counts the work of a turn, and reports once that it exceeds a limit. */
export class WorkCounter implements TurnObserver {
  readonly #limits: WorkLimits;
  readonly #onExceeded: (error: TurnLimitError) => void;
  readonly #toolCalls = new Set<string>();
  #requests = 0;
  #total = 0;
  /** Whether an item has begun since the last report of tokens. */
  #hasBegun = true;
  #isExceeded = false;

  /** Counts from zero. */
  constructor(limits: WorkLimits, onExceeded: (error: TurnLimitError) => void) {
    this.#limits = limits;
    this.#onExceeded = onExceeded;
  }

  /** Counts a tool call; what only the model says shows that its next request runs. */
  itemStarted({ id, type }: ThreadItem): void {
    this.#hasBegun = true;
    if (TOOL_CALLS.has(type)) {
      this.#toolCalls.add(id);
      this.#check("toolCalls", this.#toolCalls.size);
    } else if (type === "agentMessage" || type === "reasoning") {
      this.#check("turns", this.#requests + 1);
    }
  }

  /** Counts an item that was only reported as completed. */
  itemCompleted(item: ThreadItem): void {
    if (!this.#toolCalls.has(item.id) && TOOL_CALLS.has(item.type)) this.itemStarted(item);
  }

  /** Counts a model request, whose tokens are reported at its end; the server sometimes repeats a report. */
  used({ turn: { totalTokens } }: TurnUsage): void {
    if (this.#hasBegun || totalTokens !== this.#total) this.#requests++;
    this.#hasBegun = false;
    this.#total = totalTokens;
    this.#check("turns", this.#requests);
    this.#check("tokens", totalTokens);
  }

  #check(limit: TurnLimit, used: number): void {
    const max = this.#limits[limit];
    if (max === undefined || used <= max || this.#isExceeded) return;
    this.#isExceeded = true;
    this.#onExceeded(new TurnLimitError({ limit, max, used }));
  }
}
