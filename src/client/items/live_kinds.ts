/** The kinds of items that deltas change, each with what it folds in. */
import type { ServerNotification } from "../../protocol/notification.ts";
import { GrowingText } from "./growing_text.ts";
import type { ItemOf, ItemType } from "./item_view.ts";
import { type ItemPlace, LiveItem } from "./live_item.ts";

/** A message or a plan. */
class LiveText extends LiveItem {
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

  protected override settle(item: ItemOf<"agentMessage" | "plan">): void {
    this.#text.settle(item.text);
  }
}

/** Texts by their index, whatever order they come in. */
class Parts {
  readonly #parts = new Map<number, GrowingText>();

  constructor(texts: readonly string[] | undefined) {
    for (const [index, text] of (Array.isArray(texts) ? texts : []).entries()) {
      this.at(index).append(text);
    }
  }

  /** The part at an index, made where there was none. */
  at(index: number): GrowingText {
    let part = this.#parts.get(index);
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

/** Reasoning: a summary in parts, and what a model shows of it raw. */
class LiveReasoning extends LiveItem {
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
        this.#summary.at(params.summaryIndex);
        return isNew;
      }
      case "item/reasoning/summaryTextDelta": {
        const { summaryIndex: index, delta } = params;
        if (!this.#summary.at(index).append(delta)) return false;
        const isNext = this.#flowing !== undefined && this.#flowing !== index;
        this.#flowing = index;
        return this.#flow.append(isNext ? `\n\n${delta}` : delta);
      }
      case "item/reasoning/textDelta":
        return this.#content.at(params.contentIndex).append(params.delta);
      default:
        return false;
    }
  }

  protected override withFolded(item: ItemOf<"reasoning">): typeof item {
    return { ...item, summary: this.#summary.texts, content: this.#content.texts };
  }

  protected override settle(item: ItemOf<"reasoning">): void {
    this.#flow.settle(flowOf(item));
  }
}

function flowOf({ summary }: ItemOf<"reasoning">): string | undefined {
  return Array.isArray(summary) ? summary.join("\n\n") : undefined;
}

/** A command with its output. */
class LiveCommand extends LiveItem {
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

  protected override settle(item: ItemOf<"commandExecution">): void {
    this.#output.settle(item.aggregatedOutput);
  }
}

/** A change to files. */
class LiveFileChange extends LiveItem {
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

  protected override settle(): void {
    this.#output.settle(undefined); // no item tells it
  }
}

/** A call of an MCP server's tool. */
class LiveMcpCall extends LiveItem {
  #progress: string | null = null;

  get progress(): string | null {
    return this.#progress;
  }

  protected override take({ method, params }: ServerNotification): boolean {
    if (method !== "item/mcpToolCall/progress" || typeof params.message !== "string") return false;
    this.#progress = params.message;
    return true;
  }
}

type LiveKind = new (item: never, place: ItemPlace) => LiveItem;

const KINDS: Partial<Record<ItemType, LiveKind>> = {
  agentMessage: LiveText,
  plan: LiveText,
  reasoning: LiveReasoning,
  commandExecution: LiveCommand,
  fileChange: LiveFileChange,
  mcpToolCall: LiveMcpCall,
};

/** Makes the live item of its kind. */
export function liveItem(item: ItemOf<ItemType>, place: ItemPlace): LiveItem {
  const kind = Object.hasOwn(KINDS, item.type) ? KINDS[item.type] : undefined;
  return kind === undefined ? new LiveItem(item, place) : new kind(item as never, place);
}
