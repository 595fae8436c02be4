/** The MCP server of example 29, on the official SDK: the stock of a workshop. */
import process from "node:process";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import {
  CallToolRequestSchema,
  ElicitResultSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";

const part = { type: "object", properties: { part: { type: "string" } }, required: ["part"] };
const shelf = { gear: 3, spring: 12 };
const text = (value) => ({ content: [{ type: "text", text: value }] });

const tools = {
  stock: ({ part }) => text(`${shelf[part] ?? 0} of ${part}`),
  order: async ({ part }, { sendRequest }) => {
    const params = {
      message: `How many of ${part}?`,
      requestedSchema: {
        type: "object",
        properties: { count: { type: "integer" } },
        required: ["count"],
      },
    };
    const { action, content } = await sendRequest(
      { method: "elicitation/create", params },
      ElicitResultSchema,
    );
    return text(action === "accept" ? `ordered ${content.count} of ${part}` : "nothing ordered");
  },
};

const server = new Server({ name: "workshop", version: "1.0.0" }, {
  capabilities: { tools: {}, resources: {} },
});
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: Object.keys(tools).map((name) => ({
    name,
    inputSchema: part,
    annotations: { readOnlyHint: name === "stock" },
  })),
}));
server.setRequestHandler(
  CallToolRequestSchema,
  ({ params }, extra) => tools[params.name](params.arguments, extra),
);
server.setRequestHandler(ListResourcesRequestSchema, () => ({
  resources: [{ uri: "workshop://hours", name: "opening hours" }],
}));
server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => ({
  contents: [{ uri, text: "Monday to Friday, 8 to 17" }],
}));
process.stdin.on("end", () => process.exit(0));
await server.connect(new StdioServerTransport());
