/** The MCP servers in the configuration: add, remove, reload. */
import { type McpServers, storedMcpServers } from "../../config/mcp_servers.ts";
import { InvalidStateError } from "../../errors/codex_error.ts";
import type { ConfigEdit, JsonValue } from "../../generated/types.ts";
import { isRecord } from "../../util/is_record.ts";
import { type CallOptions, checkText } from "../call_options.ts";
import { checkField, checkObject, checkReply } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { checkCallOptions } from "../option_names.ts";

/** Makes the server read its configuration again. */
export async function reload(
  context: ClientContext,
  options: CallOptions,
): Promise<void> {
  checkCallOptions("mcp.reload()", options);
  const { signal, timeoutMs } = options;
  const method = "config/mcpServer/reload";
  checkObject(method, await context.request(method, undefined, { signal, timeoutMs }));
}

/** Stores servers and reloads. */
export async function addServers(
  context: ClientContext,
  servers: McpServers,
  options: CallOptions,
): Promise<void> {
  checkCallOptions("mcp.add()", options);
  const tables = Object.entries(storedMcpServers(servers));
  await assertStored(context, { action: "add", names: Object.keys(servers), options });
  const edits = tables.map(([name, table]) => edit(name, JSON.parse(JSON.stringify(table))));
  await write(context, edits, options);
}

/** Removes a server and reloads. */
export async function removeServer(
  context: ClientContext,
  name: string,
  options: CallOptions,
): Promise<void> {
  checkText("name", name);
  checkCallOptions("mcp.remove()", options);
  await assertStored(context, { action: "remove", names: [name], options });
  await write(context, [edit(name, null)], options);
}

async function write(
  context: ClientContext,
  edits: ConfigEdit[],
  options: CallOptions,
): Promise<void> {
  const { signal, timeoutMs } = options;
  const method = "config/batchWrite";
  checkReply(method, await context.request(method, { edits }, { signal, timeoutMs }), "status");
  await reload(context, options);
}

interface Change {
  readonly action: "add" | "remove";
  readonly names: readonly string[];
  readonly options: CallOptions;
}

/** Checks first, because the server writes what has no effect, and only then says so. */
async function assertStored(
  context: ClientContext,
  { action, names, options: { signal, timeoutMs } }: Change,
): Promise<void> {
  const params = { includeLayers: true };
  const reply = await context.request("config/read", params, { signal, timeoutMs });
  checkField("config/read", reply, "layers", Array.isArray);
  for (const { name: { type }, config } of reply.layers ?? []) {
    const defined = type !== "user" && isRecord(config) ? config.mcp_servers : undefined;
    const name = names.find((it) => isRecord(defined) && Object.hasOwn(defined, it));
    if (name === undefined) continue;
    const place = type === "sessionFlags" ? '"mcpServers" of the client' : `the layer "${type}"`;
    throw new InvalidStateError(
      `Cannot ${action} the MCP server "${name}": ${place} defines it; change it there`,
    );
  }
}

function edit(name: string, value: JsonValue): ConfigEdit {
  return { keyPath: `mcp_servers.${JSON.stringify(name)}`, value, mergeStrategy: "replace" };
}
