/** Streams of notifications, of one thread or of all. */
import type { NotificationMethod } from "../../generated/notifications.ts";
import type { ServerNotification, UnknownMethod } from "../../protocol/notification.ts";
import { onAbort } from "../../util/on_abort.ts";
import { checkOptionNames, type OptionNames } from "../../util/option_names.ts";
import { EventQueue } from "./event_queue.ts";
import { EventStream } from "./live_stream.ts";

/**
 * Options of a stream of notifications.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import type { NotificationStreamOptions } from "@codex-app-server/sdk/types";
 *
 * const options: NotificationStreamOptions = { methods: ["turn/started", "turn/completed"] };
 *
 * async function watch(codex: Codex): Promise<void> {
 *   for await (const { method } of codex.notifications(options)) console.log(method);
 * }
 * ```
 */
export interface NotificationStreamOptions {
  /**
   * Only notifications of these methods; all by default. A method that this SDK has no type for needs a cast:
   * `method as string as UnknownMethod`.
   */
  readonly methods?: readonly (NotificationMethod | UnknownMethod)[] | undefined;
  /** Ends the stream: the next read rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

const STREAM_OPTIONS: OptionNames<NotificationStreamOptions> = { methods: true, signal: true };

interface Subscriber {
  readonly queue: EventQueue;
  readonly methods: ReadonlySet<string> | undefined;
  /** Unsubscribes and stops listening to the signal. */
  readonly release: () => void;
}

const NONE: readonly Subscriber[] = Object.freeze([]);

/** Passes each notification to every open stream that subscribed to its method. */
export class EventStreams {
  /** A copy-on-write array: many turns share the empty one, which a set of each does not. */
  #subscribers: readonly Subscriber[] = NONE;
  #end: { readonly error: unknown } | undefined;

  /** Number of open streams. */
  get size(): number {
    return this.#subscribers.length;
  }

  /**
   * Opens a stream of future notifications.
   *
   * @throws {TypeError} if `methods` is not an array; `signal.reason` if the signal has already fired
   */
  open(options: NotificationStreamOptions): EventStream {
    checkOptionNames("a stream of notifications", options, STREAM_OPTIONS);
    const { methods, signal } = options;
    if (methods !== undefined && !Array.isArray(methods)) {
      throw new TypeError(`"methods" must be an array of names, got ${JSON.stringify(methods)}`);
    }
    signal?.throwIfAborted();
    const queue = new EventQueue();
    let stopListening = (): void => {};
    const release = (): void => {
      this.#remove(subscriber);
      stopListening();
    };
    const subscriber: Subscriber = { queue, methods: methods && new Set<string>(methods), release };
    if (this.#end === undefined) {
      this.#subscribers = [...this.#subscribers, subscriber];
      stopListening = onAbort(signal, () => {
        this.#remove(subscriber);
        queue.end(signal?.reason);
      });
    } else queue.end(this.#end.error);
    return new EventStream(queue, () => {
      release();
      queue.clear();
    });
  }

  /** Passes a notification to the streams. */
  push(notification: ServerNotification): void {
    for (const { queue, methods, release } of this.#subscribers) {
      if (methods === undefined || methods.has(notification.method)) queue.push(notification);
      if (queue.ended) release(); // it fell too far behind, and `for await` does not call `return()` after an error
    }
  }

  /** Ends every stream after its unread events; with an error, each one's last read rejects with it. */
  close(error?: unknown): void {
    this.#end ??= { error };
    this.fail(error);
  }

  /** Ends the open streams, but not later ones. */
  fail(error: unknown): void {
    for (const { queue, release } of this.#subscribers) {
      release();
      queue.end(error);
    }
  }

  #remove(subscriber: Subscriber): void {
    const left = this.#subscribers.filter((other) => other !== subscriber);
    this.#subscribers = left.length === 0 ? NONE : left;
  }
}
