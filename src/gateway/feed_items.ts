/** The items of a thread's turns as data, and what changes in them as patches. */
import type { ThreadItem } from "../generated/types.ts";
import { type BaseView, itemView } from "../client/items/item_views.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import { isRecord } from "../util/is_record.ts";
import type { ItemData, ThreadEvent } from "./wire.ts";

type Change = Extract<ThreadEvent, { readonly type: "change" }>;

/** Characters of an item that is not worth shortening, and of its texts that stay at either end. */
const SHORT_SIZE = 4_000;
const KEPT = 500;

/** A piece of an item's text that an event adds. */
export interface AddedText {
  readonly text: string;
  /** Where it belongs; `undefined` for the main field of the item. */
  readonly path: string | undefined;
}

/** An item with its view. */
export class FeedItem {
  readonly key: number;
  view: BaseView;
  /** About how many characters the item takes. */
  size: number;
  #progress: string | null = null;
  #output = "";
  #stdin = "";
  /** The verdict before the view was replaced. */
  #review: ItemData["review"] = null;

  /** Wraps an item as first reported. */
  constructor(key: number, item: ThreadItem, place: { threadId: string; turnId: string }) {
    this.key = key;
    this.view = itemView(item, place);
    this.size = sizeOf(item);
  }

  /** The data of the item now. */
  get data(): ItemData {
    const { state, item, review } = this.view;
    return {
      key: this.key,
      state,
      item,
      review: review ?? this.#review,
      progress: this.#progress,
      output: this.#output,
      stdin: this.#stdin,
    };
  }

  /** Applies an event and returns what it adds to a text, or what else it changes. */
  fold(event: ServerNotification): AddedText | Change | undefined {
    if (this.view.state !== "inProgress") return undefined;
    this.view.fold(event);
    const { method, params } = event;
    switch (method) {
      case "item/agentMessage/delta":
      case "item/plan/delta":
      case "item/commandExecution/outputDelta":
        return added(params.delta, undefined);
      case "item/reasoning/summaryPartAdded":
        return { text: "", path: `summary/${params.summaryIndex}` };
      case "item/reasoning/summaryTextDelta":
        return added(params.delta, `summary/${params.summaryIndex}`);
      case "item/reasoning/textDelta":
        return added(params.delta, `content/${params.contentIndex}`);
      case "item/commandExecution/terminalInteraction":
        if (typeof params.stdin === "string") this.#stdin += params.stdin;
        return added(params.stdin, "stdin");
      case "item/fileChange/outputDelta":
        if (typeof params.delta === "string") this.#output += params.delta;
        return added(params.delta, "output");
      case "item/fileChange/patchUpdated":
        return { type: "change", key: this.key, set: { changes: params.changes } };
      case "item/mcpToolCall/progress":
        if (typeof params.message !== "string") return undefined;
        this.#progress = params.message;
        return { type: "change", key: this.key, progress: params.message };
      case "item/autoApprovalReview/started":
      case "item/autoApprovalReview/completed":
        return { type: "change", key: this.key, review: this.view.review };
      default:
        return undefined;
    }
  }

  /** Shortens the texts of the item, which readers have been sent whole. */
  shorten(): void {
    if (this.size <= SHORT_SIZE) return;
    const { view } = this;
    this.#review = this.data.review;
    const item = shortened(view.item) as ThreadItem;
    this.view = itemView(item, view);
    if (view.state === "completed") this.view.complete(item);
    else if (view.state !== "inProgress") this.view.leaveOpen(view.state);
    this.#output = shortened(this.#output) as string;
    this.#stdin = shortened(this.#stdin) as string;
    this.size = sizeOf(this.view.item) + this.#output.length + this.#stdin.length;
  }

  /** Ends the item and returns the change: only the fields that the reader does not know yet. */
  end(by: { readonly item: ThreadItem } | "interrupted" | "background"): Change | undefined {
    const { view, key } = this;
    if (view.state !== "inProgress") return undefined;
    const before = view.item;
    if (typeof by === "string") view.leaveOpen(by);
    else view.complete(by.item);
    const set = difference(before, view.item);
    this.size = sizeOf(view.item) + this.#output.length + this.#stdin.length;
    return { type: "change", key, state: view.state, ...(set === undefined ? {} : { set }) };
  }
}

function sizeOf(item: ThreadItem): number {
  return JSON.stringify(item)?.length ?? 0;
}

/** Returns a copy whose long texts have only their ends. */
function shortened(value: unknown): unknown {
  if (typeof value === "string") {
    const gone = value.length - 2 * KEPT;
    if (gone <= KEPT) return value;
    return `${value.slice(0, KEPT)}\n… ${gone} characters …\n${value.slice(-KEPT)}`;
  }
  if (Array.isArray(value)) return value.map(shortened);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shortened(one)]));
}

/** Whether an event adds to a text. */
export function isAdded(change: AddedText | Change): change is AddedText {
  return "text" in change;
}

function added(text: unknown, path: string | undefined): AddedText | undefined {
  return typeof text === "string" && text !== "" ? { text, path } : undefined;
}

/** Returns the fields of `after` that differ; `undefined` if none does. */
function difference(before: ThreadItem, after: ThreadItem): Record<string, unknown> | undefined {
  const [old, fresh] = [before, after] as unknown as [
    Readonly<Record<string, unknown>>,
    Readonly<Record<string, unknown>>,
  ];
  if (!isRecord(old) || !isRecord(fresh)) return undefined;
  const names = new Set([...Object.keys(old), ...Object.keys(fresh)]);
  const changed = [...names].filter((name) => !isSame(old[name], fresh[name]));
  if (changed.length === 0) return undefined;
  // JSON has no `undefined`: a field that is gone becomes null.
  return Object.fromEntries(changed.map((name) => [name, fresh[name] ?? null]));
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object") return false;
  return JSON.stringify(one) === JSON.stringify(other);
}
