import { TurnLimitError } from "../../../errors.ts";
import type { TurnResult } from "../../../mod.ts";
import { type FakeMessage, notification } from "../../../testing.ts";
import { assertEquals, assertInstanceOf, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { answer, count, open, reasonOf, started, THREAD } from "../_fixture.ts";
import { asked, openGoals, rest } from "../goals/_goal_fixture.ts";

/** The report of a model request, of 100 tokens. */
function used(total: number, turnId = "turn-1"): FakeMessage {
  const breakdown = (totalTokens: number): Record<string, number> => ({
    totalTokens,
    inputTokens: totalTokens,
    cachedInputTokens: 0,
    outputTokens: 0,
    reasoningOutputTokens: 0,
  });
  const tokenUsage = { total: breakdown(total), last: breakdown(100), modelContextWindow: null };
  return notification("thread/tokenUsage/updated", { threadId: THREAD, turnId, tokenUsage });
}

function item(type: string, id: string, method = "item/started"): FakeMessage {
  return notification(method, { threadId: THREAD, turnId: "turn-1", item: { type, id } });
}

test("limits of a goal count the work of all its turns, and stop it", async () => {
  await using goals = await openGoals();
  const turn = await goals.begin({ limits: { tokens: 250, turns: 3 } });
  const running = reasonOf(turn.run());
  const { server } = goals;
  server.sendBatch([
    used(100),
    used(100),
    used(200),
    used(200),
    ...rest("turn-1", "one"),
    started("turn-2"),
  ]);
  server.sendBatch([used(300, "turn-2")]);
  const error = await running;
  assertInstanceOf(error, TurnLimitError);
  assertEquals([error.limit, error.used], ["tokens", 300]);
  assertEquals((error.result as TurnResult).usage?.turn.totalTokens, 300);
  assertEquals(asked(goals), ["goal active", "goal paused", "turn/interrupt"]);
});

test("limits of a review interrupt it; an item that is reported once counts once, and what is no tool call does not count", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("review/start", () => ({
    turn: { id: "turn-1", items: [], status: "inProgress" },
    reviewThreadId: THREAD,
  }));
  const turn = await thread.review({ type: "uncommittedChanges" }, { limits: { toolCalls: 2 } });
  const running = reasonOf(turn.run());
  server.sendBatch([
    started("turn-1"),
    item("userMessage", "0"),
    item("reasoning", "1"),
    item("commandExecution", "2"),
    item("commandExecution", "2", "item/completed"),
    item("fileChange", "3", "item/completed"),
    item("aNewType", "4"),
    item("mcpToolCall", "5"),
    item("dynamicToolCall", "6"),
  ]);
  const error = await running;
  assertInstanceOf(error, TurnLimitError);
  assertEquals([error.limit, error.used], ["toolCalls", 3]);
  assertEquals(count(server, "turn/interrupt"), 1);
});

test("limits that are not positive integers, and unknown ones, are refused before anything is sent", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  for (const limits of [{ tokens: 0 }, { turns: 1.5 }, { toolCalls: -1 }, { tokens: "9" }]) {
    await assertRejects(() => thread.run("hi", { limits: limits as never }), RangeError, "integer");
  }
  for (const limits of [5, { maxTurns: 3 }]) {
    await assertRejects(() => thread.run("hi", { limits: limits as never }), TypeError, "limits");
  }
  assertEquals(count(server, "turn/start"), 0);
  // No tool calls at all are a limit too, and a turn within it is not touched.
  const running = thread.run("hi", { limits: { toolCalls: 0, tokens: undefined } });
  await server.nextRequest("turn/start");
  server.sendBatch(answer("fine"));
  assertEquals((await running).finalResponse, "fine");
});
