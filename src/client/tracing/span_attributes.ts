/** What spans tell: in the words of OpenTelemetry's conventions where these have one, and never what was said or shown. */
import { isCodexError } from "../../errors/codex_error.ts";
import { JsonRpcError } from "../../errors/json_rpc_errors.ts";
import { TurnFailedError } from "../../errors/turn_errors.ts";
import type { ThreadItem } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import type { SpanAttributes } from "./tracing.ts";

/** Takes the fields that are no text, no number and no truth value away. */
export function attributesOf(fields: Readonly<Record<string, unknown>>): SpanAttributes {
  const known = Object.entries(fields).filter(([, value]) => {
    return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
  });
  return Object.fromEntries(known) as SpanAttributes;
}

/** Of a request, whichever side sends it. */
export function requestAttributes(method: string, params: unknown): SpanAttributes {
  const { threadId, conversationId, turnId, itemId } = isRecord(params) ? params : {};
  return attributesOf({
    "rpc.system.name": "jsonrpc",
    "rpc.method": method,
    "gen_ai.conversation.id": threadId ?? conversationId,
    "codex.turn.id": turnId,
    "codex.item.id": itemId,
  });
}

/** Of the call of a tool that this client serves. */
export function toolAttributes(params: Readonly<Record<string, unknown>>): SpanAttributes {
  const { threadId, turnId, callId, tool, namespace } = params;
  return attributesOf({
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": tool,
    "gen_ai.tool.call.id": callId,
    "gen_ai.tool.type": "function",
    "gen_ai.conversation.id": threadId,
    "codex.turn.id": turnId,
    "codex.tool.namespace": namespace,
  });
}

/** Of an item, from its beginning. */
export function itemAttributes(
  item: ThreadItem,
  ids: { readonly threadId: string; readonly turnId: string },
): SpanAttributes {
  return attributesOf({
    "gen_ai.conversation.id": ids.threadId,
    "codex.turn.id": ids.turnId,
    "codex.item.id": item.id,
    "codex.item.type": item.type,
    ...(item.type === "mcpToolCall" || item.type === "dynamicToolCall"
      ? {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": item.tool,
        "gen_ai.tool.call.id": item.id,
      }
      : {}),
    ...(item.type === "mcpToolCall" ? { "codex.mcp.server": item.server } : {}),
  });
}

/** Of an item, from its completion. */
export function itemOutcome(item: ThreadItem): SpanAttributes {
  return attributesOf({
    "codex.item.status": (item as { readonly status?: unknown }).status,
    ...(item.type === "commandExecution" ? { "process.exit.code": item.exitCode } : {}),
    ...(item.type === "agentMessage" ? { "codex.message.phase": item.phase } : {}),
  });
}

/** Of the tokens that were used. */
export function usageAttributes(usage: unknown): SpanAttributes {
  if (!isRecord(usage)) return {};
  return attributesOf({
    "gen_ai.usage.input_tokens": usage.inputTokens,
    "gen_ai.usage.cache_read.input_tokens": usage.cachedInputTokens,
    "gen_ai.usage.output_tokens": usage.outputTokens,
    "gen_ai.usage.reasoning.output_tokens": usage.reasoningOutputTokens,
  });
}

/** Of what an operation failed with. */
export function errorAttributes(error: unknown): SpanAttributes {
  return attributesOf({
    "error.type": isCodexError(error) ? error.code : errorName(error),
    ...(error instanceof JsonRpcError ? { "rpc.response.status_code": String(error.rpcCode) } : {}),
    ...(error instanceof TurnFailedError
      ? {
        "codex.error.info": wordOf(error.codexErrorInfo),
        "http.response.status_code": error.httpStatusCode,
      }
      : {}),
  });
}

/** The name of an error's class. */
export function errorName(error: unknown): string {
  const name = isRecord(error) || error instanceof Error ? error.name : undefined;
  return typeof name === "string" && name !== "" ? name : "Error";
}

/** What the server's unions are told apart by: a word, or an object with one member named by the word. */
export function wordOf(value: unknown): unknown {
  return isRecord(value) ? Object.keys(value)[0] : value;
}

/** What of a turn is known before it starts. */
export function turnAttributes(
  { threadId, kind, model, provider }: Readonly<Record<string, unknown>>,
): SpanAttributes {
  return attributesOf({
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "codex",
    "gen_ai.provider.name": provider,
    "gen_ai.request.model": model,
    "gen_ai.conversation.id": threadId,
    "codex.turn.kind": kind,
  });
}

/** Of the answer to a request of the server: what was decided, and nothing of what was said. */
export function answerAttributes(answer: unknown): SpanAttributes {
  const { decision, action } = isRecord(answer) ? answer : {};
  return attributesOf({ "codex.decision": wordOf(decision ?? action) });
}
