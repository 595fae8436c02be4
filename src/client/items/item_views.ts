/** Live items of a turn: the base class of their views, and how each kind applies its events. */
import type { GuardianApprovalReview, ThreadItem } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { isRecord } from "../../util/is_record.ts";
import { Pulse } from "../events/pulse.ts";
import { GrowingText } from "./growing_text.ts";
import type { ItemOf, ItemState, ItemType } from "./item_view.ts";

/** The thread and turn of an item. */
export interface ItemPlace {
  readonly threadId: string;
  readonly turnId: string;
}

/** The base of all item views; used directly for kinds without deltas and for unknown kinds. */
export class BaseView {
  readonly id: string;
  readonly type: ThreadItem["type"];
  readonly threadId: string;
  readonly turnId: string;
  #item: ThreadItem;
  /** The item with the folded events, computed on demand. */
  #folded: ThreadItem | undefined;
  #state: ItemState = "inProgress";
  #review: GuardianApprovalReview | null = null;
  /** Number of changes. */
  #version = 0;
  readonly #change = new Pulse();
  #done: Deferred<ThreadItem> | undefined;

  /** Wraps an item as first reported. */
  constructor(item: ThreadItem, place: ItemPlace) {
    this.id = item.id;
    this.type = item.type;
    this.threadId = place.threadId;
    this.turnId = place.turnId;
    this.#item = item;
  }

  /** The item so far. */
  get item(): ThreadItem {
    if (this.#state !== "inProgress") return this.#item;
    this.#folded ??= this.withFolded(this.#item);
    return this.#folded;
  }

  /** The state of the item. */
  get state(): ItemState {
    return this.#state;
  }

  /** The verdict of the reviewing agent; `null` before, and if it was not asked. */
  get review(): GuardianApprovalReview | null {
    return this.#review;
  }

  /** Fulfils with the item when it is completed or its turn has ended; never rejects. */
  get done(): Promise<ThreadItem> {
    if (this.#state !== "inProgress") return Promise.resolve(this.#item);
    this.#done ??= deferred();
    return this.#done.promise;
  }

  /** Yields the current item, then the item after each change, and finally the ended item. */
  async *updates(): AsyncGenerator<ThreadItem, void, undefined> {
    for (let seen = -1;;) {
      if (seen !== this.#version) {
        seen = this.#version;
        yield this.item;
      } else if (this.#state !== "inProgress") return;
      else await this.#change.next;
    }
  }

  /** Applies an event of the item; ignored once the item has ended. */
  fold(event: ServerNotification): void {
    if (this.#state === "inProgress" && (this.#foldReview(event) || this.take(event))) {
      this.#changed();
    }
  }

  /** Completes the item as the server reported it; keeps streamed content that the report omits. */
  complete(item: ThreadItem): void {
    if (this.#state === "inProgress") this.#end("completed", this.withStreamed(item));
  }

  /** Ends the item as it is: its turn has ended first. */
  leaveOpen(state: "interrupted" | "background"): void {
    if (this.#state === "inProgress") this.#end(state, this.item);
  }

  /** Applies a delta of this kind of item; returns `false` if it changes nothing. */
  protected take(_event: ServerNotification): boolean {
    return false;
  }

  /** Returns the item with the folded deltas. */
  protected withFolded(item: ThreadItem): ThreadItem {
    return item;
  }

  /** Returns the completed item, with streamed content in place of `null`, `""` or missing fields. */
  protected withStreamed(item: ThreadItem): ThreadItem {
    return item;
  }

  /** Replaces the folded content with that of the ended item. */
  protected settle(_item: ThreadItem): void {}

  /** Yields the text so far, then each addition, until the item ends. */
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

  #end(state: Exclude<ItemState, "inProgress">, item: ThreadItem): void {
    this.#item = item;
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

/** Whether a completed item omits a field that may have been streamed; a value of the wrong type is kept. */
function isMissing(value: unknown): boolean {
  return value == null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** A message or a plan. */
class TextView extends BaseView {
  readonly #text = new GrowingText();

  constructor(item: ItemOf<"agentMessage" | "plan">, place: ItemPlace) {
    super(item, place);
    this.#text.append(item.text);
  }

  textStream(): AsyncGenerator<string, void, undefined> {
    return this.chunks(this.#text);
  }

  protected override take(event: ServerNotification): boolean {
    return (event.method === "item/agentMessage/delta" || event.method === "item/plan/delta") &&
      this.#text.append(event.params.delta);
  }

  protected override withFolded(item: ItemOf<"agentMessage" | "plan">): typeof item {
    return { ...item, text: this.#text.text };
  }

  protected override withStreamed(item: ItemOf<"agentMessage" | "plan">): typeof item {
    const { text } = this.#text;
    return isMissing(item.text) && text !== "" ? { ...item, text } : item;
  }

  protected override settle(item: ItemOf<"agentMessage" | "plan">): void {
    this.#text.settle(item.text);
  }
}

/** Texts by index, which may arrive in any order. */
class Parts {
  readonly #parts = new Map<number, GrowingText>();

  constructor(texts: readonly string[] | undefined) {
    for (const [index, text] of (Array.isArray(texts) ? texts : []).entries()) {
      this.at(index)?.append(text);
    }
  }

  /** Returns the part at an index, creating it if necessary; `undefined` if it is no index. */
  at(index: number): GrowingText | undefined {
    let part = this.#parts.get(index);
    if (part === undefined && !Number.isSafeInteger(index)) return undefined;
    if (part === undefined) this.#parts.set(index, part = new GrowingText());
    return part;
  }

  has(index: number): boolean {
    return this.#parts.has(index);
  }

  get texts(): string[] {
    return [...this.#parts].sort(([one], [other]) => one - other).map(([, { text }]) => text);
  }
}

/** Reasoning: a summary in parts, and the raw content if the model reveals it. */
class ReasoningView extends BaseView {
  readonly #summary: Parts;
  readonly #content: Parts;
  /** The summary as one text. */
  readonly #flow = new GrowingText();
  #flowing: number | undefined;

  constructor(item: ItemOf<"reasoning">, place: ItemPlace) {
    super(item, place);
    this.#summary = new Parts(item.summary);
    this.#content = new Parts(item.content);
    if (this.#flow.append(flowOf(item))) this.#flowing = item.summary.length - 1;
  }

  textStream(): AsyncGenerator<string, void, undefined> {
    return this.chunks(this.#flow);
  }

  protected override take({ method, params }: ServerNotification): boolean {
    switch (method) {
      case "item/reasoning/summaryPartAdded": {
        const isNew = !this.#summary.has(params.summaryIndex);
        return this.#summary.at(params.summaryIndex) !== undefined && isNew;
      }
      case "item/reasoning/summaryTextDelta": {
        const { summaryIndex: index, delta } = params;
        if (!this.#summary.at(index)?.append(delta)) return false;
        const isNext = this.#flowing !== undefined && this.#flowing !== index;
        this.#flowing = index;
        return this.#flow.append(isNext ? `\n\n${delta}` : delta);
      }
      case "item/reasoning/textDelta":
        return this.#content.at(params.contentIndex)?.append(params.delta) ?? false;
      default:
        return false;
    }
  }

  protected override withFolded(item: ItemOf<"reasoning">): typeof item {
    return { ...item, summary: this.#summary.texts, content: this.#content.texts };
  }

  protected override withStreamed(item: ItemOf<"reasoning">): typeof item {
    const summary = isMissing(item.summary) ? this.#summary.texts : [];
    const content = isMissing(item.content) ? this.#content.texts : [];
    if (summary.length === 0 && content.length === 0) return item;
    return {
      ...item,
      ...(summary.length === 0 ? {} : { summary }),
      ...(content.length === 0 ? {} : { content }),
    };
  }

  protected override settle(item: ItemOf<"reasoning">): void {
    this.#flow.settle(flowOf(item));
  }
}

function flowOf({ summary }: ItemOf<"reasoning">): string | undefined {
  if (!Array.isArray(summary)) return undefined;
  return summary.filter((part) => typeof part === "string").join("\n\n");
}

/** A command with its output. */
class CommandView extends BaseView {
  readonly #output = new GrowingText();
  readonly #stdin = new GrowingText();

  constructor(item: ItemOf<"commandExecution">, place: ItemPlace) {
    super(item, place);
    this.#output.append(item.aggregatedOutput);
  }

  get output(): AsyncIterable<string> {
    return { [Symbol.asyncIterator]: () => this.chunks(this.#output) };
  }

  get stdin(): string {
    return this.#stdin.text;
  }

  get exitCode(): number | null {
    return (this.item as ItemOf<"commandExecution">).exitCode ?? null;
  }

  protected override take({ method, params }: ServerNotification): boolean {
    switch (method) {
      case "item/commandExecution/outputDelta":
        return this.#output.append(params.delta);
      case "item/commandExecution/terminalInteraction":
        return this.#stdin.append(params.stdin);
      default:
        return false;
    }
  }

  protected override withFolded(item: ItemOf<"commandExecution">): typeof item {
    const { text } = this.#output;
    return text === "" ? item : { ...item, aggregatedOutput: text };
  }

  protected override withStreamed(item: ItemOf<"commandExecution">): typeof item {
    return isMissing(item.aggregatedOutput) ? this.withFolded(item) : item;
  }

  protected override settle(item: ItemOf<"commandExecution">): void {
    this.#output.settle(item.aggregatedOutput);
  }
}

/** A change to files. */
class FileChangeView extends BaseView {
  readonly #output = new GrowingText();
  #changes: ItemOf<"fileChange">["changes"] | undefined;

  get output(): AsyncIterable<string> {
    return { [Symbol.asyncIterator]: () => this.chunks(this.#output) };
  }

  protected override take({ method, params }: ServerNotification): boolean {
    switch (method) {
      case "item/fileChange/patchUpdated":
        if (!Array.isArray(params.changes)) return false;
        this.#changes = params.changes;
        return true;
      case "item/fileChange/outputDelta":
        return this.#output.append(params.delta);
      default:
        return false;
    }
  }

  protected override withFolded(item: ItemOf<"fileChange">): typeof item {
    return this.#changes === undefined ? item : { ...item, changes: this.#changes };
  }

  protected override withStreamed(item: ItemOf<"fileChange">): typeof item {
    return isMissing(item.changes) ? this.withFolded(item) : item;
  }

  protected override settle(): void {
    this.#output.settle(undefined); // no item reports it
  }
}

/** A call of a tool of this program or of an MCP server. */
class ToolCallView extends BaseView {
  #progress: string | null = null;

  get progress(): string | null {
    return this.#progress;
  }

  protected override take({ method, params }: ServerNotification): boolean {
    const isProgress = method === "item/mcpToolCall/progress" || method === "sdk/item/progress";
    if (!isProgress || typeof params.message !== "string") return false;
    this.#progress = params.message;
    return true;
  }
}

type ViewClass = new (item: never, place: ItemPlace) => BaseView;

const KINDS: ReadonlyMap<ItemType, ViewClass> = new Map<ItemType, ViewClass>([
  ["agentMessage", TextView],
  ["plan", TextView],
  ["reasoning", ReasoningView],
  ["commandExecution", CommandView],
  ["fileChange", FileChangeView],
  ["mcpToolCall", ToolCallView],
  ["dynamicToolCall", ToolCallView],
]);

/** Returns the view of an item, by its kind. */
export function itemView(item: ItemOf<ItemType>, place: ItemPlace): BaseView {
  const kind = KINDS.get(item.type);
  return kind === undefined ? new BaseView(item, place) : new kind(item as never, place);
}
