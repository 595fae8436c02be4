/** The starts that wait for a thread to be free, in the order in which they came. */
import { TurnActiveError } from "../../errors/turn_errors.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";

/** How many starts may wait for one thread. */
const MAX_WAITING = 1_000;

/** One line of waiting starts for each thread; the first one has its turn. */
export class TurnQueue {
  readonly #lines = new Map<string, Set<Deferred<void>>>();

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
    const line = this.#lines.get(threadId) ?? new Set();
    if (line.size >= MAX_WAITING) throw new TurnActiveError(threadId);
    const place = deferred<void>();
    line.add(place);
    this.#lines.set(threadId, line);
    if (line.size === 1) place.resolve();
    return { first: place.promise, leave: () => this.#leave(threadId, line, place) };
  }

  #leave(threadId: string, line: Set<Deferred<void>>, place: Deferred<void>): void {
    line.delete(place);
    const [first] = line;
    if (first !== undefined) first.resolve();
    else if (this.#lines.get(threadId) === line) this.#lines.delete(threadId);
  }
}
