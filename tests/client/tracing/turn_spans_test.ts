import type { ThreadItem } from "../../../protocol.ts";
import { agentMessage, notification } from "../../../testing.ts";
import { assert, assertEquals } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { completed, events, itemCompleted, reasonOf, settled, THREAD, TURN } from "../_fixture.ts";
import { traced } from "./_traced.ts";

function command(
  overrides: Partial<Extract<ThreadItem, { type: "commandExecution" }>> = {},
): object {
  return {
    type: "commandExecution",
    id: "command-1",
    command: "cat /secret",
    cwd: "/secret",
    status: "inProgress",
    aggregatedOutput: "secret",
    exitCode: null,
    ...overrides,
  };
}

function itemStarted(item: unknown): ReturnType<typeof notification> {
  return notification("item/started", { threadId: THREAD, turnId: TURN, item, startedAtMs: 0 });
}

function counts(input: number, output: number): object {
  return {
    totalTokens: input + output,
    inputTokens: input,
    cachedInputTokens: 1,
    outputTokens: output,
    reasoningOutputTokens: 0,
  };
}

function used(
  total: unknown,
  last: unknown,
  turnId: string = TURN,
): ReturnType<typeof notification> {
  const tokenUsage = { total, last, modelContextWindow: null };
  return notification("thread/tokenUsage/updated", { threadId: THREAD, turnId, tokenUsage });
}

test("tracing makes a turn a child of the caller's span, its items and its start children of the turn", async () => {
  await using fixture = await traced();
  const { thread, server, recorder } = fixture;
  const turn = await recorder.within("mine", () => thread.turn("secret prompt"));
  server.sendBatch(events({ items: [agentMessage("message-1", "secret answer")] }));
  await turn.run();
  assertEquals(recorder.tree(), [
    "mine < none",
    "codex.turn < mine",
    "codex.request turn/start < codex.turn",
    "codex.item agentMessage < codex.turn",
  ]);
  const { attributes, status, kind } = recorder.only("codex.turn");
  assertEquals([kind, status], [0, undefined]);
  assertEquals(attributes, {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "codex",
    "gen_ai.provider.name": thread.settings.modelProvider,
    "gen_ai.request.model": thread.settings.model,
    "gen_ai.conversation.id": THREAD,
    "codex.turn.kind": "turn",
    "codex.turn.id": TURN,
    "codex.turn.status": "completed",
  });
  recorder.assertEnded();
  assert(!JSON.stringify(recorder.spans).includes("secret"));
});

test("tracing records the outcome of each item, but not its content", async () => {
  await using fixture = await traced();
  const { thread, server, recorder } = fixture;
  const turn = await thread.turn("hi", { model: "other-model" });
  const mcp = { type: "mcpToolCall", id: "m", server: "files", tool: "read", arguments: "secret" };
  server.sendBatch([
    itemStarted(command()),
    itemCompleted(command({ status: "failed", exitCode: 3 })),
    itemStarted(mcp),
    itemCompleted({ ...mcp, status: "completed", result: "secret" }),
    itemCompleted({ type: "fromTheFuture", id: "x", body: "secret" }), // reported only once
    completed(),
  ]);
  await turn.run();
  const failed = recorder.only("codex.item commandExecution");
  assertEquals(failed.status?.code, 2);
  assertEquals(failed.attributes, {
    "gen_ai.conversation.id": THREAD,
    "codex.turn.id": TURN,
    "codex.item.id": "command-1",
    "codex.item.type": "commandExecution",
    "codex.item.status": "failed",
    "process.exit.code": 3,
    "error.type": "item_failed",
  });
  const tool = recorder.only("codex.item mcpToolCall");
  assertEquals(tool.status, undefined);
  assertEquals(tool.attributes["gen_ai.tool.name"], "read");
  assertEquals(tool.attributes["codex.mcp.server"], "files");
  recorder.only("codex.item fromTheFuture");
  assertEquals(recorder.only("codex.turn").attributes["gen_ai.request.model"], "other-model");
  recorder.assertEnded();
  assert(!JSON.stringify(recorder.spans).includes("secret"));
});

test("tracing counts the tokens of the turn, not those of the thread or of its last request", async () => {
  await using fixture = await traced();
  const { thread, server, recorder } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([
    used(counts(110, 11), counts(10, 1)),
    used(counts(130, 15), counts(20, 4)),
    used(counts(130, 15), counts(20, 4)), // updates may be repeated
    completed(),
  ]);
  await turn.run();
  const { attributes } = recorder.only("codex.turn");
  assertEquals(attributes["gen_ai.usage.input_tokens"], 30);
  assertEquals(attributes["gen_ai.usage.output_tokens"], 5);
});

test("tracing survives invalid token counts", async () => {
  const diagnostics: unknown[] = [];
  const onDiagnostic = (diagnostic: unknown): void => void diagnostics.push(diagnostic);
  await using fixture = await traced({ onDiagnostic });
  const { thread, server, recorder } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([used(null, counts(5, 1)), used(counts(5, 1), undefined), completed()]);
  assertEquals([(await turn.run()).status, diagnostics], ["completed", []]);
  assertEquals(recorder.only("codex.turn").attributes["gen_ai.usage.input_tokens"], undefined);
});

test("tracing has the whole turn if everything arrives in one chunk with the reply", async () => {
  await using fixture = await traced();
  const { thread, server, recorder } = fixture;
  server.on("turn/start", (_params, request) => {
    server.sendBatch([
      { id: request.id, result: { turn: { id: TURN } } },
      used(counts(110, 11), counts(10, 1)),
      used(counts(130, 15), counts(20, 4)),
      used(counts(135, 15), counts(5, 0)),
      itemStarted(command()),
      itemCompleted(command({ status: "completed", exitCode: 0 })),
      completed(),
    ]);
  });
  await thread.run("hi");
  assertEquals(recorder.tree().slice(-1), ["codex.item commandExecution < codex.turn"]);
  const item = recorder.only("codex.item commandExecution");
  assertEquals(item.attributes["codex.item.status"], "completed");
  assertEquals(recorder.only("codex.turn").attributes["gen_ai.usage.input_tokens"], 35);
  recorder.assertEnded();
});

test("tracing records a failed turn, with the server's classification", async () => {
  await using fixture = await traced();
  const { thread, server, recorder } = fixture;
  const turn = await thread.turn("hi");
  const codexErrorInfo = { httpConnectionFailed: { httpStatusCode: 503 } };
  const error = { message: "upstream", codexErrorInfo, additionalDetails: null };
  server.sendBatch([completed("failed", { error } as never)]);
  await reasonOf(turn.run());
  const { attributes, status, exceptions } = recorder.only("codex.turn");
  assertEquals(status, { code: 2, message: "turn_failed" });
  assertEquals(attributes["error.type"], "turn_failed");
  assertEquals(attributes["codex.error.info"], "httpConnectionFailed");
  assertEquals(attributes["http.response.status_code"], 503);
  assertEquals(attributes["codex.turn.status"], "failed");
  assertEquals(exceptions.length, 1);
  recorder.assertEnded();
});

test("tracing ends an interrupted turn with its open items, and not as a failure", async () => {
  await using fixture = await traced();
  const { thread, server, recorder } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([itemStarted(command())]);
  await settled(fixture);
  await turn.interrupt();
  const span = recorder.only("codex.turn");
  assertEquals(span.status, undefined);
  assertEquals(span.attributes["codex.turn.status"], "interrupted");
  const item = recorder.only("codex.item commandExecution");
  assertEquals(item.attributes["codex.item.status"], "interrupted");
  recorder.assertEnded();
});

test("tracing ends every span when the server exits and when the client closes", async () => {
  using _clock = fakeClock();
  for (const how of ["exit", "close"] as const) {
    await using fixture = await traced();
    const { thread, server, codex, recorder } = fixture;
    const turn = await thread.turn("hi");
    const ended = reasonOf(turn.run());
    server.sendBatch([itemStarted(command())]);
    await settled(fixture);
    if (how === "close") server.on("turn/interrupt", (_params, request) => request.reply());
    if (how === "exit") server.exit({ code: 1 });
    else await codex.close();
    await ended;
    assertEquals(recorder.only("codex.turn").attributes["error.type"], "transport_closed");
    recorder.assertEnded();
  }
});

test("tracing ends the span of a turn whose end was lost", async () => {
  using clock = fakeClock();
  await using fixture = await traced();
  const { thread, server, recorder } = fixture;
  const turn = await thread.turn("hi");
  server.on("thread/read", () => ({ thread: { id: THREAD, status: { type: "idle" } } }));
  server.on("thread/turns/list", () => ({ data: [], nextCursor: null }));
  server.notify("thread/status/changed", { threadId: THREAD, status: { type: "idle" } });
  await reasonOf(turn.run());
  assertEquals(recorder.only("codex.turn").attributes["error.type"], "turn_lost");
  assertEquals(clock.elapsedMs, 1_000);
  recorder.assertEnded();
});

test("tracing ends the span of a turn that is refused, times out or is aborted", async () => {
  using _clock = fakeClock();
  await using fixture = await traced();
  const { thread, server, recorder } = fixture;
  server.on("turn/start", () => {
    throw { code: -32600, message: "no" };
  });
  await reasonOf(thread.run("hi"));
  server.on("turn/start", () => ({ turn: { id: TURN } }));
  await reasonOf(thread.run("hi", { timeoutMs: 20 }));
  const controller = new AbortController();
  const turn = await thread.turn("hi", { signal: controller.signal });
  controller.abort();
  await reasonOf(turn.run());
  const types = recorder.named("codex.turn").map(({ attributes }) => attributes["error.type"]);
  assertEquals(types, ["invalid_request", "turn_timeout", "AbortError"]);
  recorder.assertEnded();
});

test("tracing creates turn spans for reviews and compactions, but not for steers", async () => {
  await using fixture = await traced();
  const { thread, server, recorder } = fixture;
  server.on("review/start", () => ({ turn: { id: "review-1" }, reviewThreadId: THREAD }));
  const review = await thread.review({ type: "uncommittedChanges" });
  server.sendBatch([completed("completed", {}, "review-1")]);
  await review.run();
  server.on("thread/compact/start", (_params, request) => {
    request.reply({});
    const item = { type: "contextCompaction", id: "c" };
    server.notify("item/started", { threadId: THREAD, turnId: "compact-1", item });
    server.sendBatch([completed("completed", {}, "compact-1")]);
  });
  await thread.compact();
  const kinds = recorder.named("codex.turn").map(({ attributes }) => attributes["codex.turn.kind"]);
  assertEquals(kinds, ["review", "compaction"]);
  server.on("turn/steer", () => ({ turnId: TURN }));
  const turn = await thread.turn("hi");
  await thread.turn("more", { whenBusy: "steer" });
  assertEquals(recorder.named("codex.turn").length, 3);
  server.sendBatch([completed()]);
  await turn.run();
  recorder.assertEnded();
});
