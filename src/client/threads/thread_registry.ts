/** The threads that a client holds: one handle for each, however often it is opened. */
import type { ServerNotification } from "../../protocol/notification.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { isRecord } from "../../util/is_record.ts";
import type { Thread } from "./thread.ts";
import { type OpenedThread, type ThreadConfig, ThreadState } from "./thread_state.ts";

interface HeldThread {
  readonly state: ThreadState;
  readonly thread: Thread;
}

/** Keeps each thread from its opening until it is closed or deleted, or the connection ends. */
export class ThreadRegistry {
  readonly #held = new Map<string, HeldThread>();
  /** The thread that was told of something last, and will mostly be told next. */
  #latest: ThreadState | undefined;
  /** How many requests that open a thread have no reply yet. */
  readonly #opening = new Map<string, number>();
  /** Fulfils when those requests have their replies, where somebody waits for that. */
  readonly #opened = new Map<string, Deferred<void>>();

  /** How many threads are held. */
  get size(): number {
    return this.#held.size;
  }

  /** The state of a thread that is held. */
  state(threadId: string): ThreadState | undefined {
    return this.#held.get(threadId)?.state;
  }

  /** The handle of a thread that is held. */
  thread(threadId: string): Thread | undefined {
    return this.#held.get(threadId)?.thread;
  }

  /** Whether somebody needs the subscription to the thread, or will when the reply comes. */
  isWanted(threadId: string): boolean {
    return this.#opening.has(threadId) || this.state(threadId)?.ended === false;
  }

  /** Whether a request that opens the thread has no reply yet. */
  isOpening(threadId: string): boolean {
    return this.#opening.has(threadId);
  }

  /** Fulfils when every request that opens the thread has its reply; `undefined` when there is none. */
  opened(threadId: string): Promise<void> | undefined {
    if (!this.#opening.has(threadId)) return undefined;
    let opened = this.#opened.get(threadId);
    if (opened === undefined) this.#opened.set(threadId, opened = deferred());
    return opened.promise;
  }

  /** Notes a request that opens the thread; the function that is returned notes its end. */
  opening(threadId: string): () => void {
    this.#opening.set(threadId, (this.#opening.get(threadId) ?? 0) + 1);
    return () => {
      const left = (this.#opening.get(threadId) ?? 1) - 1;
      if (left > 0) return void this.#opening.set(threadId, left);
      this.#opening.delete(threadId);
      this.#opened.get(threadId)?.resolve();
      this.#opened.delete(threadId);
    };
  }

  /** Gives the handle of a thread that was opened: the one that is held, brought up to date, or a new one. */
  hold(
    opened: OpenedThread,
    config: ThreadConfig,
    handle: (state: ThreadState) => Thread,
  ): Thread {
    const held = this.#held.get(opened.thread.id);
    if (held !== undefined && !held.state.ended) {
      held.state.refresh(opened);
      return held.thread;
    }
    const state = new ThreadState(opened, config);
    const thread = handle(state);
    this.#held.set(state.id, { state, thread });
    return thread;
  }

  /** Lets go of a thread whose handle is used up, and ends its streams. */
  release(state: ThreadState): void {
    if (this.state(state.id) === state) this.#held.delete(state.id);
    if (this.#latest === state) this.#latest = undefined;
    state.events.close();
    state.handlers.close();
  }

  /** Tells a thread that is held of what concerns it. */
  route(event: ServerNotification): void {
    if (this.#held.size === 0) return;
    const { params } = event;
    if (!isRecord(params)) return;
    const threadId = params.threadId ?? (isRecord(params.thread) ? params.thread.id : undefined);
    const state = this.#latest?.id === threadId ? this.#latest : this.state(threadId as string);
    if (state === undefined) return;
    this.#latest = state;
    state.observe(event);
    if (state.ended && state.closing === undefined) this.release(state);
  }

  /** Ends the streams of every thread, and lets go of all: the connection is gone. */
  close(error?: unknown): void {
    for (const { state } of this.#held.values()) {
      state.events.close(error);
      state.handlers.close(error);
    }
    this.#held.clear();
    this.#latest = undefined;
  }
}
