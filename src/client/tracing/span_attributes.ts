/** Span attributes, named by OpenTelemetry's conventions where these exist; they never contain prompts or output. */
import { isCodexError } from "../../errors/codex_error.ts";
import { JsonRpcError } from "../../errors/json_rpc_errors.ts";
import { TurnFailedError } from "../../errors/turn_errors.ts";
import type { ThreadItem } from "../../generated/types.ts";
import { isError } from "../../util/error_text.ts";
import { isRecord } from "../../util/is_record.ts";
import type { SpanAttributes } from "./tracing.ts";

/** Drops fields that are not strings, finite numbers or booleans. */
export function attributesOf(fields: Readonly<Record<string, unknown>>): SpanAttributes {
  const known = Object.entries(fields).filter(([, value]) => {
    return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
  });
  return Object.fromEntries(known) as SpanAttributes;
}

/** Attributes of a request in either direction. */
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

/** Attributes of a call of one of this client's tools. */
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

/** Attributes of an item when it starts. */
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

/** Attributes of an item when it completes. */
export function itemOutcome(item: ThreadItem): SpanAttributes {
  return attributesOf({
    "codex.item.status": (item as { readonly status?: unknown }).status,
    ...(item.type === "commandExecution" ? { "process.exit.code": item.exitCode } : {}),
    ...(item.type === "agentMessage" ? { "codex.message.phase": item.phase } : {}),
  });
}

/** Attributes of token usage. */
export function usageAttributes(usage: unknown): SpanAttributes {
  if (!isRecord(usage)) return {};
  return attributesOf({
    "gen_ai.usage.input_tokens": usage.inputTokens,
    "gen_ai.usage.cache_read.input_tokens": usage.cachedInputTokens,
    "gen_ai.usage.output_tokens": usage.outputTokens,
    "gen_ai.usage.reasoning.output_tokens": usage.reasoningOutputTokens,
  });
}

/** Attributes of an error. */
export function errorAttributes(error: unknown): SpanAttributes {
  return attributesOf({
    "error.type": isCodexError(error) ? error.code : errorName(error),
    ...(error instanceof JsonRpcError ? { "rpc.response.status_code": String(error.rpcCode) } : {}),
    ...(error instanceof TurnFailedError
      ? {
        "codex.error.info": discriminantOf(error.codexErrorInfo),
        "http.response.status_code": error.httpStatusCode,
      }
      : {}),
  });
}

/** Returns the name of an error. */
export function errorName(error: unknown): string {
  const name = isRecord(error) || isError(error) ? error.name : undefined;
  return typeof name === "string" && name !== "" ? name : "Error";
}

/** Returns the discriminant of a server union: a string, or the only key of an object. */
export function discriminantOf(value: unknown): unknown {
  return isRecord(value) ? Object.keys(value)[0] : value;
}

/** Attributes of a turn when it starts. */
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

/** Attributes of the answer to a server request: only the decision. */
export function answerAttributes(answer: unknown): SpanAttributes {
  const { decision, action } = isRecord(answer) ? answer : {};
  return attributesOf({ "codex.decision": discriminantOf(decision ?? action) });
}
