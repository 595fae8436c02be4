/** The messages of a chat over a gateway, and those of its history. */
import type { UIMessage } from "ai";
import { itemCall } from "../ai/item_calls.ts";
import type { ThreadView } from "../gateway_client/thread_state.ts";
import type { ItemData, RequestData, TurnData, TurnHead } from "../gateway/wire.ts";

/**
 * The metadata of an answer.
 *
 * @example
 * ```ts
 * import type { CodexChatMetadata } from "@codex-app-server/sdk/ai/chat";
 *
 * const tokens = ({ usage }: CodexChatMetadata): number => usage?.last.totalTokens ?? 0;
 * ```
 */
export interface CodexChatMetadata {
  /** The id of the turn. */
  readonly turnId?: string;
  /** The status of the turn. */
  readonly status?: TurnHead["status"];
  /** The token usage, once the server has reported it. */
  readonly usage?: TurnHead["usage"];
}

/**
 * The data parts of an answer, beside text, reasoning, files and tool calls.
 *
 * @example
 * ```ts
 * import type { CodexChatData } from "@codex-app-server/sdk/ai/chat";
 *
 * const steps = ({ steps }: CodexChatData["plan"]): string[] => steps.map(({ step }) => step);
 * ```
 */
export type CodexChatData = {
  /** The plan: one part, which changes. */
  plan: NonNullable<TurnHead["plan"]>;
  /** The unified diff of all file changes: one part, which changes. */
  diff: { readonly diff: string };
  /** A request: an approval with all its details, or a question. */
  request: { readonly request: RequestData; readonly state: "open" | "answered" };
};

/**
 * A message of a chat over a gateway.
 *
 * @example
 * ```ts
 * import type { CodexChatMessage } from "@codex-app-server/sdk/ai/chat";
 *
 * const textOf = ({ parts }: CodexChatMessage): string =>
 *   parts.flatMap((part) => part.type === "text" ? [part.text] : []).join("\n\n");
 * ```
 */
export type CodexChatMessage = UIMessage<CodexChatMetadata, CodexChatData>;

type Part = CodexChatMessage["parts"][number];

/**
 * Returns the messages of a thread, for `useChat({ messages })` after a reload. The answer of a running turn is left out:
 * `resume: true` streams it from its beginning.
 *
 * @example
 * ```ts
 * import type { LiveThread } from "@codex-app-server/sdk/gateway/client";
 * import { chatMessages, type CodexChatMessage } from "@codex-app-server/sdk/ai/chat";
 *
 * async function messagesOf(thread: LiveThread): Promise<CodexChatMessage[]> {
 *   for await (const view of thread.updates()) if (view.thread !== null) return chatMessages(view);
 *   throw thread.error;
 * }
 * ```
 */
export function chatMessages({ turns }: Pick<ThreadView, "turns">): CodexChatMessage[] {
  return turns.flatMap((turn) => {
    const { id, status, usage } = turn;
    const asked = turn.items.flatMap(({ item }): CodexChatMessage[] => {
      if (item.type !== "userMessage") return [];
      const parts = item.content.flatMap((part): Part[] => {
        if (part.type === "text") return [{ type: "text", text: part.text }];
        return part.type === "image" && "url" in part
          ? [{ type: "file", mediaType: mediaTypeOf(part.url), url: part.url }]
          : [];
      });
      return [{ id: item.id, role: "user", parts }];
    });
    if (status === "inProgress") return asked;
    const metadata = { turnId: id, status, usage };
    const parts = [...turn.items.flatMap(partsOf), ...dataOf(turn)];
    return [...asked, { id, role: "assistant", metadata, parts }];
  });
}

/** Returns the media type of a `data:` URL. */
export function mediaTypeOf(url: string): string {
  return /^data:([^;,]+)/.exec(url)?.[1] ?? "image/*";
}

function partsOf({ item }: ItemData): Part[] {
  if (item.type === "agentMessage") return [{ type: "text", text: item.text, state: "done" }];
  if (item.type === "reasoning") {
    return [...item.summary, ...item.content].filter((text) => text !== "")
      .map((text) => ({ type: "reasoning", text, state: "done" }));
  }
  if (item.type === "imageGeneration" && "result" in item && item.result !== "") {
    return [{ type: "file", mediaType: "image/png", url: imageUrl(item.result) }];
  }
  const call = itemCall(item);
  if (call === undefined) return [];
  const { toolName, input, result, isError } = call;
  const base = {
    type: "dynamic-tool",
    toolCallId: item.id,
    toolName,
    input,
    providerExecuted: true,
  } as const;
  return isError
    ? [{ ...base, state: "output-error", errorText: JSON.stringify(result) }]
    : [{ ...base, state: "output-available", output: result }];
}

/** Returns a generated image as a `data:` URL. */
export function imageUrl(base64: string): string {
  return `data:image/png;base64,${base64}`;
}

function dataOf({ plan, diff }: TurnData): Part[] {
  return [
    ...(plan === null ? [] : [{ type: "data-plan", id: "plan", data: plan } as const]),
    ...(diff === null ? [] : [{ type: "data-diff", id: "diff", data: { diff } } as const]),
  ];
}
