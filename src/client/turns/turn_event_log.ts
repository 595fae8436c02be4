/** The events of one turn, for any number of readers that come at any time. */
import { StreamOverflowError } from "../../errors/turn_errors.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { DeltaRun } from "../events/event_queue.ts";
import { EventQueue } from "../events/event_queue.ts";
import type { EventSink } from "../events/value_queues.ts";

/** Events, after merging, at which nothing is kept for later readers any more. */
const OVERFLOW_AT = 65_536;

/**
 * Hands every event to every reader. The first reader gets the events exactly as they came, also those before it; a
 * later one gets what it missed with adjacent deltas of one item merged, and then the events as they come. Past 65,536
 * events, merged, a later reader fails with `StreamOverflowError`.
 */
export class TurnEventLog {
  /** What a later reader has missed; nothing is kept when no reader can come. */
  #history: ServerNotification[] | undefined = [];
  /** Whether so much has come that no later reader can get it all. */
  #isOverfull = false;
  /** The merged deltas that the history ends with. */
  #run: DeltaRun | undefined;
  /** An array that is replaced: going over a set cost 4 % of the whole way of an event on Deno. */
  #readers: readonly EventSink[] = [];
  /** What came before the first reader did. */
  #untouched: EventQueue | undefined = new EventQueue();
  #end: { readonly error: unknown } | undefined;
  #onMerged: ((event: ServerNotification) => void) | undefined;

  /** Calls `onMerged` with adjacent deltas as one event, once another event has come or {@linkcode flush} is called. */
  constructor(onMerged?: (event: ServerNotification) => void) {
    this.#onMerged = onMerged;
  }

  /** How many readers there are that still take events in. */
  get readers(): number {
    return this.#readers.filter((reader) => !reader.ended).length;
  }

  /** Adds an event, ignored after the end; returns whether `onMerged` will be called with it, merged with others. */
  push(event: ServerNotification): boolean {
    if (this.#end !== undefined) return false;
    if (!this.#run?.append(event)) this.#begin(event);
    this.#untouched?.push(event);
    for (const reader of this.#readers) reader.push(event);
    return this.#run !== undefined && this.#onMerged !== undefined;
  }

  /** Calls `onMerged` with the deltas that it has not been called with yet. */
  flush(): void {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) return;
    run.complete();
    this.#onMerged?.(run.event);
  }

  /** From now on `onMerged` is not called any more: every event is of use at once. */
  passOnDeltas(): void {
    this.flush();
    this.#onMerged = undefined;
  }

  /** Ends every reader after what it has not read yet; with an error, each one's last read rejects. */
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

  /** Adds a later reader, whatever it does with the events, and tells it what it has missed. */
  attach<Sink extends EventSink>(reader: Sink): Sink {
    this.flush(); // what a reader has been given must not grow
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

  /** Keeps nothing for readers to come: nobody has the handle that they would come by. */
  keepNothing(): void {
    this.#untouched = undefined;
    this.#history = undefined;
  }

  /** Begins a run with the event, or remembers it by itself. */
  #begin(event: ServerNotification): void {
    this.flush();
    const isWanted = this.#history !== undefined || this.#onMerged !== undefined;
    this.#run = isWanted ? DeltaRun.from(event) : undefined;
    if (this.#history === undefined) return;
    if (this.#history.length < OVERFLOW_AT) {
      this.#history.push(this.#run?.event ?? event);
      return;
    }
    this.#isOverfull = true;
    this.#history = undefined;
  }
}
