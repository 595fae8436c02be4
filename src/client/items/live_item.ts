/** An item of a turn that changes as its events come. */
import type { GuardianApprovalReview, ThreadItem } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { isRecord } from "../../util/is_record.ts";
import { Pulse } from "../events/pulse.ts";
import type { GrowingText } from "./growing_text.ts";
import type { ItemState } from "./item_view.ts";

/** Where an item belongs. */
export interface ItemPlace {
  readonly threadId: string;
  readonly turnId: string;
}

/** What every kind of item has; by itself it stands for those that no delta changes, and for unknown ones. */
export class LiveItem {
  readonly id: string;
  readonly type: ThreadItem["type"];
  readonly threadId: string;
  readonly turnId: string;
  #item: ThreadItem;
  /** The item with what was folded in since, made when it is asked for. */
  #folded: ThreadItem | undefined;
  #state: ItemState = "inProgress";
  #review: GuardianApprovalReview | null = null;
  /** Counts the changes. */
  #version = 0;
  readonly #change = new Pulse();
  #done: Deferred<ThreadItem> | undefined;

  /** Stands for an item as it was told first. */
  constructor(item: ThreadItem, place: ItemPlace) {
    this.id = item.id;
    this.type = item.type;
    this.threadId = place.threadId;
    this.turnId = place.turnId;
    this.#item = item;
  }

  /** The item as known now. */
  get item(): ThreadItem {
    if (this.#state !== "inProgress") return this.#item;
    this.#folded ??= this.withFolded(this.#item);
    return this.#folded;
  }

  /** Whether the item runs, was completed, or will never be. */
  get state(): ItemState {
    return this.#state;
  }

  /** What the reviewing agent thinks of the item; `null` when it was not asked. */
  get review(): GuardianApprovalReview | null {
    return this.#review;
  }

  /** Fulfils with the item when it was completed or interrupted; never rejects. */
  get done(): Promise<ThreadItem> {
    if (this.#state !== "inProgress") return Promise.resolve(this.#item);
    this.#done ??= deferred();
    return this.#done.promise;
  }

  /** Gives the item as it is, again whenever it has changed, and as it is in the end. */
  async *updates(): AsyncGenerator<ThreadItem, void, undefined> {
    for (let seen = -1;;) {
      if (seen !== this.#version) {
        seen = this.#version;
        yield this.item;
      } else if (this.#state !== "inProgress") return;
      else await this.#change.next;
    }
  }

  /** Takes in what concerns the item. */
  fold(event: ServerNotification): void {
    if (this.#state === "inProgress" && (this.#foldReview(event) || this.take(event))) {
      this.#changed();
    }
  }

  /** Takes the whole item as the server told it in the end. */
  complete(item: ThreadItem): void {
    this.#end("completed", item);
  }

  /** The item will never be completed: it stays as it is. */
  interrupt(): void {
    this.#end("interrupted", this.item);
  }

  /** Takes a delta of this kind of item in; `false` when it changes nothing. */
  protected take(_event: ServerNotification): boolean {
    return false;
  }

  /** The item with what the deltas brought. */
  protected withFolded(item: ThreadItem): ThreadItem {
    return item;
  }

  /** Brings what was folded in line with the item as it is in the end. */
  protected settle(_item: ThreadItem): void {}

  /** Gives what has come of a text, and then each time what is new, until the item ends. */
  protected async *chunks(text: GrowingText): AsyncGenerator<string, void, undefined> {
    const take = text.reader();
    for (;;) {
      const isOver = this.#state !== "inProgress";
      const chunk = take();
      if (chunk !== "") yield chunk;
      else if (isOver) return;
      else await this.#change.next;
    }
  }

  #foldReview({ method, params }: ServerNotification): boolean {
    if (
      method !== "item/autoApprovalReview/started" && method !== "item/autoApprovalReview/completed"
    ) return false;
    this.#review = isRecord(params.review) ? params.review : null;
    return true;
  }

  #end(state: "completed" | "interrupted", item: ThreadItem): void {
    if (this.#state !== "inProgress") return;
    this.#item = item;
    this.#folded = undefined;
    this.#state = state;
    this.settle(item);
    this.#done?.resolve(item);
    this.#changed();
  }

  #changed(): void {
    this.#folded = undefined;
    this.#version++;
    this.#change.beat();
  }
}
