/** Who else is told of notifications: callbacks by method, and streams of all of them. */
import type { NotificationMethod, NotificationParams } from "../../generated/notifications.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import type { OnDiagnostic } from "../../util/diagnostics.ts";
import type { EventStream } from "./event_stream.ts";
import { EventStreams } from "./event_streams.ts";

/**
 * Told of each notification of one method; it must not block.
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
  /** Only notifications of these methods; all when left out. */
  readonly methods?: readonly (NotificationMethod | (string & Record<never, never>))[] | undefined;
  /** Ends the stream: the next read rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

type Listener = (params: unknown) => unknown;

/** The callbacks and streams of one client. */
export class Listeners {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #streams = new EventStreams();
  readonly #onDiagnostic: OnDiagnostic;

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
    return this.#streams.open(options);
  }

  /** Tells everybody of a notification. */
  emit(notification: ServerNotification): void {
    if (this.#streams.size > 0) this.#streams.push(notification);
    if (this.#listeners.size === 0) return;
    const listeners = this.#listeners.get(notification.method);
    if (listeners === undefined) return;
    for (const listener of listeners) this.#call(listener, notification);
  }

  /** Ends every stream after what is unread; with an error, each one's last read rejects. */
  close(error?: unknown): void {
    this.#streams.close(error);
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
