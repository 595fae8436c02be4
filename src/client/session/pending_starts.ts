/** The starts of turns of one thread that have not become a turn: in flight, queued, or abandoned by their caller. */
import { TurnActiveError } from "../../errors/turn_errors.ts";
import { now } from "../../util/clock.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { waitAtMost } from "../../util/timer.ts";

/** How many starts may wait for one thread. */
const MAX_QUEUED = 1_000;
/** Milliseconds for which the next start waits until an abandoned one is cancelled. */
const ABANDONED_MS = 2_000;

interface AbandonedStart {
  readonly cancelled: Deferred<void>;
  /** When nobody waits for it any more. */
  readonly until: number;
}

/** Keeps apart the starts that would otherwise be taken for one another. */
export class PendingStarts {
  /** How many starts have no reply yet: until then any turn of the thread may be the one. */
  inFlight = 0;
  readonly #queue = new Set<Deferred<void>>();
  readonly #threadId: string;
  #abandoned: AbandonedStart | undefined;

  /** Has none yet. */
  constructor(threadId: string) {
    this.#threadId = threadId;
  }

  /** Whether there is none of any kind. */
  get isEmpty(): boolean {
    return this.inFlight === 0 && this.#queue.size === 0 && this.#abandoned === undefined;
  }

  /** Whether a start waits for the thread. */
  get isQueued(): boolean {
    return this.#queue.size > 0;
  }

  /**
   * Joins the end of the queue: `first` fulfils once nobody is before, `leave` gives the place up.
   *
   * @throws {TurnActiveError} if 1,000 starts are waiting already
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
   * Records a start whose caller gave it up before the reply, until it is cancelled or was refused. The server would take
   * the input of the next start as one more message of that turn, which is about to be interrupted.
   */
  abandon(cancelled: Promise<void>): Promise<void> {
    const start: AbandonedStart = { cancelled: deferred(), until: now() + ABANDONED_MS };
    this.#abandoned = start;
    return cancelled.then(() => {
      if (this.#abandoned === start) this.#abandoned = undefined;
      start.cancelled.resolve();
    });
  }

  /** Waits at most two seconds until the abandoned start is cancelled: its reply may never come. */
  async cancelled(signal: AbortSignal): Promise<void> {
    const start = this.#abandoned;
    if (start === undefined) return;
    await waitAtMost(start.cancelled.promise, Math.max(1, start.until - now()), signal);
    if (this.#abandoned === start) this.#abandoned = undefined;
  }

  /** Ends the wait for an abandoned start: the connection is gone. */
  close(): void {
    this.#abandoned?.cancelled.resolve();
    this.#abandoned = undefined;
  }
}
