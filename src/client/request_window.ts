/** Caps the number of in-flight requests, because the server drops messages when flooded. */
import { SendQueueFullError } from "../errors/transport_errors.ts";
import { abortable } from "../util/abortable.ts";
import { deferred } from "../util/deferred.ts";
import { startTimer } from "../util/timer.ts";

/** Half of the server's message queue, which leaves room for answers and notifications. */
const MAX_IN_FLIGHT = 64;
/** Milliseconds after which a request without a reply counts as dequeued by the server. */
const DEQUEUED_MS = 1_000;
const MAX_QUEUED = 10_000;

/**
 * Sends requests in order, and queues them while too many have no reply.
 *
 * The server queues 128 messages. It refuses further ones (-32001), and if its own replies are backed up too, it drops the
 * refusals: such a request would wait forever.
 */
export class RequestWindow {
  readonly #inFlight = new Set<object>();
  readonly #queue = new Set<() => void>();
  /** Where the queue goes on: a new iterator would pass over all that were deleted before the first. */
  #first: SetIterator<() => void> | undefined;
  #stopTimer: (() => void) | undefined;

  /**
   * Calls `send` as soon as the window has room, and returns its reply; rejects with `signal.reason` if it aborts first.
   *
   * @throws {SendQueueFullError} if 10,000 requests are queued
   */
  async run<T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#inFlight.size < MAX_IN_FLIGHT) return await this.#send(send);
    if (this.#queue.size >= MAX_QUEUED) throw new SendQueueFullError(MAX_QUEUED);
    const sent = deferred<{ readonly reply: Promise<T> }>();
    const start = (): void => sent.resolve({ reply: this.#send(send) });
    this.#queue.add(start);
    this.#watch();
    try {
      return await (await abortable(sent.promise, signal)).reply;
    } finally {
      if (this.#queue.delete(start)) this.#watch(); // aborted
    }
  }

  #send<T>(send: () => Promise<T>): Promise<T> {
    const slot = {};
    this.#inFlight.add(slot);
    const reply = send();
    const leave = (): void => {
      if (this.#inFlight.delete(slot)) this.#next();
    };
    reply.then(leave, leave);
    return reply;
  }

  /** Sends queued requests while there is room, so a queue implies a full window. */
  #next(): void {
    while (this.#inFlight.size < MAX_IN_FLIGHT) {
      this.#first ??= this.#queue.values();
      const { value: start } = this.#first.next();
      if (start === undefined) {
        this.#first = undefined;
        break;
      }
      this.#queue.delete(start);
      start();
    }
    this.#watch();
  }

  /** Runs the timer only while requests are queued. */
  #watch(): void {
    if (this.#queue.size > 0) {
      this.#stopTimer ??= startTimer(DEQUEUED_MS, () => {
        this.#stopTimer = undefined;
        this.#inFlight.clear();
        this.#next();
      });
    } else {
      this.#stopTimer?.();
      this.#stopTimer = undefined;
    }
  }
}
