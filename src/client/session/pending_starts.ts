/** The turn starts of one thread that have no turn yet: in flight, queued, or abandoned by their caller. */
import { TurnActiveError } from "../../errors/turn_errors.ts";
import { now } from "../../util/clock.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { waitAtMost } from "../../util/timer.ts";

/** Maximum number of queued starts per thread. */
const MAX_QUEUED = 1_000;
/** Milliseconds that the next start waits for an abandoned one to be cancelled. */
const ABANDONED_MS = 2_000;
/** Milliseconds after which no late reply to an abandoned start is expected. */
const LATE_MS = 10_000;

interface AbandonedStart {
  readonly cancelled: Deferred<void>;
  /** The time after which nothing waits for it. */
  readonly until: number;
}

/** Separates starts that would otherwise be confused with each other. */
export class PendingStarts {
  /** Number of starts without a reply; while there are any, a new turn of the thread may be theirs. */
  inFlight = 0;
  readonly #queue = new Set<Deferred<void>>();
  readonly #threadId: string;
  #abandoned: AbandonedStart | undefined;

  /** Starts empty. */
  constructor(threadId: string) {
    this.#threadId = threadId;
  }

  /** Whether no start is in flight, queued or abandoned. */
  get isEmpty(): boolean {
    return this.inFlight === 0 && this.#queue.size === 0 && this.#abandoned === undefined;
  }

  /** Whether a start is queued. */
  get isQueued(): boolean {
    return this.#queue.size > 0;
  }

  /**
   * Joins the end of the queue: `first` fulfils at the head of the queue, `leave` leaves it.
   *
   * @throws {TurnActiveError} if 1,000 starts are already queued
   */
  join(): { readonly first: Promise<void>; readonly leave: () => void } {
    if (this.#queue.size >= MAX_QUEUED) throw new TurnActiveError(this.#threadId);
    const place = deferred<void>();
    this.#queue.add(place);
    if (this.#queue.size === 1) place.resolve();
    const leave = (): void => {
      this.#queue.delete(place);
      const [first] = this.#queue;
      first?.resolve();
    };
    return { first: place.promise, leave };
  }

  /** Whether an abandoned start is still being cancelled. */
  get isAbandoned(): boolean {
    return this.#abandoned !== undefined;
  }

  /** Fulfils when the abandoned start is cancelled; `undefined` if there is none. */
  get abandoned(): Promise<void> | undefined {
    return this.#abandoned?.cancelled.promise;
  }

  /**
   * Records a start that its caller abandoned before the reply, until it is cancelled or refused, for at most ten seconds.
   * Until then, the server would add the input of the next start to that turn, which is about to be interrupted.
   */
  async abandon(cancelled: Promise<void>): Promise<void> {
    const start: AbandonedStart = { cancelled: deferred(), until: now() + ABANDONED_MS };
    this.#abandoned = start;
    await waitAtMost(Promise.race([cancelled, start.cancelled.promise]), LATE_MS);
    this.#forget(start);
  }

  /** Waits at most two seconds for the abandoned start to be cancelled: its reply may never arrive. */
  async cancelled(signal: AbortSignal): Promise<void> {
    const start = this.#abandoned;
    if (start === undefined) return;
    await waitAtMost(start.cancelled.promise, Math.max(1, start.until - now()), signal);
    this.#forget(start);
  }

  /** Ends the wait for an abandoned start: the connection is gone. */
  close(): void {
    if (this.#abandoned !== undefined) this.#forget(this.#abandoned);
  }

  #forget(start: AbandonedStart): void {
    if (this.#abandoned === start) this.#abandoned = undefined;
    start.cancelled.resolve();
  }
}
