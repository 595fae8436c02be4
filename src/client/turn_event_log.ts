/** The events of one turn, for any number of readers that come at any time. */
import type { ServerNotification } from "../protocol/notification.ts";
import { DeltaRun } from "./delta_run.ts";
import { EventQueue } from "./event_queue.ts";

/**
 * Hands every event to every reader. The first reader gets the events exactly as they came, also those before it; a
 * later one gets what it missed with adjacent deltas of one item merged, and then the events as they come.
 */
export class TurnEventLog {
  /** What a later reader has missed. */
  readonly #history: (ServerNotification | DeltaRun)[] = [];
  readonly #readers = new Set<EventQueue>();
  /** What came before the first reader did. */
  #untouched: EventQueue | undefined = new EventQueue();
  #end: { readonly error: unknown } | undefined;

  /** How many readers there are. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Adds an event. */
  push(event: ServerNotification): void {
    this.#remember(event);
    this.#untouched?.push(event);
    for (const reader of this.#readers) reader.push(event);
  }

  /** Ends every reader after what it has not read yet; with an error, each one's last read rejects. */
  end(error?: unknown): void {
    this.#end = { error };
    this.#untouched?.end(error);
    for (const reader of this.#readers) reader.end(error);
  }

  /** Adds a reader. */
  open(): EventQueue {
    const reader = this.#untouched ?? this.#replay();
    this.#untouched = undefined;
    this.#readers.add(reader);
    return reader;
  }

  /** Removes a reader and frees its buffer. */
  release(reader: EventQueue): void {
    this.#readers.delete(reader);
    reader.clear();
  }

  /** Keeps nothing for a first reader: none will come, or it may start with the merged events. */
  dropUntouched(): void {
    this.#untouched = undefined;
  }

  #remember(event: ServerNotification): void {
    const last = this.#history.at(-1);
    if (last instanceof DeltaRun && last.append(event)) return;
    this.#history.push(DeltaRun.from(event) ?? event);
  }

  #replay(): EventQueue {
    const reader = new EventQueue();
    for (const entry of this.#history) {
      reader.push(entry instanceof DeltaRun ? entry.toEvent() : entry);
    }
    if (this.#end !== undefined) reader.end(this.#end.error);
    return reader;
  }
}
