/**
 * A transport for `useChat()` of the AI SDK over a gateway, for pages: messages, approvals and typed data parts, with streams
 * that survive a reload.
 *
 * @example
 * ```ts
 * import { connect } from "@codex-app-server/sdk/gateway/client";
 * import { CodexChatTransport } from "@codex-app-server/sdk/ai/chat";
 *
 * const transport = new CodexChatTransport(connect("/api/codex"));
 * ```
 *
 * @module
 */
export { CodexChatTransport } from "../src/ai_chat/chat_transport.ts";
export type { CodexChatOptions } from "../src/ai_chat/chat_transport.ts";
export { chatMessages } from "../src/ai_chat/chat_message.ts";
export type {
  CodexChatData,
  CodexChatMessage,
  CodexChatMetadata,
} from "../src/ai_chat/chat_message.ts";
export type { CodexChatChunk } from "../src/ai_chat/chunk_writer.ts";
