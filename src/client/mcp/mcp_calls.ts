/** The requests to MCP servers: list them, call their tools, read their resources. */
import type {
  ListMcpServerStatusParams,
  McpResourceReadParams,
  McpServerStatus,
  McpServerToolCallResponse,
  ResourceContent,
} from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import type { OptionNames } from "../../util/option_names.ts";
import { type CallOptions, checkText } from "../call_options.ts";
import { checkField } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { checkCallOptions } from "../option_names.ts";
import { entriesOf } from "../pages.ts";
import type { McpListOptions, McpResource, McpToolCall } from "./mcp.ts";
import { beginCall, type RunningCall } from "./mcp_questions.ts";

const LIMITS: OptionNames<CallOptions> = { signal: true, timeoutMs: true };
const LIST: OptionNames<McpListOptions> = {
  ...LIMITS,
  threadId: true,
  serverName: true,
  detail: true,
};
const CALL: OptionNames<McpToolCall> = {
  ...LIMITS,
  threadId: true,
  server: true,
  tool: true,
  arguments: true,
  meta: true,
};
const RESOURCE: OptionNames<McpResource> = { ...LIMITS, server: true, uri: true, threadId: true };

/** Lists the configured servers. */
export async function listServers(
  context: ClientContext,
  options: McpListOptions,
): Promise<McpServerStatus[]> {
  checkCallOptions("mcp.list()", options, LIST);
  const { signal, timeoutMs, ...given } = options;
  const method = "mcpServerStatus/list";
  const servers = entriesOf<McpServerStatus>(
    (cursor) => {
      const params = cursor === undefined ? given : { ...given, cursor };
      return context.request(method, params as ListMcpServerStatusParams, { signal, timeoutMs });
    },
    { method, onDiagnostic: context.connection.onDiagnostic, isEntry: isStatus },
  );
  const all: McpServerStatus[] = [];
  for await (const server of servers) all.push(server);
  return all;
}

/** Calls a tool outside of turns; `running` are the calls of the client. */
export async function callTool(
  { context, running }: { readonly context: ClientContext; readonly running: Set<RunningCall> },
  call: McpToolCall,
): Promise<McpServerToolCallResponse> {
  checkCallOptions("mcp.callTool()", call, CALL);
  const { signal, timeoutMs, threadId, server, tool, meta, arguments: args = {} } = call;
  checkText("threadId", threadId);
  checkText("server", server);
  checkText("tool", tool);
  const method = "mcpServer/tool/call";
  const params = { threadId, server, tool, arguments: args, ...(meta ? { _meta: meta } : {}) };
  const end = beginCall({ threadId, server }, { running, open: context.requests.open });
  const reply = await context.request(method, params, { signal, timeoutMs }).finally(end);
  checkField(method, reply, "content", Array.isArray);
  return reply;
}

/** Reads a resource. */
export async function readResource(
  context: ClientContext,
  resource: McpResource,
): Promise<ResourceContent[]> {
  checkCallOptions("mcp.readResource()", resource, RESOURCE);
  const { signal, timeoutMs, ...params } = resource;
  checkText("server", params.server);
  checkText("uri", params.uri);
  const method = "mcpServer/resource/read";
  const wire = params as McpResourceReadParams;
  const reply = await context.request(method, wire, { signal, timeoutMs });
  checkField(method, reply, "contents", (parts) => Array.isArray(parts) && parts.every(isRecord));
  return reply.contents;
}

function isStatus(value: unknown): boolean {
  return isRecord(value) && typeof value.name === "string" && isRecord(value.tools);
}
