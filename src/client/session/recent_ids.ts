/** A bounded set of recent ids. */

/** Maximum number of ids; past it, the oldest is dropped. */
const MAX_KEPT = 1_000;

/** Keeps the last 1,000 ids. */
export class RecentIds {
  readonly #ids = new Set<string>();

  /** Whether the id is in the set. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Adds an id. */
  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= MAX_KEPT) return;
    const [oldest] = this.#ids;
    this.#ids.delete(oldest as string);
  }
}
