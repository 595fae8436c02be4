/** The unread events of one reader: bounded, and handed out without a promise chain. */
import { StreamOverflowError } from "../../errors/turn_errors.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { DeltaRun } from "./delta_run.ts";
import { PendingReads } from "./pending_reads.ts";

/** Unread events from which on adjacent deltas of one item are merged. */
const MERGE_FROM = 4_096;
/** Unread events at which the reader fails. */
const OVERFLOW_AT = 65_536;

/**
 * A queue with one producer and one reader. Past 4,096 unread events, adjacent deltas of one item are merged; nothing
 * else is ever dropped: at 65,536 the reader fails with `StreamOverflowError`.
 */
export class EventQueue {
  /** What came since the outbox was filled. */
  #inbox: ServerNotification[] = [];
  /** What is handed out next: the inbox of before, so that taking an event never moves the others. */
  #outbox: ServerNotification[] = [];
  #taken = 0;
  /** The merged deltas that the inbox ends with. */
  #run: DeltaRun | undefined;
  readonly #reads = new PendingReads<ServerNotification>();

  /** How many events wait to be read. */
  get pending(): number {
    return this.#outbox.length - this.#taken + this.#inbox.length;
  }

  /** Whether nothing is taken in any more: the source ended, or the reader fell too far behind. */
  get ended(): boolean {
    return this.#reads.ended;
  }

  /** Adds an event; ignored after the end. */
  push(event: ServerNotification): void {
    if (this.#reads.ended || this.#reads.give(event)) return;
    if (this.pending >= MERGE_FROM) this.#pushMerged(event);
    else {
      if (this.#run !== undefined) this.#endRun(); // nothing may join it once another event follows
      this.#inbox.push(event);
    }
  }

  /** Ends the queue after what is unread; with an error, the read after the last event rejects with it. */
  end(error?: unknown): void {
    this.#reads.end(error);
  }

  /** Ends the queue and forgets what is unread. */
  clear(): void {
    this.#forget();
    this.end();
  }

  /** Takes the next event, waiting for it when there is none. */
  next(): Promise<IteratorResult<ServerNotification, undefined>> {
    if (this.#taken === this.#outbox.length && !this.#fillOutbox()) return this.#reads.next();
    return Promise.resolve({
      value: this.#outbox[this.#taken++] as ServerNotification,
      done: false,
    });
  }

  #fillOutbox(): boolean {
    if (this.#inbox.length === 0) {
      if (this.#taken > 0) this.#forget(); // lets go of what was read
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
      this.#forget();
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

  #forget(): void {
    this.#inbox = [];
    this.#outbox = [];
    this.#taken = 0;
    this.#run = undefined;
  }
}
