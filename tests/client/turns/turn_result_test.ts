import { isCodexError } from "../../../mod.ts";
import { ServerOverloadedError } from "../../../errors.ts";
import type { ThreadItem } from "../../../protocol.ts";
import { agentMessage, notification } from "../../../testing.ts";
import type { FakeMessage } from "../../../testing.ts";
import { assert, assertEquals, assertInstanceOf } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, delta, failureOf, itemCompleted, runTurn, THREAD, TURN } from "../_fixture.ts";

function itemStarted(item: unknown): FakeMessage {
  return notification("item/started", { threadId: THREAD, turnId: TURN, item, startedAtMs: 0 });
}

const command = { type: "commandExecution", id: "call-1", status: "inProgress" };

test("Thread.run returns completed and interrupted turns as results [R-21]", async () => {
  for (const status of ["completed", "interrupted"] as const) {
    assertEquals((await runTurn([completed(status)])).status, status);
  }
});

test("Thread.run rejects a failed turn with everything that the server reported [R-21]", async () => {
  const error = await failureOf([
    itemCompleted(agentMessage("item-1", "half")),
    completed("failed", {
      error: {
        message: "upstream said no",
        codexErrorInfo: { httpConnectionFailed: { httpStatusCode: 503 } },
        additionalDetails: "try later",
        misalignment: null,
      },
    }),
  ]);
  assertEquals(error.message, "upstream said no");
  assertEquals(error.code, "turn_failed");
  assertEquals(error.httpStatusCode, 503);
  assertEquals(error.codexErrorInfo, { httpConnectionFailed: { httpStatusCode: 503 } });
  assertEquals(error.additionalDetails, "try later");
  assertEquals(error.turnId, TURN);
  assertEquals([error.failure.threadId, error.failure.status], [THREAD, "failed"]);
  assertEquals(error.result.finalResponse, "half");
  assert(isCodexError(error) && !(error instanceof ServerOverloadedError));
});

test("Thread.run rejects with ServerOverloadedError if the provider is overloaded [R-21]", async () => {
  const error = await failureOf([
    completed("failed", {
      error: {
        message: "overloaded",
        codexErrorInfo: "serverOverloaded",
        additionalDetails: null,
        misalignment: null,
      },
    }),
  ]);
  assertInstanceOf(error, ServerOverloadedError);
  assertEquals([error.code, error.httpStatusCode], ["server_overloaded", null]);
});

test("Thread.run rejects with the server's codexErrorInfo, known or not [R-21] [R-69]", async () => {
  for (const codexErrorInfo of ["bioPolicy", "cyberPolicy", "a policy to come", { new: 1 }]) {
    const error = await failureOf([
      completed("failed", {
        error: { message: "no", codexErrorInfo, additionalDetails: null, misalignment: null },
      }),
    ]);
    assertEquals([error.code, error.codexErrorInfo], ["turn_failed", codexErrorInfo]);
  }
});

test("Thread.run takes the error from the error notification if the turn has none [R-21]", async () => {
  const errorEvent = (message: string, willRetry: boolean): FakeMessage =>
    notification("error", {
      threadId: THREAD,
      turnId: TURN,
      willRetry,
      error: { message, codexErrorInfo: "badRequest", additionalDetails: null },
    });
  const error = await failureOf([
    errorEvent("no", false),
    errorEvent("retry", true),
    completed("failed"),
  ]);
  assertEquals([error.message, error.codexErrorInfo], ["no", "badRequest"]);
  const bare = await failureOf([errorEvent("retry", true), completed("failed")]);
  assertEquals([bare.message, bare.codexErrorInfo], [
    'The turn ended with the status "failed"',
    null,
  ]);
});

test("TurnResult.items holds every item once, in start order [R-22]", async () => {
  const reasoning = { type: "reasoning", id: "r", summary: [], content: [] };
  const done = { ...command, status: "completed", aggregatedOutput: "1\n2\n" };
  const result = await runTurn([
    itemStarted(reasoning),
    itemStarted(command),
    itemStarted(agentMessage("item-1", "")),
    itemCompleted(done),
    itemCompleted({ ...reasoning, summary: ["thought"] }),
    itemStarted(command), // out of order: the completed one stays
    itemCompleted(agentMessage("item-1", "ok")),
    itemCompleted({ type: "webSearch", id: "only completed" }),
    completed("completed", { items: [agentMessage("item-1", "summary")], itemsView: "summary" }),
  ]);
  assertEquals(result.items as unknown[], [
    { ...reasoning, summary: ["thought"] },
    done,
    agentMessage("item-1", "ok"),
    { type: "webSearch", id: "only completed" },
  ]);
});

test("TurnResult.items keeps open items of an interrupted turn in their last state [R-22]", async () => {
  const result = await runTurn([
    itemStarted(command),
    itemStarted(agentMessage("item-1", "")),
    delta("half"),
    completed("interrupted"),
  ]);
  assertEquals(result.items.map(({ id }) => id), ["call-1", "item-1"]);
  assertEquals(result.finalResponse, null);
});

test("TurnResult.items is the turn's own list only if no item was seen [R-22]", async () => {
  const whole = agentMessage("item-1", "whole");
  const unseen = await runTurn([completed("completed", { items: [whole] })]);
  assertEquals(unseen.items, [whole]);
  assertEquals(unseen.finalResponse, "whole");
  const seen = await runTurn([
    itemCompleted(agentMessage("item-0", "first")),
    completed("completed", { items: [whole] }),
  ]);
  assertEquals(seen.items.map(({ id }) => id), ["item-0"]);
  const answered = await runTurn([
    itemCompleted(command),
    completed("completed", { items: [whole] }),
  ]);
  assertEquals(answered.items.map(({ id }) => id), ["call-1"]);
  assertEquals(answered.finalResponse, "whole"); // the answer itself is never lost
  const lost = await runTurn([
    itemStarted(agentMessage("item-1", "")),
    completed("completed", { items: [whole] }),
  ]);
  assertEquals(lost.items, [whole]);
  assertEquals(lost.finalResponse, "whole");
});

test("TurnResult.finalResponse is the last final answer, else the last message without a phase [R-23]", async () => {
  const cases: [string, ThreadItem[], string | null][] = [
    ["nothing", [], null],
    ["commentary only", [agentMessage("a", "thinking", "commentary")], null],
    ["partial answer only", [agentMessage("a", "half", "partial_answer" as never)], null],
    ["a phase from the future", [agentMessage("a", "?", "epilogue" as never)], null],
    ["two without a phase", [agentMessage("a", "one"), agentMessage("b", "two")], "two"],
    ["an empty last one", [agentMessage("a", "one"), agentMessage("b", "")], ""],
    ["final before the rest", [
      agentMessage("a", "first", "final_answer"),
      agentMessage("b", "answer", "final_answer"),
      agentMessage("c", "no phase"),
      agentMessage("d", "more", "commentary"),
    ], "answer"],
    ["an empty final answer", [
      agentMessage("a", "no phase"),
      agentMessage("b", "", "final_answer"),
    ], ""],
    ["no phase and commentary after it", [
      agentMessage("a", "answer"),
      agentMessage("b", "more", "commentary"),
    ], "answer"],
    ["a phase that is absent", [{ ...agentMessage("a", "x"), phase: undefined as never }], "x"],
  ];
  for (const [name, items, expected] of cases) {
    const result = await runTurn([...items.map((item) => itemCompleted(item)), completed()]);
    assertEquals(result.finalResponse, expected, name);
    assertEquals(result.items.map(({ id }) => id), items.map(({ id }) => id), name);
  }
});

test("TurnResult.finalResponse ignores an incomplete message [R-23]", async () => {
  const result = await runTurn([
    itemCompleted(agentMessage("a", "done")),
    itemStarted(agentMessage("b", "cut", "final_answer")),
    completed("interrupted"),
  ]);
  assertEquals(result.finalResponse, "done");
});

test("TurnResult has usage, diff, plan, times and ids as last reported [R-78]", async () => {
  const ids = { threadId: THREAD, turnId: TURN };
  const step = { step: "look", status: "completed" };
  const result = await runTurn([
    notification("thread/tokenUsage/updated", { ...ids, tokenUsage: { last: 1 } }),
    notification("turn/diff/updated", { ...ids, diff: "old" }),
    notification("turn/plan/updated", { ...ids, explanation: null, plan: [] }),
    notification("thread/tokenUsage/updated", { ...ids, tokenUsage: { last: 2 } }),
    notification("turn/diff/updated", { ...ids, diff: "new" }),
    notification("turn/plan/updated", { ...ids, explanation: "why", plan: [step] }),
    itemCompleted(agentMessage("a", "ok")),
    completed("completed", { startedAt: 10, completedAt: 12, durationMs: 1_999 }),
  ]);
  assertEquals(result.usage as unknown, { last: 2 });
  assertEquals(result.diff, "new");
  assertEquals(result.plan as unknown, { explanation: "why", steps: [step] });
  assertEquals([result.startedAt, result.completedAt, result.durationMs], [10, 12, 1_999]);
  assertEquals([result.id, result.threadId, result.error], [TURN, THREAD, null]);
  assertEquals(result.items.length, 1);
});
