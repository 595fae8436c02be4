/**
 * MCP servers: which tools they have, why one did not start, and calls by the program and by the agent.
 *
 *     deno run -A examples/29_mcp_servers.ts [--live]
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Codex, printable } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";

const script = fileURLToPath(new URL("../examples/_workshop_server.mjs", import.meta.url));
const args = "Deno" in globalThis ? ["run", "-A", script] : [script];

await using scripted = await scriptedModel("29_mcp_servers");
await using codex = await Codex.start({
  ...scripted?.options,
  mcpServers: {
    workshop: { command: process.execPath, args },
    broken: { command: "/no/such/program" },
  },
  // An MCP server can ask a person. A real program shows the message and the form.
  onElicitation: (request) => {
    console.log(printable(`Asked:    ${request.message}`));
    request.accept({ count: 5 });
  },
  onMcpToolApproval: ({ serverName, toolName }) =>
    serverName === "workshop" && toolName === "order" ? "accept" : "decline",
});
codex.on("mcpServer/startupStatus/updated", ({ name, status }) => {
  if (status === "failed") console.log(printable(`Event:    "${name}" did not start`));
});

for (const { name, tools, toolsError } of await codex.mcp.list()) {
  console.log(printable(`Server:   ${name}: ${toolsError ?? Object.keys(tools).sort()}`));
}

const thread = await codex.threadStart();
const call = { threadId: thread.id, server: "workshop" };
const { content } = await codex.mcp.callTool({
  ...call,
  tool: "stock",
  arguments: { part: "gear" },
});
console.log(printable(`Called:   ${JSON.stringify(content)}`));

const hours = await codex.mcp.readResource({
  ...{ server: "workshop", uri: "workshop://hours", threadId: thread.id },
});
console.log(printable(`Resource: ${hours.map((part) => "text" in part ? part.text : "")}`));

const { items, finalResponse } = await thread.run("Order springs with the tool `order`.");
for (const item of items) {
  if (item.type !== "mcpToolCall") continue;
  console.log(printable(`Call:     ${item.server}/${item.tool} ${item.status}`));
}
console.log(printable(`Answer:   ${finalResponse}`));
