/** Turn starts that the caller gave up while the server had not replied yet. */
import { now } from "../../util/clock.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { waitAtMost } from "../../util/timer.ts";

/** Milliseconds from the giving up on, for which the next start of the thread waits. */
const WAIT_MS = 2_000;

interface Undoing {
  readonly over: Deferred<void>;
  /** When nobody waits for it any more. */
  readonly until: number;
}

/**
 * Keeps the next turn of a thread apart from one that was given up: the server would take its input as one more message
 * of that turn, which is about to be interrupted.
 */
export class GivenUpStarts {
  readonly #undoing = new Map<string, Undoing>();

  /** Waits at most two seconds until an abandoned start is cancelled: its reply may never come. */
  async settled(threadId: string, signal: AbortSignal): Promise<void> {
    const undoing = this.#undoing.get(threadId);
    if (undoing === undefined) return;
    await waitAtMost(undoing.over.promise, Math.max(1, undoing.until - now()), signal);
    this.#forget(threadId, undoing);
  }

  /** Whether a start of the thread is being undone. */
  has(threadId: string): boolean {
    return this.#undoing.has(threadId);
  }

  /** Remembers a start that was given up, until it is undone or was refused. */
  add(threadId: string, undone: Promise<void>): void {
    const undoing: Undoing = { over: deferred(), until: now() + WAIT_MS };
    this.#undoing.set(threadId, undoing);
    void undone.then(() => {
      this.#forget(threadId, undoing);
      undoing.over.resolve();
    });
  }

  /** Ends every wait: the connection is gone. */
  close(): void {
    for (const undoing of this.#undoing.values()) undoing.over.resolve();
    this.#undoing.clear();
  }

  #forget(threadId: string, undoing: Undoing): void {
    if (this.#undoing.get(threadId) === undoing) this.#undoing.delete(threadId);
  }
}
