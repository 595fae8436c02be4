/** The unread events of one reader: bounded, and handed out without a promise chain. */
import { StreamOverflowError } from "../errors/turn_errors.ts";
import { DeltaRun } from "./delta_run.ts";
import type { ServerNotification } from "../protocol/notification.ts";

/** Unread events from which on adjacent deltas of one item are merged. */
const MERGE_FROM = 4_096;
/** Unread events at which the reader fails. */
const OVERFLOW_AT = 65_536;
/** Read slots to gather before the array is cut, so that cutting costs little per event. */
const CUT_AT = 1_024;

interface Waiter {
  readonly resolve: (result: IteratorResult<ServerNotification, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A queue with one producer and one reader. Past 4,096 unread events, adjacent deltas of one item are merged; nothing
 * else is ever dropped: at 65,536 the reader fails with `StreamOverflowError`.
 */
export class EventQueue {
  #entries: (ServerNotification | DeltaRun)[] = [];
  #head = 0;
  #waiters: Waiter[] = [];
  #end: { readonly error: unknown } | undefined;

  /** How many events wait to be read. */
  get pending(): number {
    return this.#entries.length - this.#head;
  }

  /** Adds an event; ignored after the end. */
  push(event: ServerNotification): void {
    if (this.#end !== undefined) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) return waiter.resolve({ value: event, done: false });
    if (this.pending >= MERGE_FROM && this.#mergeWithLast(event)) return;
    if (this.pending >= OVERFLOW_AT) return this.#overflow();
    this.#entries.push(event);
  }

  /** Ends the queue after what is unread; with an error, the read after the last event rejects with it. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (error === undefined) waiter.resolve({ value: undefined, done: true });
      else waiter.reject(error);
    }
  }

  /** Ends the queue and forgets what is unread. */
  clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.end();
  }

  /** Takes the next event, waiting for it when there is none. */
  next(): Promise<IteratorResult<ServerNotification, undefined>> {
    if (this.#head < this.#entries.length) {
      return Promise.resolve({ value: this.#take(), done: false });
    }
    const end = this.#end;
    if (end === undefined) {
      return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    }
    if (end.error === undefined) return Promise.resolve({ value: undefined, done: true });
    this.#end = { error: undefined }; // an error is reported once, as iterators do
    return Promise.reject(end.error);
  }

  #take(): ServerNotification {
    const entry = this.#entries[this.#head] as ServerNotification | DeltaRun;
    this.#entries[this.#head++] = undefined as never; // lets the event go before the array is cut
    if (this.#head === this.#entries.length) {
      this.#entries = [];
      this.#head = 0;
    } else if (this.#head >= CUT_AT) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    return entry instanceof DeltaRun ? entry.toEvent() : entry;
  }

  #mergeWithLast(event: ServerNotification): boolean {
    const last = this.#entries.length - 1;
    const entry = this.#entries[last] as ServerNotification | DeltaRun;
    if (entry instanceof DeltaRun) return entry.append(event);
    const run = DeltaRun.from(entry);
    if (run === undefined || !run.append(event)) return false;
    this.#entries[last] = run;
    return true;
  }

  #overflow(): void {
    this.#entries = [];
    this.#head = 0;
    this.end(new StreamOverflowError(OVERFLOW_AT));
  }
}
