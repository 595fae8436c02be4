/** A reader of states that replace each other: it gets the newest that it has not read. */
import type { ServerNotification } from "../../protocol/notification.ts";
import type { EventSink } from "./event_sink.ts";
import { PendingReads } from "./pending_reads.ts";

/** Picks states out of events, and keeps the last unread one alone. */
export class LatestValue<T> implements EventSink, AsyncIterator<T, undefined> {
  readonly #pick: (event: ServerNotification) => T | undefined;
  readonly #reads = new PendingReads<T>();
  #unread: { readonly value: T } | undefined;

  /** Takes the states that `pick` finds; it gives `undefined` for an event without one. */
  constructor(pick: (event: ServerNotification) => T | undefined) {
    this.#pick = pick;
  }

  /** Whether nothing is taken in any more. */
  get ended(): boolean {
    return this.#reads.ended;
  }

  /** Takes the state of an event in the place of the one before. */
  push(event: ServerNotification): void {
    if (this.ended) return;
    const value = this.#pick(event);
    if (value !== undefined && !this.#reads.give(value)) this.#unread = { value };
  }

  /** Ends after the state that is unread; with an error, the read after it rejects with it. */
  end(error?: unknown): void {
    this.#reads.end(error);
  }

  /** Ends and forgets what is unread. */
  clear(): void {
    this.#unread = undefined;
    this.end();
  }

  /** Takes the newest state, waiting for it when there is none. */
  next(): Promise<IteratorResult<T, undefined>> {
    const unread = this.#unread;
    if (unread === undefined) return this.#reads.next();
    this.#unread = undefined;
    return Promise.resolve({ value: unread.value, done: false });
  }
}
