/** What the caller reads live objects from: items, plans, sub-agents. */

/**
 * Where a stream takes its values from.
 *
 * @example
 * ```ts
 * import type { LiveSource } from "@codex-app-server/sdk";
 *
 * const nothing: LiveSource<string> = { next: () => Promise.resolve({ value: undefined, done: true }) };
 * ```
 */
export interface LiveSource<T> {
  /** Takes the next value, waiting for it when there is none. */
  next(): Promise<IteratorResult<T, undefined>>;
}

/**
 * Values in order, read with `for await`; leaving the loop early frees what waits to be read.
 *
 * @example
 * ```ts
 * import type { ItemView, LiveStream } from "@codex-app-server/sdk";
 *
 * async function first(items: LiveStream<ItemView>): Promise<string | undefined> {
 *   for await (const { type } of items) return type;
 *   return undefined;
 * }
 * ```
 */
export class LiveStream<T>
  implements AsyncIterator<T, undefined>, AsyncIterable<T>, AsyncDisposable {
  readonly #source: LiveSource<T>;
  #leave: (() => Promise<void> | void) | undefined;

  /** Reads from a source; `leave` runs once, when the reader goes before the end. */
  constructor(source: LiveSource<T>, leave: () => Promise<void> | void) {
    this.#source = source;
    this.#leave = leave;
  }

  /**
   * Takes the next value.
   *
   * @throws {StreamOverflowError} when this reader fell too far behind
   * @throws {TransportClosedError} when the connection ended before the stream did
   */
  next(): Promise<IteratorResult<T, undefined>> {
    return this.#source.next();
  }

  /** Leaves the stream. */
  async return(): Promise<IteratorResult<T, undefined>> {
    const leave = this.#leave;
    this.#leave = undefined;
    await leave?.();
    return { value: undefined, done: true };
  }

  /** The stream itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Leaves the stream. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
