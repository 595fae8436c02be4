/** The unread values of one reader: handed out in order, and never more than a limit. */
import { StreamOverflowError } from "../../errors/turn_errors.ts";
import { PendingReads } from "./pending_reads.ts";

/** A queue with one producer and one reader; past its limit the reader fails with `StreamOverflowError`. */
export class BoundedQueue<T> {
  readonly #limit: number;
  #inbox: T[] = [];
  /** What is handed out next, the last first: the inbox of before. */
  #outbox: T[] = [];
  readonly #reads = new PendingReads<T>();

  /** Keeps at most so many unread values. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many values wait to be read. */
  get pending(): number {
    return this.#inbox.length + this.#outbox.length;
  }

  /** Whether nothing is taken in any more. */
  get ended(): boolean {
    return this.#reads.ended;
  }

  /** Adds a value; ignored after the end. */
  push(value: T): void {
    if (this.ended || this.#reads.give(value)) return;
    if (this.pending < this.#limit) this.#inbox.push(value);
    else {
      this.#forget();
      this.end(new StreamOverflowError(this.#limit));
    }
  }

  /** Ends the queue after what is unread; with an error, the read after the last value rejects with it. */
  end(error?: unknown): void {
    this.#reads.end(error);
  }

  /** Ends the queue, forgets what is unread, and gives that. */
  clear(): T[] {
    const unread = [...this.#outbox.toReversed(), ...this.#inbox];
    this.#forget();
    this.end();
    return unread;
  }

  /** Takes the next value, waiting for it when there is none. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#outbox.length === 0) {
      this.#outbox = this.#inbox.reverse();
      this.#inbox = [];
    }
    if (this.#outbox.length === 0) return this.#reads.next();
    return Promise.resolve({ value: this.#outbox.pop() as T, done: false });
  }

  #forget(): void {
    this.#inbox = [];
    this.#outbox = [];
  }
}
