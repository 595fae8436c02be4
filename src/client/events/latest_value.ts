/** A reader of states that replace each other: it gets the newest that it has not read. */
import type { ServerNotification } from "../../protocol/notification.ts";
import type { EventSink } from "./event_sink.ts";
import type { LiveSource } from "./live_stream.ts";
import { Pulse } from "./pulse.ts";

/** Picks states out of events, and keeps the last unread one alone. */
export class LatestValue<T> implements EventSink, LiveSource<T> {
  readonly #pick: (event: ServerNotification) => T | undefined;
  readonly #change = new Pulse();
  #unread: { readonly value: T } | undefined;
  #end: { readonly error: unknown } | undefined;

  /** Takes the states that `pick` finds; it gives `undefined` for an event without one. */
  constructor(pick: (event: ServerNotification) => T | undefined) {
    this.#pick = pick;
  }

  /** Whether nothing is taken in any more. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Takes the state of an event in the place of the one before. */
  push(event: ServerNotification): void {
    if (this.#end !== undefined) return;
    const value = this.#pick(event);
    if (value === undefined) return;
    this.#unread = { value };
    this.#change.beat();
  }

  /** Ends after the state that is unread; with an error, the read after it rejects with it. */
  end(error?: unknown): void {
    this.#end ??= { error };
    this.#change.beat();
  }

  /** Ends and forgets what is unread. */
  clear(): void {
    this.#unread = undefined;
    this.end();
  }

  /** Takes the newest state, waiting for it when there is none. */
  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#unread === undefined && this.#end === undefined) await this.#change.next;
    const unread = this.#unread;
    this.#unread = undefined;
    if (unread !== undefined) return { value: unread.value, done: false };
    const error = this.#end?.error;
    this.#end = { error: undefined }; // an error is told once, as iterators do
    if (error !== undefined) throw error;
    return { value: undefined, done: true };
  }
}
