import { TurnFailedError } from "../../mod.ts";
import { ServerOverloadedError } from "../../errors.ts";
import { failed, failure, message, shellCommand, usage } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

test("thread.run returns final text, items and usage from one model request", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(message("Hello there."), usage({ inputTokens: 11, outputTokens: 7 }));
  const thread = await codex.threadStart();
  const result = await thread.run("Say hello");
  assertEquals(result.status, "completed");
  assertEquals(result.finalResponse, "Hello there.");
  assertEquals(result.items.map((item) => item.type), ["userMessage", "agentMessage"]);
  assertEquals(result.usage?.total.inputTokens, 11);
  assertEquals(result.usage?.total.outputTokens, 7);
  assertEquals(result.threadId, thread.id);
  assert(typeof result.durationMs === "number" && result.durationMs >= 0);
  assert(typeof result.startedAt === "number" && typeof result.completedAt === "number");
  assertEquals(model.requests.length, 1);
  assertEquals(model.requests[0]?.lastUserText(), "Say hello");
  assertEquals(model.requests[0]?.model, "mock-model");
});

test("thread.run accepts a model for one run and reports that run's usage", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(message("one"), usage({ inputTokens: 1, outputTokens: 2 }));
  model.enqueue(message("two"), usage({ inputTokens: 30, outputTokens: 40 }));
  const thread = await codex.threadStart();
  const first = await thread.run("a");
  const second = await thread.run("b", { model: "other-model" });
  assertEquals(model.requests.map((request) => request.model), ["mock-model", "other-model"]);
  assertEquals(first.usage?.last.outputTokens, 2);
  assertEquals(second.usage?.last.inputTokens, 30);
  assertEquals(second.usage?.total.inputTokens, 31);
});

test("thread.run accepts strings, objects and arrays of both as input", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  model.enqueue(message("a")).enqueue(message("b")).enqueue(message("c"));
  await thread.run("plain");
  await thread.run({ type: "text", text: "object" });
  await thread.run(["first", { type: "text", text: "second" }]);
  assertEquals(model.requests[0]?.lastUserText(), "plain");
  assertEquals(model.requests[1]?.lastUserText(), "object");
  assertEquals(model.requests[2]?.userTexts().slice(-2), ["first", "second"]);
});

test("thread.run uses the last of two messages without a phase as final [R-23]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  model.enqueue(message("first"), message("second"));
  assertEquals((await thread.run("a")).finalResponse, "second");
  model.enqueue(message("text"), message(""));
  assertEquals((await thread.run("b")).finalResponse, "");
  model.enqueue(message("thinking aloud", { phase: "commentary" }));
  assertEquals((await thread.run("c")).finalResponse, null);
  model.enqueue(
    message("answer", { phase: "final_answer" }),
    message("aside", { phase: "commentary" }),
  );
  const result = await thread.run("d");
  assertEquals(result.finalResponse, "answer");
  const phases = result.items.flatMap((item) => item.type === "agentMessage" ? [item.phase] : []);
  assertEquals(phases, ["final_answer", "commentary"]);
});

test("thread.run runs a command in the sandbox and sends its output to the model", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  model.enqueue(shellCommand("echo sandboxed; pwd; touch probe || true", { callId: "call-1" }));
  model.enqueue(message("done"));
  const thread = await codex.threadStart();
  const result = await thread.run("run it");
  const command = result.items.find((item) => item.type === "commandExecution");
  assert(command?.type === "commandExecution");
  assertEquals(command.exitCode, 0);
  assertStringIncludes(command.aggregatedOutput ?? "", "sandboxed");
  assertStringIncludes(command.aggregatedOutput ?? "", scripted.home.workspace);
  assertStringIncludes(command.aggregatedOutput ?? "", "Read-only file system");
  assertStringIncludes(model.requests[1]?.functionOutputs().get("call-1") ?? "", "sandboxed");
});

test("thread.run rejects with the server's message when the turn fails [R-21]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  model.enqueue(failure({ status: 500 }));
  const error = await assertRejects(() => thread.run("a"), TurnFailedError);
  assertEquals(error.codexErrorInfo, "internalServerError");
  assert(error.message.length > 0);
  assertEquals(error.failure.status, "failed");
  assertEquals(error.failure.threadId, thread.id);
  model.enqueue(message("fine again"));
  assertEquals((await thread.run("b")).finalResponse, "fine again");
});

test("thread.run distinguishes an overloaded provider [R-12] [R-21]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  model.enqueue(failed({ code: "server_is_overloaded", message: "overloaded" }));
  const error = await assertRejects(() => thread.run("a"), TurnFailedError);
  assertInstanceOf(error, ServerOverloadedError);
});

test("thread.run with an output schema sends it to the model", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  model.enqueue(message('{"n":1}'));
  const outputSchema = {
    type: "object",
    properties: { n: { type: "number" } },
    required: ["n"],
    additionalProperties: false,
  };
  await thread.run("count", { outputSchema });
  assertEquals(model.requests[0]?.textFormat?.schema, outputSchema);
});
