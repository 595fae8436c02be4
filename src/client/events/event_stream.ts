/** What the caller reads notifications from. */
import type { ServerNotification } from "../../protocol/notification.ts";
import type { EventQueue } from "./event_queue.ts";

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
export class EventStream
  implements
    AsyncIterator<ServerNotification, undefined>,
    AsyncIterable<ServerNotification>,
    AsyncDisposable {
  readonly #queue: EventQueue;
  #leave: (() => Promise<void> | void) | undefined;

  /** Reads from a queue; `leave` runs once, when the reader goes before the end. */
  constructor(queue: EventQueue, leave: () => Promise<void> | void) {
    this.#queue = queue;
    this.#leave = leave;
  }

  /** How many events wait to be read. */
  get pending(): number {
    return this.#queue.pending;
  }

  /**
   * Takes the next event.
   *
   * @throws {StreamOverflowError} when this reader fell too far behind
   * @throws {TransportClosedError} when the connection ended before the stream did
   */
  next(): Promise<IteratorResult<ServerNotification, undefined>> {
    return this.#queue.next();
  }

  /** Leaves the stream. */
  async return(): Promise<IteratorResult<ServerNotification, undefined>> {
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
