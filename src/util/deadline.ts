/** One time limit and one abort signal for a piece of work that takes several steps. */
import { abortable } from "./abortable.ts";
import { now } from "./clock.ts";
import { onAbort } from "./on_abort.ts";
import { startTimer } from "./timer.ts";

/** What ends the work early. */
export interface DeadlineOptions {
  /** The caller's signal. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all of the work; 0 or `undefined` means no limit. */
  readonly timeoutMs?: number | undefined;
  /** Creates the error that an expired limit throws. */
  readonly timeoutError: (timeoutMs: number) => unknown;
}

/**
 * A signal that fires when the caller's does or when the time is up; its reason is the error to throw. Holds one timer
 * and one listener until {@linkcode end} is called.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number | undefined;
  readonly #isLimited: boolean;
  readonly #timeoutError: DeadlineOptions["timeoutError"];
  readonly #startedAt = now();
  readonly #release: () => void;
  #whole: Deadline | undefined;
  #isExpired = false;

  /** Starts the timer. `isLimited`: whether the signal or the timer bounds the time. */
  constructor(
    { signal, timeoutMs, timeoutError }: DeadlineOptions,
    isLimited: boolean = timeoutMs !== undefined,
  ) {
    this.#timeoutMs = timeoutMs;
    this.#isLimited = isLimited;
    this.#timeoutError = timeoutError;
    const abort = (): void => this.#controller.abort(signal?.reason);
    const stopTimer = startTimer(timeoutMs ?? 0, () => this.#expire());
    const stopListening = onAbort(signal, abort);
    this.#release = () => {
      stopTimer();
      stopListening();
    };
    if (signal?.aborted) abort();
  }

  /** Fires when the time is up or the caller aborts; its reason is the error to throw. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the signal fired because the time was up, and not because the caller aborted. */
  get isExpired(): boolean {
    return this.#isExpired || this.#whole?.isExpired === true;
  }

  /** The options of a request within this deadline; the client's default limit applies only if this has none. */
  get limits(): { readonly signal: AbortSignal; readonly timeoutMs: number | undefined } {
    return { signal: this.signal, timeoutMs: this.#isLimited ? 0 : undefined };
  }

  /** Returns a deadline for a part of the work, which fires with this one and is ended on its own. */
  part(): Deadline {
    const { signal } = this;
    const part = new Deadline({ signal, timeoutError: this.#timeoutError }, this.#isLimited);
    part.#whole = this;
    return part;
  }

  /** Throws the signal's reason if it has fired, or if the time is up but the timer has not fired yet. */
  check(): void {
    if (this.#timeoutMs && now() - this.#startedAt >= this.#timeoutMs) this.#expire();
    this.signal.throwIfAborted();
  }

  /** Waits for a promise; rejects with the signal's reason if the signal fires first. */
  race<T>(promise: Promise<T>): Promise<T> {
    return abortable(promise, this.signal);
  }

  /** Releases the timer and the listener; the signal no longer fires. */
  end(): void {
    this.#release();
  }

  #expire(): void {
    this.#isExpired ||= !this.signal.aborted;
    this.#controller.abort(this.#timeoutError(this.#timeoutMs ?? 0));
  }
}
