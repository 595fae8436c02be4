/** Turns the events of a turn into the parts of a stream of the AI SDK. */
import type {
  JSONObject,
  JSONValue,
  LanguageModelV4StreamPart,
  SharedV4ProviderMetadata,
} from "@ai-sdk/provider";
import type { ThreadItem } from "../generated/types.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import { isRecord } from "../util/is_record.ts";
import { itemCall } from "./item_calls.ts";
import type { OutputFormat } from "./output_format.ts";

type Part = LanguageModelV4StreamPart;
type AgentMessage = Extract<ThreadItem, { type: "agentMessage" }>;

/** A block of text or reasoning that is being written. */
interface OpenBlock {
  readonly kind: "text" | "reasoning";
  readonly id: string;
}

/** What the writer has to know of its turn. */
export interface WrittenTurn {
  readonly threadId: string;
  readonly turnId: string;
  /** Whether the AI SDK answers the calls of a tool. */
  readonly isClientTool: (name: string) => boolean;
}

/** Writes the parts of one turn, over all its steps. */
export class PartWriter {
  readonly #turn: WrittenTurn;
  readonly #format: OutputFormat;
  /** The open blocks, by the key of what they show. */
  readonly #blocks = new Map<string, OpenBlock>();
  /** The messages of which something was written. */
  readonly #written = new Set<string>();
  /** The messages that are remarks on the way to JSON. */
  readonly #remarks = new Set<string>();
  /** The message that may be the answer, or only a remark on the way. */
  #held: AgentMessage | undefined;
  /** The calls of Codex without a result. */
  readonly #open = new Set<string>();
  /** The calls that were shown. */
  readonly #shown = new Set<string>();
  readonly #callIds = new Map<string, string>();
  /** Whether this step has text. */
  #hasText = false;
  #blockCount = 0;

  /** Creates the writer of a turn. */
  constructor(turn: WrittenTurn, format: OutputFormat) {
    this.#turn = turn;
    this.#format = format;
  }

  /** The metadata of a part. */
  metadata(more: JSONObject = {}): SharedV4ProviderMetadata {
    const { threadId, turnId } = this.#turn;
    return { codex: { threadId, turnId, ...more } };
  }

  /** Returns the id of an item's call: unique beyond this turn, unguessable, and valid for every provider. */
  callId(itemId: string): string {
    const known = this.#callIds.get(itemId);
    if (known !== undefined) return known;
    const id = `call_${crypto.randomUUID().replaceAll("-", "")}`;
    this.#callIds.set(itemId, id);
    return id;
  }

  /** Returns the parts of an event. */
  event(event: ServerNotification): Part[] {
    switch (event.method) {
      case "item/started":
        return this.#started(event.params.item);
      case "item/completed":
        return this.#completed(event.params.item);
      case "item/agentMessage/delta":
        return this.#delta(event.params.itemId, event.params.delta);
      case "item/reasoning/summaryTextDelta": {
        const { itemId, summaryIndex, delta } = event.params;
        return this.#write("reasoning", `${itemId} summary ${summaryIndex}`, delta, { itemId });
      }
      case "item/reasoning/textDelta": {
        const { itemId, contentIndex, delta } = event.params;
        return this.#write("reasoning", `${itemId} content ${contentIndex}`, delta, { itemId });
      }
      case "turn/plan/updated": {
        const { explanation, plan } = event.params;
        const providerMetadata = this.metadata({ explanation, plan: plan as unknown as JSONValue });
        return [{ type: "custom", kind: "codex.plan", providerMetadata }];
      }
      default:
        return [];
    }
  }

  /** Shows the call of an item that needs approval, unless it was shown. */
  call(item: ThreadItem): Part[] {
    const call = itemCall(item);
    return call === undefined ? [] : this.#call(item.id, call.toolName, call.input);
  }

  /** Shows a call that no item stands for. */
  otherCall(id: string, toolName: string, input: JSONValue): Part[] {
    return this.#call(id, toolName, input);
  }

  /** Shows the result of a call. */
  result(id: string, toolName: string, result: NonNullable<JSONValue>, isError = false): Part[] {
    this.#open.delete(id);
    return [{
      type: "tool-result",
      toolCallId: this.callId(id),
      toolName,
      result,
      isError,
      dynamic: true,
      providerMetadata: this.metadata({ itemId: id }),
    }];
  }

  /** Starts a step; `repeatsCalls`: whether it shows the call of each result, also if an earlier step did. */
  startStep(repeatsCalls: boolean): void {
    if (repeatsCalls) this.#shown.clear();
  }

  /** Ends a step: its open blocks end. */
  endStep(): Part[] {
    this.#hasText = false;
    return this.#endAll("");
  }

  /** Ends the turn: what is held is the answer, and what still runs gets a result that says so. */
  async endTurn(items: readonly ThreadItem[]): Promise<Part[]> {
    const parts = await this.#release();
    for (const item of items) if (this.#open.has(item.id)) parts.push(...this.#ended(item));
    return [...parts, ...this.endStep()];
  }

  #started(item: ThreadItem): Part[] {
    if (item.type === "agentMessage") {
      const remark = this.#dropHeld();
      if (this.#isHeld(item)) this.#held = item;
      else if (this.#format.isJson && item.phase === "commentary") this.#remarks.add(item.id);
      return remark;
    }
    const call = itemCall(item);
    if (call === undefined || !call.isKnownAtStart || this.#isClients(item)) return [];
    return [...this.#dropHeld(), ...this.#call(item.id, call.toolName, call.input)];
  }

  #completed(item: ThreadItem): Part[] {
    if (item.type === "agentMessage") return this.#messageEnd(item);
    if (item.type === "reasoning") {
      return this.#endAll(`${item.id} `);
    }
    if (item.type === "imageGeneration" && "result" in item && item.result !== "") {
      const data = { type: "data", data: item.result } as const;
      const providerMetadata = this.metadata({ itemId: item.id });
      return [{ type: "file", mediaType: "image/png", data, providerMetadata }];
    }
    return this.#isClients(item) ? [] : this.#ended(item);
  }

  /** The call and the result of an item. */
  #ended(item: ThreadItem): Part[] {
    const call = itemCall(item);
    if (call === undefined) return [];
    const { toolName, input, result, isError } = call;
    return [
      ...this.#call(item.id, toolName, input),
      ...this.result(item.id, toolName, result, isError),
    ];
  }

  #call(id: string, toolName: string, input: JSONValue): Part[] {
    if (this.#shown.has(id)) return [];
    this.#shown.add(id);
    this.#open.add(id);
    return [{
      type: "tool-call",
      toolCallId: this.callId(id),
      toolName,
      input: JSON.stringify(isRecord(input) ? input : { input }),
      providerExecuted: true,
      dynamic: true,
      providerMetadata: this.metadata({ itemId: id }),
    }];
  }

  /** Whether the AI SDK answers this call. */
  #isClients(item: ThreadItem): boolean {
    return item.type === "dynamicToolCall" && item.namespace === null &&
      this.#turn.isClientTool(item.tool);
  }

  /** Whether it is not known yet what a message is: of JSON, only the last message is the answer. */
  #isHeld({ phase }: AgentMessage): boolean {
    const { isJson, rewrite } = this.#format;
    return isJson && phase !== "commentary" && (phase === null || rewrite !== undefined);
  }

  #delta(itemId: string, delta: string): Part[] {
    if (this.#held?.id === itemId) {
      this.#held = { ...this.#held, text: this.#held.text + delta };
      return [];
    }
    this.#written.add(itemId);
    const kind = this.#remarks.has(itemId) ? "reasoning" : "text";
    return this.#write(kind, itemId, delta, { itemId });
  }

  #messageEnd(item: AgentMessage): Part[] {
    const { id, text } = item;
    if (this.#held?.id === id) {
      this.#held = item;
      return [];
    }
    const rest = this.#written.has(id) ? [] : this.#delta(id, text);
    return [...rest, ...this.#end(id)];
  }

  /** What is held was not the last message: it is shown as reasoning. */
  #dropHeld(): Part[] {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? [] : this.#whole("reasoning", held, held.text);
  }

  async #release(): Promise<Part[]> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return [];
    const { rewrite = (text: string) => Promise.resolve(text) } = this.#format;
    return this.#whole("text", held, await rewrite(held.text));
  }

  #whole(kind: OpenBlock["kind"], { id }: AgentMessage, text: string): Part[] {
    return [...this.#write(kind, id, text, { itemId: id }), ...this.#end(id)];
  }

  #write(kind: OpenBlock["kind"], key: string, delta: string, more: JSONObject): Part[] {
    if (delta === "") return [];
    const open = this.#blocks.get(key);
    if (open !== undefined) return [{ type: `${open.kind}-delta`, id: open.id, delta }];
    const earlier = kind === "text" ? [] : this.#endAll(`${more.itemId} `);
    const id = `${this.#turn.turnId}-${++this.#blockCount}`;
    this.#blocks.set(key, { kind, id });
    // The AI SDK joins the texts of a step without a gap.
    const gap = kind === "text" && this.#hasText ? "\n\n" : "";
    if (kind === "text") this.#hasText = true;
    return [
      ...earlier,
      { type: `${kind}-start`, id, providerMetadata: this.metadata(more) },
      { type: `${kind}-delta`, id, delta: gap + delta },
    ];
  }

  #endAll(prefix: string): Part[] {
    return [...this.#blocks.keys()].filter((key) => key.startsWith(prefix))
      .flatMap((key) => this.#end(key));
  }

  #end(key: string): Part[] {
    const block = this.#blocks.get(key);
    if (block === undefined) return [];
    this.#blocks.delete(key);
    return [{ type: `${block.kind}-end`, id: block.id }];
  }
}
