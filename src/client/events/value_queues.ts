/** What one reader has not read yet: every value up to a limit, or only the newest. */
import { StreamOverflowError } from "../../errors/turn_errors.ts";
import type { ServerNotification } from "../../protocol/notification.ts";

/** Accepts a turn's events as they arrive, for one reader. */
export interface EventSink {
  /** Whether it ignores further events: the source ended, or the reader left or fell too far behind. */
  readonly ended: boolean;
  /** Whether the reader takes all unread events at once, or needs none of them. */
  readonly takesAll: boolean;
  /** Accepts an event; ignored after the end. */
  push(event: ServerNotification): void;
  /** Ends the sink after its unread events; with an error, the last read rejects with it. */
  end(error?: unknown): void;
  /** Ends the sink and discards its unread events. */
  clear(): void;
}

interface Read<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

/** The waiting reads of one reader: each value goes to the oldest read, the end to all. */
export class PendingReads<T> {
  #reads: Read<T>[] = [];
  #end: { readonly error: unknown } | undefined;

  /** Whether the source has ended. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Passes a value to the oldest read; returns `false` if none is waiting. */
  give(value: T): boolean {
    if (this.#reads.length === 0) return false; // the usual case, and cheaper than a shift
    this.#reads.shift()?.resolve({ value, done: false });
    return true;
  }

  /** Waits for a value; settles immediately after the end. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#end === undefined) {
      return new Promise((resolve, reject) => this.#reads.push({ resolve, reject }));
    }
    const { error } = this.#end;
    if (error === undefined) return Promise.resolve({ value: undefined, done: true });
    this.#end = { error: undefined }; // iterators report an error once
    return Promise.reject(error);
  }

  /** Ends every read; with an error, one rejects with it. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    const reads = this.#reads;
    this.#reads = [];
    for (const { resolve, reject } of reads) this.next().then(resolve, reject);
  }
}

/** A queue with one producer and one reader; past its limit the reader fails with `StreamOverflowError`. */
export class BoundedQueue<T> {
  readonly #limit: number;
  #inbox: T[] = [];
  /** The older values in reverse order, so that taking one is a `pop()`. */
  #outbox: T[] = [];
  readonly #reads = new PendingReads<T>();

  /** Keeps at most `limit` unread values. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of unread values. */
  get pending(): number {
    return this.#inbox.length + this.#outbox.length;
  }

  /** Whether it ignores further values. */
  get ended(): boolean {
    return this.#reads.ended;
  }

  /** Adds a value; ignored after the end. */
  push(value: T): void {
    if (this.ended || this.#reads.give(value)) return;
    if (this.pending < this.#limit) this.#inbox.push(value);
    else {
      this.#discard();
      this.end(new StreamOverflowError(this.#limit));
    }
  }

  /** Ends the queue after its unread values; with an error, the read after the last value rejects with it. */
  end(error?: unknown): void {
    this.#reads.end(error);
  }

  /** Ends the queue and returns its unread values, which it discards. */
  clear(): T[] {
    const unread = [...this.#outbox.toReversed(), ...this.#inbox];
    this.#discard();
    this.end();
    return unread;
  }

  /** Returns the next value, waiting for it if there is none. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#outbox.length === 0) {
      this.#outbox = this.#inbox.reverse();
      this.#inbox = [];
    }
    if (this.#outbox.length === 0) return this.#reads.next();
    return Promise.resolve({ value: this.#outbox.pop() as T, done: false });
  }

  #discard(): void {
    this.#inbox = [];
    this.#outbox = [];
  }
}

/** A sink for states that replace each other: it keeps only the newest unread one. */
export class LatestValue<T> implements EventSink, AsyncIterator<T, undefined> {
  readonly takesAll = true;
  readonly #pick: (event: ServerNotification) => T | undefined;
  readonly #reads = new PendingReads<T>();
  #unread: { readonly value: T } | undefined;

  /** `pick` returns the state in an event, or `undefined`. */
  constructor(pick: (event: ServerNotification) => T | undefined) {
    this.#pick = pick;
  }

  /** Whether it ignores further values. */
  get ended(): boolean {
    return this.#reads.ended;
  }

  /** Accepts an event; its state replaces the unread one. */
  push(event: ServerNotification): void {
    if (this.ended) return;
    const value = this.#pick(event);
    if (value !== undefined && !this.#reads.give(value)) this.#unread = { value };
  }

  /** Ends after the unread state; with an error, the read after it rejects with it. */
  end(error?: unknown): void {
    this.#reads.end(error);
  }

  /** Ends and discards the unread state. */
  clear(): void {
    this.#unread = undefined;
    this.end();
  }

  /** Returns the newest unread state, waiting for one if there is none. */
  next(): Promise<IteratorResult<T, undefined>> {
    const unread = this.#unread;
    if (unread === undefined) return this.#reads.next();
    this.#unread = undefined;
    return Promise.resolve({ value: unread.value, done: false });
  }
}
