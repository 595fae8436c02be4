/** What Codex does by itself, as calls of tools that the provider executes. */
import type { JSONValue } from "@ai-sdk/provider";
import type { ThreadItem } from "../generated/types.ts";

/** A call that Codex has made by itself. */
export interface ItemCall {
  /** The type of the item; `mcp__SERVER__TOOL` for the tool of an MCP server. */
  readonly toolName: string;
  readonly input: JSONValue;
  /** Whether the input is complete when the item starts. */
  readonly isKnownAtStart: boolean;
  readonly result: NonNullable<JSONValue>;
  readonly isError: boolean;
}

/** Returns an item as a call, or `undefined` if it is none. */
export function itemCall(item: ThreadItem): ItemCall | undefined {
  switch (item.type) {
    case "commandExecution": {
      const { command, cwd, status, exitCode, aggregatedOutput, durationMs } = item;
      return {
        ...call(item.type, { command, cwd }),
        result: { status, exitCode, output: aggregatedOutput ?? "", durationMs },
        isError: status === "failed" && exitCode === null,
      };
    }
    case "fileChange": {
      const { changes, status } = item;
      const listed = changes.map(({ path, kind, diff }) => ({ path, kind, diff }));
      return {
        ...call(item.type, { changes: listed }),
        result: { status, paths: changes.map(({ path }) => path) },
        isError: status === "failed",
      };
    }
    case "mcpToolCall": {
      const { server, tool, arguments: input, status, result, error } = item;
      const { content = [], structuredContent = null } = result ?? {};
      return {
        ...call(`mcp__${server}__${tool}`, input as JSONValue),
        result: error === null
          ? { status, content, structuredContent } as NonNullable<JSONValue>
          : { status, error: error.message },
        isError: status === "failed",
      };
    }
    case "dynamicToolCall": {
      const { namespace, tool, arguments: input, status, success, contentItems } = item;
      return {
        ...call(namespace === null ? tool : `${namespace}__${tool}`, input as JSONValue),
        result: { status, content: (contentItems ?? []) as JSONValue },
        isError: success === false,
      };
    }
    case "webSearch": {
      const { query, action, results } = item;
      return {
        ...call(item.type, { query, action: action as JSONValue }),
        isKnownAtStart: false,
        result: { results: (results ?? []) as JSONValue },
        isError: false,
      };
    }
    case "collabAgentToolCall": {
      const { tool, prompt, receiverThreadIds, status, agentsStates } = item;
      return {
        ...call(item.type, { tool, prompt, receiverThreadIds }),
        result: { status, agentsStates: agentsStates as JSONValue },
        isError: status === "failed",
      };
    }
    default:
      return undefined;
  }
}

function call(
  toolName: string,
  input: JSONValue,
): Pick<ItemCall, "toolName" | "input" | "isKnownAtStart"> {
  return { toolName, input, isKnownAtStart: true };
}
