/** The reads of one reader that wait for a value. */

interface Read<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

/** Hands each value to the read that has waited longest, and tells the end to all. */
export class PendingReads<T> {
  #reads: Read<T>[] = [];
  #end: { readonly error: unknown } | undefined;

  /** Whether the end was told. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Gives a value to the read that has waited longest; `false` when none waits. */
  give(value: T): boolean {
    const read = this.#reads.shift();
    read?.resolve({ value, done: false });
    return read !== undefined;
  }

  /** Waits for a value; after the end, tells that. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#end === undefined) {
      return new Promise((resolve, reject) => this.#reads.push({ resolve, reject }));
    }
    const { error } = this.#end;
    if (error === undefined) return Promise.resolve({ value: undefined, done: true });
    this.#end = { error: undefined }; // an error is told once, as iterators do
    return Promise.reject(error);
  }

  /** Ends every read; with an error, one rejects with it. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    const reads = this.#reads;
    this.#reads = [];
    for (const { resolve, reject } of reads) this.next().then(resolve, reject);
  }
}
