import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ElicitationRequest, McpToolApproval, UserInputRequest } from "../../mod.ts";
import { functionCall, message, type ModelServer, rawEvent } from "../../testing.ts";
import { assert, assertEquals, assertMatch } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { scriptCommand } from "../process/_current.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const QUESTION = {
  id: "colour",
  header: "Colour",
  question: "Which colour?",
  options: [{ label: "red", description: "warm" }, { label: "blue", description: "cold" }],
};
const FEATURES = { default_mode_request_user_input: true };

/** The outputs of the model's calls, as JSON. */
function outputs(model: ModelServer): string {
  return JSON.stringify(
    model.requests.at(-1)?.inputItems.filter(({ type }) => type === "function_call_output"),
  );
}

test("an answer to the agent's question reaches the model", async () => {
  await using session = await ScriptedCodex.start({}, { features: FEATURES });
  const { codex, model } = session;
  const seen: UserInputRequest[] = [];
  const thread = await codex.threadStart({
    onUserInput: (request) => {
      seen.push(request);
      return { [request.questions[0]?.id ?? ""]: "blue" };
    },
  });
  model.enqueue(functionCall("request_user_input", { questions: [QUESTION] }));
  model.enqueue(message("blue it is"));
  assertEquals((await thread.run("paint")).finalResponse, "blue it is");
  assertMatch(outputs(model), /blue/);
  const [question] = seen[0]?.questions ?? [];
  assertEquals([question?.question, question?.options?.length], ["Which colour?", 2]);
});

test("a question that nobody answers gets no answers, and the turn continues [R-33]", async () => {
  await using session = await ScriptedCodex.start({}, { features: FEATURES });
  const { codex, model } = session;
  const thread = await codex.threadStart();
  model.enqueue(functionCall("request_user_input", { questions: [QUESTION] }));
  model.enqueue(message("then red"));
  assertEquals((await thread.run("paint")).finalResponse, "then red");
  assert(!outputs(model).includes("blue"));
});

test("a reader of the thread's requests answers a question long after it arrived, and after another reader left", async () => {
  await using session = await ScriptedCodex.start({}, { features: FEATURES });
  const { codex, model } = session;
  const thread = await codex.threadStart();
  model.enqueue(functionCall("request_user_input", { questions: [QUESTION] }));
  model.enqueue(message("done"));
  const first = thread.requests();
  const turn = await thread.turn("paint");
  const { value: seen } = await first.next();
  await first.return();
  const again = thread.requests();
  const { value: back } = await again.next();
  assert(back === seen && back?.kind === "userInput");
  back.answer("red");
  await turn.run();
  assertMatch(outputs(model), /red/);
  await again.return();
});

/** An MCP server with one tool that asks for a colour before it answers. */
const SERVER = `
import { createInterface } from "node:readline";
const send = (message) =>
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
const tool = { name: "paint", description: "paints", inputSchema: { type: "object" },
  annotations: { destructiveHint: true } };
const requestedSchema = { type: "object", properties: { colour: { type: "string" } },
  required: ["colour"] };
let call;
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params, result } = JSON.parse(line);
  if (method === "initialize") {
    send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} },
      serverInfo: { name: "painter", version: "1" } } });
  } else if (method === "tools/list") send({ id, result: { tools: [tool] } });
  else if (method === "tools/call") {
    call = id;
    send({ id: 100 + id, method: "elicitation/create",
      params: { message: "Which colour?", requestedSchema } });
  } else if (method === undefined) {
    send({ id: call, result: { content: [{ type: "text", text: JSON.stringify(result) }] } });
  } else if (id !== undefined) send({ id, result: {} });
});
`;

test("an MCP server's tool is approved for the session, and its question answered", async () => {
  const folder = await mkdtemp(join(tmpdir(), "codex-mcp-"));
  try {
    const script = join(folder, "server.mjs");
    await writeFile(script, SERVER);
    const [command, ...args] = scriptCommand(script, "-A");
    const mcp = `[mcp_servers.painter]\ncommand = ${JSON.stringify(command)}\nargs = ${
      JSON.stringify(args)
    }\n`;
    await using session = await ScriptedCodex.start({}, { extraToml: mcp });
    const { codex, model } = session;
    const approvals: McpToolApproval[] = [];
    const questions: ElicitationRequest[] = [];
    const thread = await codex.threadStart({
      onMcpToolApproval: (approval) => {
        approvals.push(approval);
        return "acceptForSession";
      },
      onElicitation: (request) => {
        questions.push(request);
        request.accept({ colour: "blue" });
      },
    });
    for (const callId of ["call-1", "call-2"]) {
      model.enqueue(rawEvent({
        type: "response.output_item.done",
        item: {
          type: "function_call",
          id: callId,
          call_id: callId,
          name: "paint",
          namespace: "mcp__painter",
          arguments: "{}",
        },
      }));
      model.enqueue(message("done"));
      await thread.run("paint");
      assertMatch(outputs(model), /blue/);
    }
    assertEquals(approvals.length, 1, "the second call is not asked about");
    assertEquals([approvals[0]?.serverName, approvals[0]?.toolName, approvals[0]?.item?.type], [
      "painter",
      "paint",
      "mcpToolCall",
    ]);
    assertEquals(questions.map(({ message, mode }) => [message, mode]), [
      ["Which colour?", "form"],
      ["Which colour?", "form"],
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, { timeoutMs: 30_000 });
