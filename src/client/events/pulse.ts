/** Lets any number of waiters know that something has changed. */
import { type Deferred, deferred } from "../../util/deferred.ts";

/** A promise that is made when somebody waits, and fulfilled at the next change. */
export class Pulse {
  #next: Deferred<void> | undefined;

  /** Fulfils at the next change; never rejects. */
  get next(): Promise<void> {
    this.#next ??= deferred();
    return this.#next.promise;
  }

  /** Tells all who wait. */
  beat(): void {
    const next = this.#next;
    this.#next = undefined;
    next?.resolve();
  }
}
