import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  Codex,
  type CodexOptions,
  type Diagnostic,
  JsonRpcError,
  tool,
  TurnFailedError,
} from "../../mod.ts";
import type { Transport } from "../../transport.ts";
import {
  failed,
  functionCall,
  message,
  ScriptedModel,
  shellCommand,
  usage,
} from "../../testing.ts";
import { stdio } from "../../transports/auto.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { Recorder, TRACE_ID } from "../client/tracing/_recorder.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const LOOKUP = {
  type: "function",
  name: "lookup",
  description: "Looks something up",
  inputSchema: { type: "object", properties: {}, additionalProperties: false },
} as const;

async function* framesOf(transport: Transport): AsyncGenerator<string> {
  for await (const batch of transport.readable) yield* batch;
}

/** The relevant part of a span exported by the server. */
interface ServerSpan {
  readonly name: string;
  readonly traceId: string;
  readonly parentSpanId?: string;
}

/** Receives the server's exports. */
async function collector(): Promise<AsyncDisposable & { url: string; spans: ServerSpan[] }> {
  const spans: ServerSpan[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { resourceSpans = [] } = JSON.parse(text) as {
      resourceSpans?: { scopeSpans: { spans: ServerSpan[] }[] }[];
    };
    spans.push(
      ...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((one) => one.spans)),
    );
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    spans,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function exportingTo(endpoint: string): CodexOptions {
  return {
    configOverrides: { otel: { trace_exporter: { "otlp-http": { endpoint, protocol: "json" } } } },
  };
}

test("tracing covers a whole turn with a command and a tool", async () => {
  const tracing = new Recorder();
  await using session = await ScriptedCodex.start({ tracing });
  const { codex, model } = session;
  codex.handle("item/tool/call", () => ({
    contentItems: [{ type: "inputText", text: "found" }],
    success: true,
  }));
  model.enqueue(
    shellCommand("exit 3", { callId: "c" }),
    usage({ inputTokens: 10, outputTokens: 1 }),
  );
  model.enqueue(functionCall("lookup", {}, { callId: "t" }), usage({ inputTokens: 20 }));
  model.enqueue(message("done"), usage({ inputTokens: 30, outputTokens: 2 }));
  const thread = await codex.threadStart({ dynamicTools: [LOOKUP] });
  await tracing.within("mine", () => thread.run("go"));
  await codex.close();
  assertEquals(tracing.tree(), [
    "codex.connect < none",
    "codex.request initialize < codex.connect",
    "codex.request thread/start < none",
    "mine < none",
    "codex.turn < mine",
    "codex.request turn/start < codex.turn",
    "codex.item userMessage < codex.turn",
    "codex.item commandExecution < codex.turn",
    "codex.item dynamicToolCall < codex.turn",
    "codex.tool lookup < codex.item dynamicToolCall",
    "codex.item agentMessage < codex.turn",
  ]);
  tracing.assertEnded();
  const command = tracing.only("codex.item commandExecution");
  assertEquals(command.attributes["process.exit.code"], 3);
  assertEquals(command.status?.code, 2);
  const turn = tracing.only("codex.turn");
  assertEquals(turn.status, undefined);
  assertEquals(turn.attributes["gen_ai.request.model"], "mock-model");
  assertEquals(turn.attributes["gen_ai.usage.input_tokens"], 60);
  assertEquals(turn.attributes["gen_ai.usage.output_tokens"], 3);
});

test("spans and diagnostics have no text of a prompt, an answer, a command, a tool or an error [R-115]", async () => {
  const tracing = new Recorder();
  const diagnostics: Diagnostic[] = [];
  const onDiagnostic = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  await using session = await ScriptedCodex.start({ tracing, onDiagnostic });
  const { codex, model } = session;
  const look = tool({
    name: "look",
    description: "Looks.",
    run: () => {
      throw new Error("a heron in the tool");
    },
  });
  model.enqueue(shellCommand("echo heron in a command"), functionCall("look", { at: "a heron" }));
  model.enqueue(message("An answer with a heron.")).enqueue(
    failed({ code: "invalid_prompt", message: "a heron in the failure" }),
  );
  const thread = await codex.threadStart({ tools: [look], developerInstructions: "Find a heron." });
  await thread.run("a heron in the prompt");
  const turn = await assertRejects(() => thread.run("another heron"), TurnFailedError);
  const sandbox = "a-heron" as never;
  const refused = await assertRejects(
    () => codex.request("thread/start", { sandbox }),
    JsonRpcError,
  );
  for (const error of [turn, refused]) assertStringIncludes(String(error), "heron");
  await codex.close();
  assert(tracing.spans.length > 5);
  const spans = tracing.spans.map(({ name, attributes, status, exceptions }) => {
    return [name, attributes, status, exceptions];
  });
  const told = JSON.stringify([spans, diagnostics]);
  assert(!told.includes("heron"), told);
});

test("the server accepts trace, and passes it to the model only if it exports spans", async () => {
  const traceparent = `00-${TRACE_ID}-b7ad6b7169203331-01`;
  await using session = await ScriptedCodex.start({ trace: () => ({ traceparent }) });
  const { codex, model } = session;
  model.enqueue(message("done"));
  const thread = await codex.threadStart();
  assertEquals((await thread.run("go")).finalResponse, "done");
  assertEquals(model.requests[0]?.headers["traceparent"], undefined);
});

test("tracing includes the server's own spans and its requests to the model", async () => {
  const tracing = new Recorder();
  await using sink = await collector();
  await using session = await ScriptedCodex.start({ ...exportingTo(sink.url), tracing });
  const { codex, model } = session;
  model.enqueue(message("done"));
  const thread = await codex.threadStart();
  await thread.run("go");
  const { traceparent, tracestate } = model.requests[0]?.headers ?? {};
  assertMatch(traceparent ?? "", new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-01$`));
  assertEquals(tracestate, "vendor=1");
  await codex.close(); // the server exports the rest when it exits
  const start = sink.spans.find(({ name }) => name === "turn/start");
  assert(start !== undefined, `no turn/start among ${sink.spans.length} spans`);
  assertEquals(start.traceId, TRACE_ID);
  assertEquals(start.parentSpanId, tracing.only("codex.request turn/start").id);
});

test("trace of a wrong type is not sent, because the server would never reply", async () => {
  await using scripted = await ScriptedModel.start();
  await using codex = new Codex({
    ...scripted.options,
    trace: () => ({ traceparent: 5 }) as never,
  });
  assert((await codex.models({ timeoutMs: 10_000 })).length > 0);

  await using transport = await stdio(scripted.options)();
  const writer = transport.writable.getWriter();
  const send = (frame: object): Promise<void> => writer.write(JSON.stringify(frame));
  const clientInfo = { name: "raw", title: "raw", version: "1" };
  await send({ id: 1, method: "initialize", params: { clientInfo } });
  await send({ method: "initialized" });
  await send({ id: 2, method: "thread/loaded/list", params: {}, trace: { traceparent: 5 } });
  await send({ id: 3, method: "thread/loaded/list", params: {}, trace: { traceparent: "x" } });
  const answered: unknown[] = [];
  for await (const frame of framesOf(transport)) {
    const { id, method } = JSON.parse(frame) as { readonly id?: unknown; readonly method?: string };
    if (method === undefined) answered.push(id);
    if (id === 3) await writer.close(); // the server exits, having sent every reply it ever will
  }
  assertEquals(answered, [1, 3]);
});
