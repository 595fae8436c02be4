/** The events of one turn, for any number of readers that may join at any time. */
import { StreamOverflowError } from "../../errors/turn_errors.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { DeltaRun } from "../events/delta_run.ts";
import { EventQueue, MERGE_FROM } from "../events/event_queue.ts";
import type { EventSink } from "../events/value_queues.ts";

/** Number of events, after merging, at which the history for later readers is dropped. */
const OVERFLOW_AT = 65_536;

const NONE: readonly EventSink[] = Object.freeze([]);

/**
 * Passes every event to every reader. The first reader gets all events as sent, including up to 4,096 earlier ones. A later
 * one, and a first one that missed more, gets the events it missed with adjacent deltas of one item merged, then new events
 * as they arrive. Past 65,536 merged events, it fails with `StreamOverflowError`.
 */
export class TurnEventLog {
  /** The events for later readers; `undefined` if none can join, or after an overflow. */
  #history: ServerNotification[] | undefined = [];
  /** Whether the history overflowed, so that later readers fail. */
  #isOverfull = false;
  /** The merged deltas at the end of the history. */
  #run: DeltaRun | undefined;
  /** A copy-on-write array: iterating over a set took 4 % of the time per event on Deno. */
  #readers: readonly EventSink[] = NONE;
  /** The events before the first reader; `undefined` once there are so many that it gets the history as well. */
  #untouched: EventQueue | undefined = new EventQueue();
  #end: { readonly error: unknown } | undefined;
  #onMerged: ((event: ServerNotification) => void) | undefined;

  /** Calls `onMerged` with adjacent deltas as one event, at the next other event or {@linkcode flush}. */
  constructor(onMerged?: (event: ServerNotification) => void) {
    this.#onMerged = onMerged;
  }

  /** Number of readers that still accept events. */
  get readers(): number {
    return this.#readers.filter((reader) => !reader.ended).length;
  }

  /** Whether a reader takes the events one by one, or may soon. */
  get isAwaited(): boolean {
    if (this.#untouched !== undefined) return true;
    for (const { takesAll } of this.#readers) if (!takesAll) return true;
    return false;
  }

  /** Adds an event; ignored after the end. Returns whether `onMerged` will be called with it, merged with others. */
  push(event: ServerNotification): boolean {
    if (this.#end !== undefined) return false;
    if (!this.#run?.append(event)) this.#begin(event);
    if (this.#untouched !== undefined) this.#keep(event, this.#untouched);
    for (const reader of this.#readers) reader.push(event);
    return this.#run !== undefined && this.#onMerged !== undefined;
  }

  /** Adds an event that the end of the turn brings; ignored after the end. */
  pushEnd(event: ServerNotification): void {
    this.push(event);
  }

  /** Calls `onMerged` with the pending deltas. */
  flush(): void {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) return;
    run.complete();
    this.#onMerged?.(run.event);
  }

  /** Stops merging for `onMerged`: from now on its caller needs every event without delay. */
  passOnDeltas(): void {
    this.flush();
    this.#onMerged = undefined;
  }

  /** Ends every reader after its unread events; with an error, each one's last read rejects with it. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#untouched?.end(error);
    for (const reader of this.#readers) reader.end(error);
  }

  /** Adds a reader with a queue. */
  open(): EventQueue {
    const first = this.#untouched;
    if (first === undefined) return this.attach(new EventQueue());
    this.#untouched = undefined;
    this.#readers = [...this.#readers, first];
    return first;
  }

  /** Adds a later reader of any kind and passes it the events it missed. */
  attach<Sink extends EventSink>(reader: Sink): Sink {
    this.flush(); // an event that a reader already has must not change
    if (this.#isOverfull) reader.end(new StreamOverflowError(OVERFLOW_AT));
    for (const event of this.#history ?? []) reader.push(event);
    if (this.#end !== undefined) reader.end(this.#end.error);
    this.#untouched = undefined;
    this.#readers = [...this.#readers, reader];
    return reader;
  }

  /** Removes a reader and frees its buffer. */
  release(reader: EventSink): void {
    this.#readers = this.#readers.filter((other) => other !== reader);
    reader.clear();
  }

  /** Stops keeping events for later readers: nobody has a handle to open one. */
  keepNothing(): void {
    this.#untouched = undefined;
    this.#history = undefined;
  }

  /** Keeps an event as sent for the first reader, unless that would be merged with others anyway. */
  #keep(event: ServerNotification, untouched: EventQueue): void {
    if (untouched.pending < MERGE_FROM || this.#history === undefined) untouched.push(event);
    else this.#untouched = undefined;
  }

  /** Starts a run with the event, or adds it to the history on its own. */
  #begin(event: ServerNotification): void {
    this.flush();
    const isNeeded = this.#history !== undefined || this.#onMerged !== undefined;
    this.#run = isNeeded ? DeltaRun.from(event) : undefined;
    if (this.#history === undefined) return;
    if (this.#history.length < OVERFLOW_AT) {
      this.#history.push(this.#run?.event ?? event);
      return;
    }
    this.#isOverfull = true;
    this.#history = undefined;
  }
}
