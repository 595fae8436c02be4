/** What the caller reads notifications from. */
import type { ServerNotification } from "../../protocol/notification.ts";
import type { EventQueue } from "./event_queue.ts";
import { LiveStream } from "./live_stream.ts";

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

  /** Reads from a queue; `leave` runs once, when the reader goes before the end. */
  constructor(queue: EventQueue, leave: () => Promise<void> | void) {
    super(queue, leave);
    this.#queue = queue;
  }

  /** How many events wait to be read. */
  get pending(): number {
    return this.#queue.pending;
  }
}
