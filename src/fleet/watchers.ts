/** Who wants to know when something happens to a run. */

/** Calls back those who watch a run. */
export class Watchers {
  readonly #byRun = new Map<string, Set<() => void>>();
  #begin: (() => void) | undefined;

  /** `begin` is called once, for the first watcher. */
  constructor(begin: () => void = () => {}) {
    this.#begin = begin;
  }

  /** Adds a watcher. Returns the function that removes it. */
  add(runId: string, changed: () => void): () => void {
    const watchers = this.#byRun.get(runId) ?? new Set();
    this.#byRun.set(runId, watchers);
    const own = (): void => changed();
    watchers.add(own);
    this.#begin?.();
    this.#begin = undefined;
    return () => {
      watchers.delete(own);
      if (watchers.size === 0 && this.#byRun.get(runId) === watchers) this.#byRun.delete(runId);
    };
  }

  /** Something happened to a run. */
  changed(runId: string): void {
    for (const changed of [...this.#byRun.get(runId) ?? []]) changed();
  }

  /** Something may have happened to any run. */
  changedAll(): void {
    for (const runId of [...this.#byRun.keys()]) this.changed(runId);
  }
}
