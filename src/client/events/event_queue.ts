/** The unread events of one reader, bounded by merging adjacent deltas. */
import { StreamOverflowError } from "../../errors/turn_errors.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { DeltaRun } from "./delta_run.ts";
import { PendingReads } from "./value_queues.ts";

/** Unread events from which adjacent deltas of one item are merged. */
export const MERGE_FROM: number = 4_096;
/** Unread events at which the reader fails. */
const OVERFLOW_AT = 65_536;

/**
 * A queue with one producer and one reader. Past 4,096 unread events it merges adjacent deltas of one item; it never drops
 * an event: at 65,536 the reader fails with `StreamOverflowError`.
 */
export class EventQueue {
  /** Whether the reader takes all unread events at once. */
  takesAll = false;
  /** The events that arrived since the outbox was filled. */
  #inbox: ServerNotification[] = [];
  /** The next events to return: the previous inbox, so that taking one never moves the others. */
  #outbox: ServerNotification[] = [];
  #taken = 0;
  /** The merged deltas at the end of the inbox. */
  #run: DeltaRun | undefined;
  readonly #reads = new PendingReads<ServerNotification>();
  /** Wakes the reader that waits for a batch, which takes everything that arrived together. */
  #wake: (() => void) | undefined;

  /** Number of unread events. */
  get pending(): number {
    return this.#outbox.length - this.#taken + this.#inbox.length;
  }

  /** Whether it ignores further events: the source ended, or the reader fell too far behind. */
  get ended(): boolean {
    return this.#reads.ended;
  }

  /** Adds an event; ignored after the end. */
  push(event: ServerNotification): void {
    if (this.#reads.ended || this.#reads.give(event)) return;
    if (this.#wake !== undefined) this.#wakeReader(this.#wake);
    if (this.pending >= MERGE_FROM) this.#pushMerged(event);
    else {
      if (this.#run !== undefined) this.#endRun(); // later deltas must not join it across this event
      this.#inbox.push(event);
    }
  }

  /** Ends the queue after its unread events; with an error, the read after the last event rejects with it. */
  end(error?: unknown): void {
    this.#reads.end(error);
    if (this.#wake !== undefined) this.#wakeReader(this.#wake);
  }

  /** Ends the queue and discards its unread events. */
  clear(): void {
    this.#discard();
    this.end();
  }

  /** Returns the next event, waiting for it if there is none. */
  next(): Promise<IteratorResult<ServerNotification, undefined>> {
    if (this.#taken === this.#outbox.length && !this.#fillOutbox()) return this.#reads.next();
    return Promise.resolve({
      value: this.#outbox[this.#taken++] as ServerNotification,
      done: false,
    });
  }

  /** Returns all unread events, waiting for one if there is none. One call at a time. */
  async nextBatch(): Promise<IteratorResult<readonly ServerNotification[], undefined>> {
    this.takesAll = true;
    if (this.pending === 0 && !this.ended) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.pending === 0) {
      return { value: (await this.#reads.next()).value as undefined, done: true };
    }
    this.#endRun();
    const left = this.#outbox.slice(this.#taken);
    const value = left.length === 0 ? this.#inbox : [...left, ...this.#inbox];
    this.#discard();
    return { value, done: false };
  }

  #wakeReader(wake: () => void): void {
    this.#wake = undefined;
    wake();
  }

  #fillOutbox(): boolean {
    if (this.#inbox.length === 0) {
      if (this.#taken > 0) this.#discard(); // releases the events that were read
      return false;
    }
    this.#endRun();
    this.#outbox = this.#inbox;
    this.#inbox = [];
    this.#taken = 0;
    return true;
  }

  #pushMerged(event: ServerNotification): void {
    if (this.#run?.isOfTurn(event) && this.#run.append(event)) return;
    if (this.pending >= OVERFLOW_AT) {
      this.#discard();
      return this.end(new StreamOverflowError(OVERFLOW_AT));
    }
    this.#endRun();
    this.#run = DeltaRun.from(event);
    this.#inbox.push(this.#run?.event ?? event);
  }

  #endRun(): void {
    this.#run?.complete();
    this.#run = undefined;
  }

  #discard(): void {
    this.#inbox = [];
    this.#outbox = [];
    this.#taken = 0;
    this.#run = undefined;
  }
}
