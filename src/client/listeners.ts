/** Who else is told of notifications: callbacks by method, and streams of all of them. */
import type { NotificationMethod, NotificationParams } from "../generated/notifications.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import type { OnDiagnostic } from "../util/diagnostics.ts";
import { EventQueue } from "./event_queue.ts";
import { EventStream } from "./event_stream.ts";

/** Told of each notification of one method; it must not block. */
export type NotificationListener<M extends string> = (
  params: M extends NotificationMethod ? NotificationParams<M> : unknown,
) => void;

/** Options of a stream of notifications. */
export interface NotificationStreamOptions {
  /** Only notifications of these methods; all when left out. */
  readonly methods?: readonly (NotificationMethod | (string & Record<never, never>))[];
  /** Ends the stream: the next read rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

type Listener = (params: unknown) => unknown;

interface Subscriber {
  readonly queue: EventQueue;
  readonly methods: ReadonlySet<string> | undefined;
  /** Takes the subscriber off the list and off its signal. */
  readonly release: () => void;
}

/** The callbacks and streams of one client. */
export class Listeners {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #subscribers = new Set<Subscriber>();
  readonly #onDiagnostic: OnDiagnostic;
  #end: { readonly error: unknown } | undefined;

  /** Reports what listeners throw. */
  constructor(onDiagnostic: OnDiagnostic) {
    this.#onDiagnostic = onDiagnostic;
  }

  /** Adds a callback; the function that is returned takes it away again. */
  on(method: string, listener: Listener): () => void {
    if (typeof method !== "string" || typeof listener !== "function") {
      throw new TypeError("A listener needs the name of a method and a function");
    }
    const listeners = this.#listeners.get(method) ?? new Set();
    this.#listeners.set(method, listeners);
    const own: Listener = (params) => listener(params);
    listeners.add(own);
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(method) === listeners) {
        this.#listeners.delete(method);
      }
    };
  }

  /** Adds a stream. */
  stream(options: NotificationStreamOptions): EventStream {
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

  /** Tells everybody of a notification. */
  emit(notification: ServerNotification): void {
    if (this.#subscribers.size > 0) {
      for (const { queue, methods } of this.#subscribers) {
        if (methods === undefined || methods.has(notification.method)) queue.push(notification);
      }
    }
    if (this.#listeners.size === 0) return;
    const listeners = this.#listeners.get(notification.method);
    if (listeners === undefined) return;
    for (const listener of listeners) this.#call(listener, notification);
  }

  /** Ends every stream after what is unread; with an error, each one's last read rejects. */
  close(error?: unknown): void {
    this.#end = { error };
    for (const { queue, release } of [...this.#subscribers]) {
      release();
      queue.end(error);
    }
    this.#listeners.clear();
  }

  /** An async listener may fail later: that must not become an unhandled rejection of the host. */
  #call(listener: Listener, { method, params }: ServerNotification): void {
    const report = (error: unknown): void => {
      this.#onDiagnostic({ kind: "callbackError", method, error });
    };
    try {
      const result = listener(params);
      if (result instanceof Promise) result.catch(report);
    } catch (error) {
      report(error);
    }
  }
}
