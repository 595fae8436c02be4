/** The starts that wait for a thread to be free, in the order in which they came. */
import { TurnActiveError } from "../errors/turn_errors.ts";
import { deferred } from "../util/deferred.ts";

/** How many starts may wait for one thread. */
const MAX_WAITING = 1_000;

/** One line of waiting starts for each thread. */
export class TurnQueue {
  readonly #lines = new Map<string, Promise<void>[]>();

  /** Whether a start waits for the thread, or has its turn now. */
  has(threadId: string): boolean {
    return this.#lines.has(threadId);
  }

  /**
   * Takes a place at the end of the line: `first` fulfils when nobody is before it, `leave` gives the place up.
   *
   * @throws {TurnActiveError} when 1,000 starts wait already
   */
  join(threadId: string): { readonly first: Promise<void>; readonly leave: () => void } {
    const line = this.#lines.get(threadId) ?? [];
    if (line.length >= MAX_WAITING) throw new TurnActiveError(threadId);
    const left = deferred<void>();
    // Who leaves early only opens the way for the next one when it is that one's turn.
    const first = line.at(-1) ?? Promise.resolve();
    const done = first.then(() => left.promise);
    line.push(done);
    this.#lines.set(threadId, line);
    void done.then(() => {
      line.shift();
      if (line.length === 0) this.#lines.delete(threadId);
    });
    return { first, leave: left.resolve };
  }
}
