/** Keeps the requests that are on their way few, as the server loses what comes too thick. */
import { RequestTimeoutError, SendQueueFullError } from "../errors/transport_errors.ts";
import type { RequestOptions } from "../protocol/connection.ts";
import { deferred } from "../util/deferred.ts";
import { startTimer, waitAtMost } from "../util/timer.ts";

/** Half of what the server keeps of a connection, so that answers and what else is said have room. */
const MAX_ON_THEIR_WAY = 64;
/** Milliseconds after which a request without a reply is taken for one that the server works on. */
const TAKEN_MS = 1_000;
const MAX_QUEUED = 10_000;

/**
 * Sends requests in order, and lets them wait while many have no reply.
 *
 * The server keeps 128 messages that it has not come to. It refuses the next ones (-32001), and where its replies do not
 * get out at once either, it drops the refusals: such a request would wait for ever.
 */
export class RequestWindow {
  readonly #onTheirWay = new Set<object>();
  readonly #queue = new Set<() => void>();
  #stopTimer: (() => void) | undefined;

  /**
   * Calls `send` at once, or when it is its turn, and gives its reply.
   *
   * @throws {RequestTimeoutError} when it is not its turn within `timeoutMs`
   * @throws {SendQueueFullError} when 10,000 requests wait
   */
  async run<T>(
    method: string,
    send: () => Promise<T>,
    { signal, timeoutMs = 0 }: Pick<RequestOptions, "signal" | "timeoutMs">,
  ): Promise<T> {
    if (this.#onTheirWay.size < MAX_ON_THEIR_WAY) return await this.#send(send);
    if (this.#queue.size >= MAX_QUEUED) throw new SendQueueFullError(MAX_QUEUED);
    const sent = deferred<{ readonly reply: Promise<T> }>();
    const turn = (): void => sent.resolve({ reply: this.#send(send) });
    this.#queue.add(turn);
    this.#watch();
    try {
      const own = await waitAtMost(sent.promise, timeoutMs, signal);
      if (own === undefined) throw new RequestTimeoutError(method, timeoutMs);
      return await own.reply;
    } finally {
      if (this.#queue.delete(turn)) this.#watch(); // given up
    }
  }

  #send<T>(send: () => Promise<T>): Promise<T> {
    const place = {};
    this.#onTheirWay.add(place);
    const reply = send();
    const leave = (): void => {
      if (this.#onTheirWay.delete(place)) this.#next();
    };
    reply.then(leave, leave);
    return reply;
  }

  /** Sends what has room; so while anything waits, there is none. */
  #next(): void {
    for (const turn of this.#queue) {
      if (this.#onTheirWay.size >= MAX_ON_THEIR_WAY) break;
      this.#queue.delete(turn);
      turn();
    }
    this.#watch();
  }

  /** Has a timer run while anything waits, and only then. */
  #watch(): void {
    if (this.#queue.size > 0) {
      this.#stopTimer ??= startTimer(TAKEN_MS, () => {
        this.#stopTimer = undefined;
        this.#onTheirWay.clear();
        this.#next();
      });
    } else {
      this.#stopTimer?.();
      this.#stopTimer = undefined;
    }
  }
}
