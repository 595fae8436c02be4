/** Client-wide notification subscribers: per-method callbacks and streams. */
import type { NotificationMethod, NotificationParams } from "../../generated/notifications.ts";
import type { ServerNotification, UnknownMethod } from "../../protocol/notification.ts";
import type { OnDiagnostic } from "../../util/diagnostics.ts";
import { checkOptionNames, type OptionNames } from "../../util/option_names.ts";
import { EventQueue } from "./event_queue.ts";
import { EventStream } from "./live_stream.ts";
import { isPromise } from "../../util/realm.ts";

/**
 * Called with the params of each notification of one method; must not block.
 *
 * @example
 * ```ts
 * import type { NotificationListener } from "@codex-app-server/sdk/types";
 *
 * const onTokens: NotificationListener<"thread/tokenUsage/updated"> = ({ tokenUsage }) => {
 *   console.log(tokenUsage.total.totalTokens);
 * };
 * ```
 */
export type NotificationListener<M extends string> = (
  params: M extends NotificationMethod ? NotificationParams<M> : unknown,
) => void;

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

/** Passes each notification to every open stream that subscribed to its method. */
export class EventStreams {
  readonly #subscribers = new Set<Subscriber>();
  #end: { readonly error: unknown } | undefined;

  /** Number of open streams. */
  get size(): number {
    return this.#subscribers.size;
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
    for (const { queue, release } of [...this.#subscribers]) {
      release();
      queue.end(error);
    }
  }
}

type Listener = (params: unknown) => unknown;

/** The callbacks and streams of one client. */
export class Listeners {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #streams = new EventStreams();
  readonly #onDiagnostic: OnDiagnostic;

  /** Errors thrown by listeners go to `onDiagnostic`. */
  constructor(onDiagnostic: OnDiagnostic) {
    this.#onDiagnostic = onDiagnostic;
  }

  /**
   * Adds a callback; returns a function that removes it.
   *
   * @throws {TypeError} if the method is not a string or the listener not a function
   */
  on(method: string, listener: Listener): () => void {
    if (typeof method !== "string" || typeof listener !== "function") {
      throw new TypeError("A listener needs a method name and a function");
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

  /** Opens a stream of future notifications. */
  stream(options: NotificationStreamOptions): EventStream {
    return this.#streams.open(options);
  }

  /** Passes a notification to the callbacks and streams. */
  emit(notification: ServerNotification): void {
    if (this.#streams.size > 0) this.#streams.push(notification);
    if (this.#listeners.size === 0) return;
    const listeners = this.#listeners.get(notification.method);
    if (listeners === undefined) return;
    for (const listener of listeners) this.#call(listener, notification);
  }

  /** Ends every stream after its unread events; with an error, each one's last read rejects with it. */
  close(error?: unknown): void {
    this.#streams.close(error);
    this.#listeners.clear();
  }

  /** Calls a listener; the rejection of an async one must not become an unhandled rejection. */
  #call(listener: Listener, { method, params }: ServerNotification): void {
    const report = (error: unknown): void => {
      this.#onDiagnostic({ kind: "callbackError", method, error });
    };
    try {
      const result = listener(params);
      if (isPromise(result)) result.then(undefined, report);
    } catch (error) {
      report(error);
    }
  }
}
