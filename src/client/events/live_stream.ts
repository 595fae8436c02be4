/** Streams that the caller reads with `for await`. */
import type { ServerNotification } from "../../protocol/notification.ts";
import type { EventQueue } from "./event_queue.ts";

/**
 * Values in order, read with `for await`; leaving the loop early frees the unread ones.
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

  /** Reads from the `next()` of a source; `leave` runs once, if the reader leaves before the end. */
  constructor(source: AsyncIterator<T, undefined>, leave: () => Promise<void> | void) {
    this.#source = source;
    this.#leave = leave;
  }

  /**
   * Returns the next value, waiting for it if there is none.
   *
   * @throws {StreamOverflowError} if this reader fell too far behind
   * @throws {TransportClosedError} if the connection ended before the stream did
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

  /** Returns the stream itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Leaves the stream. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

/**
 * Notifications in order, read with `for await`; leaving the loop early frees the reader's buffer.
 *
 * @example
 * ```ts
 * import type { TurnHandle } from "@codex-app-server/sdk";
 *
 * async function print(turn: TurnHandle): Promise<void> {
 *   for await (const event of turn.stream()) console.log(event.method);
 * }
 * ```
 */
export class EventStream extends LiveStream<ServerNotification> {
  readonly #queue: EventQueue;

  /** Reads from a queue; `leave` runs once, if the reader leaves before the end. */
  constructor(queue: EventQueue, leave: () => Promise<void> | void) {
    super(queue, leave);
    this.#queue = queue;
  }

  /** Number of unread events. */
  get pending(): number {
    return this.#queue.pending;
  }

  /**
   * Yields all unread events at once, as arrays of at least one: one promise for everything that arrived together, for
   * readers of many events. Read either this or the stream itself. Leaving the loop early leaves the stream.
   *
   * @example
   * ```ts
   * import type { TurnHandle } from "@codex-app-server/sdk";
   *
   * async function count(turn: TurnHandle): Promise<number> {
   *   let events = 0;
   *   for await (const batch of turn.stream().batches()) events += batch.length;
   *   return events;
   * }
   * ```
   */
  batches(): LiveStream<readonly ServerNotification[]> {
    let reading: Promise<unknown> = Promise.resolve();
    const next = (): Promise<IteratorResult<readonly ServerNotification[], undefined>> => {
      // One at a time: batches that are asked for together are handed out in order.
      const batch = reading.then(() => this.#queue.nextBatch());
      reading = batch.catch(() => {});
      return batch;
    };
    return new LiveStream({ next }, async () => void await this.return());
  }
}
