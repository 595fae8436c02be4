/** Turns the states of a running turn into the chunks of a message stream. */
import type { InferUIMessageChunk } from "ai";
import { type ItemCall, itemCall } from "../ai/item_calls.ts";
import type { ItemData, RequestData, TurnData } from "../gateway/wire.ts";
import { type CodexChatMessage, imageUrl } from "./chat_message.ts";

/**
 * A chunk of the stream of an answer.
 *
 * @example
 * ```ts
 * import type { CodexChatChunk } from "@codex-app-server/sdk/ai/chat";
 *
 * const isText = ({ type }: CodexChatChunk): boolean => type === "text-delta";
 * ```
 */
export type CodexChatChunk = InferUIMessageChunk<CodexChatMessage>;

/** Compares each state of one turn with what was written, and writes the rest. */
export class ChunkWriter {
  /** How much of each text was written. */
  readonly #written = new Map<string, number>();
  /** What was written to its end. */
  readonly #ended = new Set<string>();
  /** What each call has shown last. */
  readonly #shown = new Map<string, string>();
  /** The requests that were shown and are open. */
  readonly #requests = new Map<string, RequestData>();
  #plan: TurnData["plan"] = null;
  #diff: string | null = null;

  /** Writes the beginning of a stream: the first of the turn, or a further one of the same message. */
  start({ id, status }: TurnData): CodexChatChunk[] {
    const messageMetadata = { turnId: id, status };
    return [{ type: "start", messageId: id, messageMetadata }, { type: "start-step" }];
  }

  /** Writes what is new in a state. */
  update(turn: TurnData, requests: readonly RequestData[]): CodexChatChunk[] {
    const isOver = turn.status !== "inProgress";
    const chunks = turn.items.flatMap((data) => this.#item(data, isOver));
    if (turn.plan !== null && turn.plan !== this.#plan) {
      chunks.push({ type: "data-plan", id: "plan", data: this.#plan = turn.plan });
    }
    if (turn.diff !== null && turn.diff !== this.#diff) {
      chunks.push({ type: "data-diff", id: "diff", data: { diff: this.#diff = turn.diff } });
    }
    return [...chunks, ...this.#answered(requests), ...requests.flatMap((one) => this.#ask(one))];
  }

  /** Whether the turn does nothing more until somebody approves: every call that it has begun waits for an approval. */
  waits({ items }: TurnData, requests: readonly RequestData[]): boolean {
    const asked = requests.filter((one) => one.decisions.length > 0);
    if (asked.length === 0) return false;
    const waiting = new Set(asked.map(callIdOf));
    return items.every(({ state, item }) =>
      state !== "inProgress" || itemCall(item) === undefined || waiting.has(item.id)
    );
  }

  /** Writes the end of a stream: of the turn, or until an approval is answered. */
  end({ id, status, error, usage }: TurnData): CodexChatChunk[] {
    const messageMetadata = { turnId: id, status, usage };
    const ended: CodexChatChunk[] = [{ type: "finish-step" }, {
      type: "message-metadata",
      messageMetadata,
    }];
    if (status === "failed") {
      return [...ended, { type: "error", errorText: error?.message ?? "The turn failed" }];
    }
    if (status === "interrupted") return [...ended, { type: "abort", reason: "interrupted" }];
    const finishReason = status === "completed" ? "stop" : "tool-calls";
    return [...ended, { type: "finish", finishReason, messageMetadata }];
  }

  #item({ item, state, output }: ItemData, isOver: boolean): CodexChatChunk[] {
    const isEnd = isOver || state !== "inProgress";
    if (item.type === "agentMessage") return this.#text("text", item.id, item.text, isEnd);
    if (item.type === "reasoning") {
      const texts = [
        ...item.summary.map((text, at) => [`${item.id}/summary/${at}`, text] as const),
        ...item.content.map((text, at) => [`${item.id}/content/${at}`, text] as const),
      ];
      return texts.flatMap(([id, text], at) =>
        this.#text("reasoning", id, text, isEnd || at < texts.length - 1)
      );
    }
    if (item.type === "imageGeneration") {
      if (!("result" in item) || item.result === "" || this.#ended.has(item.id)) return [];
      this.#ended.add(item.id);
      return [{ type: "file", mediaType: "image/png", url: imageUrl(item.result) }];
    }
    const call = itemCall(item);
    if (call === undefined || !(call.isKnownAtStart || isEnd)) return [];
    return [...this.#call(item.id, call), ...this.#result(item.id, call, { isEnd, output })];
  }

  #text(kind: "text" | "reasoning", id: string, text: string, isEnd: boolean): CodexChatChunk[] {
    if (this.#ended.has(id)) return [];
    const from = this.#written.get(id);
    if (from === undefined && text === "") return [];
    const chunks: CodexChatChunk[] = from === undefined ? [{ type: `${kind}-start`, id }] : [];
    const delta = text.slice(from ?? 0);
    if (delta !== "") chunks.push({ type: `${kind}-delta`, id, delta });
    this.#written.set(id, text.length);
    if (isEnd) {
      this.#ended.add(id);
      chunks.push({ type: `${kind}-end`, id });
    }
    return chunks;
  }

  #call(
    toolCallId: string,
    { toolName, input }: Pick<ItemCall, "toolName" | "input">,
  ): CodexChatChunk[] {
    if (this.#shown.has(toolCallId)) return [];
    this.#shown.set(toolCallId, "");
    return [{
      type: "tool-input-available",
      toolCallId,
      toolName,
      input,
      dynamic: true,
      providerExecuted: true,
    }];
  }

  #result(
    toolCallId: string,
    { result, isError }: ItemCall,
    { isEnd, output: patch }: { readonly isEnd: boolean; readonly output: string },
  ): CodexChatChunk[] {
    if (this.#ended.has(toolCallId)) return [];
    const of = { toolCallId, dynamic: true, providerExecuted: true } as const;
    const status = (result as { readonly status?: unknown }).status;
    if (isEnd) {
      this.#ended.add(toolCallId);
      if (status === "declined") return [{ type: "tool-output-denied", toolCallId }];
      return isError
        ? [{ ...of, type: "tool-output-error", errorText: JSON.stringify(result) }]
        : [{ ...of, type: "tool-output-available", output: result }];
    }
    // What a command has written so far; the whole of it, as the AI SDK replaces it.
    const text = (result as { readonly output?: string }).output || patch;
    if (text === "" || this.#shown.get(toolCallId) === text) return [];
    this.#shown.set(toolCallId, text);
    return [{ ...of, type: "tool-output-available", output: result, preliminary: true }];
  }

  #ask(request: RequestData): CodexChatChunk[] {
    if (this.#requests.has(request.id)) return [];
    this.#requests.set(request.id, request);
    const { id, kind, decisions, reason, itemId } = request;
    const shown: CodexChatChunk = { type: "data-request", id, data: { request, state: "open" } };
    if (decisions.length === 0) return [shown]; // a question
    const toolCallId = callIdOf(request);
    const input = { reason, ...(itemId === null ? {} : { itemId }) };
    return [
      ...this.#call(toolCallId, { toolName: kind, input }),
      shown,
      {
        type: "tool-approval-request",
        approvalId: id,
        toolCallId,
        ...(reason === null ? {} : { reason }),
      },
    ];
  }

  #answered(open: readonly RequestData[]): CodexChatChunk[] {
    const ids = new Set(open.map(({ id }) => id));
    const gone = [...this.#requests.values()].filter(({ id }) => !ids.has(id));
    return gone.flatMap((request): CodexChatChunk[] => {
      const { id } = request;
      this.#requests.delete(id);
      const data = { request, state: "answered" } as const;
      const result: CodexChatChunk[] = this.#shown.has(id) && !this.#ended.has(id)
        ? [{ type: "tool-output-available", toolCallId: id, output: {}, dynamic: true }]
        : [];
      return [{ type: "data-request", id, data }, ...result];
    });
  }
}

/** The call that an approval is about; its own id if it is about none. */
function callIdOf({ id, itemId }: RequestData): string {
  return itemId ?? id;
}
