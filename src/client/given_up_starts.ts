/** Turn starts that the caller gave up while the server had not replied yet. */
import { abortable } from "../util/abortable.ts";
import { deferred } from "../util/deferred.ts";
import { waitAtMost } from "../util/timer.ts";

/** Milliseconds that the next start of a thread waits for the one that was given up. */
const WAIT_MS = 2_000;

/**
 * Keeps the next turn of a thread apart from one that was given up: the server would take its input as one more message
 * of that turn, which is about to be interrupted.
 */
export class GivenUpStarts {
  readonly #undoing = new Map<string, Promise<void>>();
  readonly #closed = deferred<void>();

  /** Waits until a start that was given up is undone; not for ever, since its reply may never come. */
  async settled(threadId: string, signal: AbortSignal | undefined): Promise<void> {
    const undone = this.#undoing.get(threadId);
    if (undone === undefined) return;
    await waitAtMost(abortable(Promise.race([undone, this.#closed.promise]), signal), WAIT_MS);
    this.#forget(threadId, undone);
  }

  /** Whether a start of the thread is being undone. */
  has(threadId: string): boolean {
    return this.#undoing.has(threadId);
  }

  /** Remembers a start that was given up, until it is undone. */
  add(threadId: string, undone: Promise<void>): void {
    this.#undoing.set(threadId, undone);
    void undone.then(() => this.#forget(threadId, undone));
  }

  /** Ends every wait: the connection is gone. */
  close(): void {
    this.#closed.resolve();
  }

  #forget(threadId: string, undone: Promise<void>): void {
    if (this.#undoing.get(threadId) === undone) this.#undoing.delete(threadId);
  }
}
