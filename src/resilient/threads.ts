/** The threads that the client follows, as the replies and notifications show. */
import { goalIn } from "./goal_calls.ts";
import { fieldsOf, type Message, type PiecePlace, stringOf } from "./peek.ts";
import { forgetOldest, ThreadRecord } from "./thread_record.ts";

/** Requests whose reply names a thread that the client follows from then on. */
const OPENS: ReadonlySet<string> = new Set([
  "thread/start",
  "thread/resume",
  "thread/fork",
  "review/start",
]);
/** Requests whose reply says which goal a thread has. */
const GOALS: ReadonlySet<string> = new Set([
  "thread/goal/get",
  "thread/goal/set",
  "thread/goal/clear",
]);
/** Notifications that only the followers of a thread get. */
const FOLLOWED: ReadonlySet<string> = new Set(["turn/started", "item/started"]);
/** Notifications after which nobody follows a thread. */
const GONE: ReadonlySet<string> = new Set(["thread/closed", "thread/deleted"]);

/** How many threads are followed again after a loss; past it, the oldest is forgotten. */
const MAX_THREADS = 4_096;
/** How many threads are remembered that the client left. */
const MAX_LEFT = 1_000;

/** Whether the params or the reply of a request matter here. */
export function isAboutThreads(method: string): boolean {
  return OPENS.has(method) || GOALS.has(method) || method === "turn/start" ||
    method === "thread/unsubscribe";
}

/** Everything that was delivered to the client. */
export class Threads {
  readonly #threads = new Map<string, ThreadRecord>();
  /** Threads that the client left: their last notifications open nothing. */
  readonly #left = new Set<string>();
  /** Whether the pieces of items must be looked at. */
  #isGapped = false;

  /** All threads, oldest first. */
  get all(): readonly ThreadRecord[] {
    return [...this.#threads.values()];
  }

  /** Returns a thread that the client follows. */
  get(threadId: string): ThreadRecord | undefined {
    return this.#threads.get(threadId);
  }

  /** Whether a connection was lost while a turn ran that has not ended since. */
  get isGapped(): boolean {
    return this.#isGapped;
  }

  /** Records that the connection was lost. */
  lose(): void {
    for (const thread of this.all) thread.lose();
  }

  /** Records whether a turn is left that runs since before the connection was lost. */
  settle(): void {
    this.#isGapped = this.all.some(({ open }) => open.some(({ isGapped }) => isGapped));
  }

  /** Stops following a thread. */
  leave(threadId: string): void {
    if (this.#threads.delete(threadId)) this.#left.add(threadId);
    if (this.#left.size <= MAX_LEFT) return;
    for (const oldest of this.#left) return void this.#left.delete(oldest);
  }

  /** Records the reply to a request of the client. */
  replied(method: string, params: unknown, result: unknown): void {
    const reply = fieldsOf(result);
    const threadId = stringOf(fieldsOf(params).threadId);
    if (OPENS.has(method)) this.#opened(method, params, reply);
    if (threadId === undefined) return;
    if (method === "thread/unsubscribe") this.leave(threadId);
    const thread = this.#threads.get(threadId);
    if (thread !== undefined && GOALS.has(method)) {
      thread.goal = method === "thread/goal/clear" ? null : goalIn(reply);
    }
    const turnId = stringOf(fieldsOf(reply.turn).id);
    if (turnId === undefined) return;
    if (method === "turn/start" || method === "review/start") {
      this.#of(stringOf(reply.reviewThreadId) ?? threadId).replied(turnId);
    }
  }

  /** Records a piece of an agent's message; returns whether it can be delivered. */
  append({ threadId, turnId, itemId }: PiecePlace, text: string): boolean {
    return this.#threads.get(threadId)?.turn(turnId)?.append(itemId, text) ?? true;
  }

  /** Records a notification; returns what to deliver instead, or `undefined` to deliver it unchanged. */
  observe(message: Message): readonly object[] | undefined {
    const { method = "", params } = message;
    const threadId = stringOf(fieldsOf(params).threadId);
    if (threadId === undefined) return undefined;
    if (GONE.has(method)) {
      this.#threads.delete(threadId);
      return undefined;
    }
    if (FOLLOWED.has(method) && !this.#left.has(threadId)) this.#of(threadId);
    const delivered = this.#threads.get(threadId)?.observe(message);
    if (this.#isGapped && method === "turn/completed") this.settle();
    return delivered;
  }

  #opened(method: string, params: unknown, reply: Readonly<Record<string, unknown>>): void {
    const threadId = stringOf(fieldsOf(reply.thread).id) ?? stringOf(reply.reviewThreadId);
    if (threadId === undefined) return;
    const isKnown = this.#threads.has(threadId);
    const thread = this.#of(threadId);
    if (!isKnown) thread.isNew = method === "thread/start" || method === "review/start";
    thread.isFollowed = true;
    if (!isKnown && method === "thread/start") thread.goal = null;
    if (method !== "review/start") thread.opened(params, reply);
  }

  #of(threadId: string): ThreadRecord {
    this.#left.delete(threadId);
    let thread = this.#threads.get(threadId);
    if (thread === undefined) {
      this.#threads.set(threadId, thread = new ThreadRecord(threadId));
      thread.isNew = true;
      forgetOldest(this.#threads, MAX_THREADS);
    }
    return thread;
  }
}
