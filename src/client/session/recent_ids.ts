/** Ids that are remembered for a while. */

/** How many ids are kept: past this, the oldest is forgotten. */
const MAX_KEPT = 1_000;

/** A set that keeps the last 1,000 ids. */
export class RecentIds {
  readonly #ids = new Set<string>();

  /** Whether the id is remembered. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Remembers an id. */
  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= MAX_KEPT) return;
    const [oldest] = this.#ids;
    this.#ids.delete(oldest as string);
  }
}
