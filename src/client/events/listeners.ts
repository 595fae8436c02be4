/** Client-wide notification subscribers: per-method callbacks and streams. */
import type { NotificationMethod, NotificationParams } from "../../generated/notifications.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import type { OnDiagnostic } from "../../util/diagnostics.ts";
import { EventStreams, type NotificationStreamOptions } from "./event_streams.ts";
import type { EventStream } from "./live_stream.ts";
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

  /** Number of open streams. */
  get streams(): number {
    return this.#streams.size;
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

  /** Ends the open streams with an error: the connection that they wait for could not be opened. */
  fail(error: unknown): void {
    this.#streams.fail(error);
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
