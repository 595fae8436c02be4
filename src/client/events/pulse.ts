/** Notifies any number of waiters of a change. */
import { type Deferred, deferred } from "../../util/deferred.ts";

/** A promise of the next change, created on demand. */
export class Pulse {
  #next: Deferred<void> | undefined;

  /** Whether anybody waits. */
  get isAwaited(): boolean {
    return this.#next !== undefined;
  }

  /** Fulfils at the next change; never rejects. */
  get next(): Promise<void> {
    this.#next ??= deferred();
    return this.#next.promise;
  }

  /** Notifies all waiters. */
  beat(): void {
    const next = this.#next;
    this.#next = undefined;
    next?.resolve();
  }
}
