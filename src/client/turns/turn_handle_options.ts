/** Options of the methods of a turn's handle. */
import type { MessagePhase } from "../../generated/types.ts";

/**
 * Options of `TurnHandle.stream()`.
 *
 * @example
 * ```ts
 * import type { TurnHandle } from "@codex-app-server/sdk";
 * import type { TurnStreamOptions } from "@codex-app-server/sdk/types";
 *
 * async function firstEvent(turn: TurnHandle, options: TurnStreamOptions): Promise<string> {
 *   for await (const { method } of turn.stream(options)) return method; // leaving: see onLeave
 *   return "none";
 * }
 * ```
 */
export interface TurnStreamOptions {
  /**
   * What leaving the loop early does to the turn if nobody else reads or awaits it: `"interrupt"` interrupts it and waits
   * for its end, at most 5 seconds, `"detach"` lets it run. Defaults to `"interrupt"` for a turn that this handle started, otherwise to
   * `"detach"`.
   */
  readonly onLeave?: "interrupt" | "detach" | undefined;
}

/**
 * Options of `TurnHandle.textStream()`.
 *
 * @example
 * ```ts
 * import type { TextStreamOptions } from "@codex-app-server/sdk/types";
 *
 * const answerOnly: TextStreamOptions = { phase: "final_answer", onLeave: "detach" };
 * ```
 */
export interface TextStreamOptions extends TurnStreamOptions {
  /**
   * Only the text of messages of this phase: `"final_answer"` leaves out what the model says on the way (`"commentary"`). All
   * phases by default. A message without a phase counts as `"final_answer"`.
   */
  readonly phase?: MessagePhase | undefined;
}

/**
 * Options of `TurnHandle.steer()`.
 *
 * @example
 * ```ts
 * import type { TurnHandle } from "@codex-app-server/sdk";
 * import type { SteerOptions } from "@codex-app-server/sdk/types";
 *
 * async function hint(turn: TurnHandle, options: SteerOptions): Promise<void> {
 *   await turn.steer("Leave the tests as they are.", options);
 * }
 * ```
 */
export interface SteerOptions {
  /** Abandons the request: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the request rejects with `RequestTimeoutError`; 0 means no limit. */
  readonly timeoutMs?: number | undefined;
  /** An id of your own for the message: `clientId` of its item, by which a later look finds out whether it was sent. */
  readonly clientUserMessageId?: string | undefined;
}

/**
 * Options of `TurnHandle.run()`.
 *
 * @example
 * ```ts
 * import type { TurnWaitOptions } from "@codex-app-server/sdk/types";
 *
 * const atMostAMinute: TurnWaitOptions = { signal: AbortSignal.timeout(60_000) };
 * ```
 */
export interface TurnWaitOptions {
  /**
   * Interrupts the turn, and then rejects with `signal.reason`, up to 5 seconds later if the server does not answer the
   * interrupt.
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Options of `TurnHandle.interrupt()`.
 *
 * @example
 * ```ts
 * import type { TurnHandle } from "@codex-app-server/sdk";
 * import type { InterruptOptions } from "@codex-app-server/sdk/types";
 *
 * async function stop(turn: TurnHandle): Promise<void> {
 *   await turn.interrupt({ timeoutMs: 3_000 } satisfies InterruptOptions);
 * }
 * ```
 */
export interface InterruptOptions {
  /**
   * Milliseconds for the turn to end; 0 means no limit.
   *
   * @default {5_000}
   */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait: it rejects with `signal.reason`. The turn is interrupted all the same. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks the `phase` option: no message would have a misspelt one, and the stream would be empty.
 *
 * @throws {TypeError} if `phase` is not one
 */
export function checkPhase(phase: unknown): asserts phase is MessagePhase | undefined {
  if (phase == null || phase === "commentary" || phase === "final_answer") return;
  throw new TypeError(
    `"phase" must be "commentary" or "final_answer", got ${JSON.stringify(phase)}`,
  );
}

/**
 * Checks the `onLeave` option.
 *
 * @throws {TypeError} if `onLeave` is neither `"interrupt"` nor `"detach"`
 */
export function checkOnLeave(onLeave: unknown): asserts onLeave is "interrupt" | "detach" {
  if (onLeave !== "interrupt" && onLeave !== "detach") {
    throw new TypeError(
      `"onLeave" must be "interrupt" or "detach", got ${JSON.stringify(onLeave)}`,
    );
  }
}
