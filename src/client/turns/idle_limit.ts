/** A limit on how long nothing may come. */
import { now } from "../../util/clock.ts";
import { startTimer } from "../../util/timer.ts";

/** What an idle limit is made of. */
export interface IdleLimitOptions {
  /** Milliseconds; 0 is no limit. */
  readonly limitMs: number;
  /** Whether the silence is somebody's thinking: then it does not count. */
  readonly isPaused: () => boolean;
  /** Called once, when nothing came for the whole limit. */
  readonly onExpired: () => void;
}

/** Watches for silence: a message costs a reading of the clock, and one timer looks after the rest. */
export class IdleLimit {
  readonly #options: IdleLimitOptions;
  #heardAt = now();
  #stopTimer: () => void = () => {};

  /** Starts to watch. */
  constructor(options: IdleLimitOptions) {
    this.#options = options;
    this.#arm(options.limitMs);
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = now();
  }

  /** Ends the watching. */
  stop(): void {
    this.#stopTimer();
  }

  #arm(delayMs: number): void {
    this.#stopTimer = startTimer(delayMs, () => this.#look());
  }

  #look(): void {
    const { limitMs, isPaused, onExpired } = this.#options;
    if (isPaused()) this.heard();
    const leftMs = limitMs - (now() - this.#heardAt);
    // A timer may fire a little early by the clock.
    if (leftMs >= 1) this.#arm(leftMs);
    else onExpired();
  }
}
