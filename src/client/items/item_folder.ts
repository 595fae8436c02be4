/** Folds a turn's events into live items. */
import type { ThreadItem } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";
import { BoundedQueue, type EventSink } from "../events/value_queues.ts";
import type { ItemPlace, LiveItem } from "./live_item.ts";
import { liveItem } from "./live_kinds.ts";

/** Unread items at which the reader fails. */
const OVERFLOW_AT = 65_536;

/** What a folder is told beside the events. */
export interface ItemFolderOptions {
  /** The kinds to fold; all when left out. */
  readonly types?: readonly string[] | undefined;
  /** The items as known in the end, for those whose end no event told. */
  readonly lastItems: () => Promise<readonly ThreadItem[]>;
}

/** Hands each item out once, as it starts, and keeps it up to date until it ends, whether it is read or not. */
export class ItemFolder implements EventSink, AsyncIterator<LiveItem, undefined> {
  readonly #options: ItemFolderOptions;
  readonly #types: ReadonlySet<string> | undefined;
  readonly #queue = new BoundedQueue<LiveItem>(OVERFLOW_AT);
  readonly #open = new Map<string, LiveItem>();
  readonly #finished = new Set<string>();
  #onIdle: (() => void) | undefined;

  /** Folds the items of some kinds. */
  constructor(options: ItemFolderOptions) {
    this.#options = options;
    this.#types = options.types && new Set(options.types);
  }

  /** Whether no item is handed out any more; what was handed out is still kept up to date. */
  get ended(): boolean {
    return this.#queue.ended;
  }

  /** Takes the next item that has started, waiting for it when there is none. */
  next(): Promise<IteratorResult<LiveItem, undefined>> {
    return this.#queue.next();
  }

  /** Takes an event in. */
  push(event: ServerNotification): void {
    switch (event.method) {
      case "item/started":
        return this.#begin(event.params.item, event.params);
      case "item/completed":
        return this.#complete(event.params.item, event.params);
      case "sdk/item/interrupted":
        return this.#close(event.params.itemId, (item) => item.interrupt());
      default:
        this.#openItemOf(event)?.fold(event);
    }
  }

  /** Ends after the items that are unread; none is left open. */
  end(error?: unknown): void {
    if (this.#open.size === 0) return this.#queue.end(error);
    void this.#options.lastItems().then((items) => {
      this.#closeAll(items);
      this.#queue.end(error);
    });
  }

  /** Hands no item out any more; `onIdle` is called once those that were have ended. */
  leave(onIdle: () => void): void {
    for (const { id } of this.#queue.clear()) this.#open.delete(id);
    this.#onIdle = onIdle;
    this.#tellIdle();
  }

  /** Ends at once: what is open stays as it is. */
  clear(): void {
    this.#queue.clear();
    this.#closeAll([]);
  }

  #begin(item: ThreadItem, place: ItemPlace): void {
    if (this.ended || !this.#wants(item)) return;
    if (typeof item.id !== "string") return; // nothing would lead from here to its end
    if (this.#open.has(item.id) || this.#finished.has(item.id)) return;
    const live = liveItem(item, place);
    this.#open.set(item.id, live);
    this.#queue.push(live);
  }

  #complete(item: ThreadItem, place: ItemPlace): void {
    if (!this.#wants(item) || this.#finished.has(item.id)) return;
    let live = this.#open.get(item.id);
    if (live === undefined) {
      if (this.ended) return;
      this.#queue.push(live = liveItem(item, place)); // its start was never told
    }
    live.complete(item);
    if (typeof item.id === "string") this.#forget(item.id);
  }

  #wants(item: ThreadItem): boolean {
    return isRecord(item) && (this.#types === undefined || this.#types.has(item.type));
  }

  /** The item that an event is about: a review of the reviewing agent names it otherwise than a delta. */
  #openItemOf({ params }: ServerNotification): LiveItem | undefined {
    if (!isRecord(params)) return undefined;
    return this.#open.get((params.itemId ?? params.targetItemId) as string);
  }

  #close(id: string, close: (item: LiveItem) => void): void {
    const live = this.#open.get(id);
    if (live === undefined) return;
    close(live);
    this.#forget(id);
  }

  /** Ends every open item: with the state that is among these, else as one that was interrupted. */
  #closeAll(items: readonly ThreadItem[]): void {
    const told = new Map(items.map((item) => [item.id, item]));
    for (const id of [...this.#open.keys()]) {
      const item = told.get(id);
      this.#close(id, (live) => item === undefined ? live.interrupt() : live.complete(item));
    }
  }

  #forget(id: string): void {
    this.#open.delete(id);
    this.#finished.add(id);
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#open.size > 0) return;
    this.#onIdle?.();
    this.#onIdle = undefined;
  }
}
