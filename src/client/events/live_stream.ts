/** What the caller reads from: events, items, plans, sub-agents. */

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
  readonly #source: AsyncIterator<T, undefined>;
  #leave: (() => Promise<void> | void) | undefined;

  /** Reads from a source of which `next()` alone is asked; `leave` runs once, when the reader goes before the end. */
  constructor(source: AsyncIterator<T, undefined>, leave: () => Promise<void> | void) {
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
