/** The streams that tell of the same notifications, each with its own pace. */
import type { ServerNotification } from "../../protocol/notification.ts";
import { EventQueue } from "./event_queue.ts";
import { EventStream } from "./event_stream.ts";
import type { NotificationStreamOptions } from "./listeners.ts";

interface Subscriber {
  readonly queue: EventQueue;
  readonly methods: ReadonlySet<string> | undefined;
  /** Takes the subscriber off the list and off its signal. */
  readonly release: () => void;
}

/** Hands each notification to every stream that wants its method. */
export class EventStreams {
  readonly #subscribers = new Set<Subscriber>();
  #end: { readonly error: unknown } | undefined;

  /** How many streams are read. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** Adds a stream of what comes from now on. */
  open(options: NotificationStreamOptions): EventStream {
    const { methods, signal } = options;
    if (methods !== undefined && !Array.isArray(methods)) {
      throw new TypeError(`"methods" must be a list of names, got ${JSON.stringify(methods)}`);
    }
    signal?.throwIfAborted();
    const queue = new EventQueue();
    const onAbort = (): void => {
      this.#subscribers.delete(subscriber);
      queue.end(signal?.reason);
    };
    const release = (): void => {
      this.#subscribers.delete(subscriber);
      signal?.removeEventListener("abort", onAbort);
    };
    const subscriber: Subscriber = { queue, methods: methods && new Set<string>(methods), release };
    if (this.#end === undefined) {
      this.#subscribers.add(subscriber);
      signal?.addEventListener("abort", onAbort, { once: true });
    } else queue.end(this.#end.error);
    return new EventStream(queue, () => {
      release();
      queue.clear();
    });
  }

  /** Tells every stream of a notification. */
  push(notification: ServerNotification): void {
    for (const { queue, methods, release } of this.#subscribers) {
      if (methods === undefined || methods.has(notification.method)) queue.push(notification);
      if (queue.ended) release(); // it fell too far behind, and `for await` does not come back to leave
    }
  }

  /** Ends every stream after what is unread; with an error, each one's last read rejects. */
  close(error?: unknown): void {
    this.#end ??= { error };
    for (const { queue, release } of [...this.#subscribers]) {
      release();
      queue.end(error);
    }
  }
}
