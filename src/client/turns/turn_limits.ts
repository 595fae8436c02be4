/** The limits of a turn, and the detection of inactivity. */
import { now } from "../../util/clock.ts";
import { checkLimitMs, startTimer } from "../../util/timer.ts";
import { checkWorkLimits, type WorkLimits } from "./work_limits.ts";

/**
 * The limits of a turn.
 *
 * @example
 * ```ts
 * import type { TurnLimits } from "@codex-app-server/sdk/types";
 *
 * const limits: TurnLimits = { timeoutMs: 600_000, idleTimeoutMs: 60_000 };
 * ```
 */
export interface TurnLimits {
  /**
   * Interrupts the turn; pending calls that wait for it reject with `signal.reason`, up to 5 seconds later if the server does
   * not answer the interrupt.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds for the whole turn, including the wait for a busy thread; on expiry the turn is interrupted and rejects
   * with `TurnTimeoutError`; 0 means no limit. If the server does not answer the interrupt, the rejection comes up to 5
   * seconds later.
   *
   * @default {0}
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds for which the turn's thread may be silent; on expiry the turn is interrupted and rejects with
   * `TurnIdleTimeoutError`, up to 5 seconds later as for `timeoutMs`; 0 means no limit. The time in which a request of the server waits for its answer, such as an
   * approval, does not count.
   *
   * @default {0}
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * Limits on the turn's tokens, model requests and tool calls; when it exceeds one, it is interrupted and rejects with
   * `TurnLimitError`. No limits by default.
   */
  readonly limits?: WorkLimits | undefined;
}

/**
 * Checks the limits.
 *
 * @throws {RangeError} if one is not a non-negative number
 * @throws {TypeError} if `limits` is not an object or has an unknown name
 */
export function checkTurnLimits({ timeoutMs, idleTimeoutMs, limits }: TurnLimits): void {
  checkLimitMs("timeoutMs", timeoutMs);
  checkLimitMs("idleTimeoutMs", idleTimeoutMs);
  checkWorkLimits(limits);
}

/** Options of an idle limit. */
export interface IdleLimitOptions {
  /** Milliseconds. */
  readonly limitMs: number;
  /** Returns whether the silence is expected and does not count. */
  readonly isPaused: () => boolean;
  /** Called once, when no message has arrived for the whole limit. */
  readonly onExpired: () => void;
}

/** Detects inactivity. A message only reads the clock; a single timer does the checking. */
export class IdleLimit {
  readonly #options: IdleLimitOptions;
  #activeAt = now();
  #stopTimer: () => void = () => {};

  /** Starts to watch. */
  constructor(options: IdleLimitOptions) {
    this.#options = options;
    this.#arm(options.limitMs);
  }

  /** Records a message. */
  recordActivity(): void {
    this.#activeAt = now();
  }

  /** Stops watching. */
  stop(): void {
    this.#stopTimer();
  }

  #arm(delayMs: number): void {
    this.#stopTimer = startTimer(delayMs, () => this.#check());
  }

  #check(): void {
    const { limitMs, isPaused, onExpired } = this.#options;
    if (isPaused()) this.recordActivity();
    const leftMs = limitMs - (now() - this.#activeAt);
    // A timer may fire slightly early according to the clock.
    if (leftMs >= 1) this.#arm(leftMs);
    else onExpired();
  }
}
