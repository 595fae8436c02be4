// deno-lint-ignore-file explicit-function-return-type -- the types of this SDK cannot be resolved by Deno
/** An MCP server on the official SDK: its tools report progress, ask a person, and take a question back. */
import process from "node:process";
import { pathToFileURL } from "node:url";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import {
  CallToolRequestSchema,
  ElicitResultSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";

const FORM = {
  mode: "form",
  message: "Which colour?",
  requestedSchema: {
    type: "object",
    properties: { colour: { type: "string" } },
    required: ["colour"],
  },
};
const URL_OF_CHOICE = {
  mode: "url",
  message: "Choose a colour",
  url: "https://paint.example.com/choose",
  elicitationId: "choice-1",
};

const TOOLS = {
  add: ({ a, b }) => {
    const sum = Number(a) + Number(b);
    return { ...text(String(sum)), structuredContent: { sum } };
  },
  fail: () => ({ ...text("no paint left"), isError: true }),
  coat: async (_args, { _meta, sendNotification }) => {
    const { progressToken } = _meta ?? {};
    if (progressToken === undefined) {
      return text("nobody wants to know");
    }
    for (const progress of [1, 2]) {
      const params = { progressToken, progress, total: 2, message: `coat ${progress} of 2` };
      await sendNotification({ method: "notifications/progress", params });
    }
    return text("painted");
  },
  askForm: (_args, extra) => ask(FORM, extra),
  askUrl: (_args, extra) => ask(URL_OF_CHOICE, extra),
  takeBack: ({ ms }, extra) => ask(FORM, extra, Number(ms)),
};

/** Asks; takes the question back after a number of milliseconds. */
async function ask(params, extra, ms) {
  try {
    const limit = ms === undefined ? {} : { timeout: ms };
    const request = { method: "elicitation/create", params };
    return text(JSON.stringify(await extra.sendRequest(request, ElicitResultSchema, limit)));
  } catch (error) {
    return text(`taken back: ${error instanceof Error ? error.message : error}`);
  }
}

function text(value) {
  return { content: [{ type: "text", text: value }] };
}

/** Creates the server, which is not connected yet. */
export function painter() {
  const server = new Server({ name: "painter", version: "1.2.3" }, {
    capabilities: { tools: {}, resources: {} },
  });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.keys(TOOLS).map((name) => ({
      name,
      inputSchema: { type: "object" },
      annotations: { readOnlyHint: true },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) => {
    const tool = TOOLS[params.name];
    if (tool === undefined) {
      throw new Error(`no tool ${params.name}`);
    }
    return tool(params.arguments ?? {}, extra);
  });
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: [{ uri: "paint://colours", name: "colours" }],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    if (uri !== "paint://colours") {
      throw new Error(`no resource ${uri}`);
    }
    return { contents: [{ uri, mimeType: "text/plain", text: "red, blue" }] };
  });
  return server;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.stdin.on("end", () => process.exit(0));
  await painter().connect(new StdioServerTransport());
}
