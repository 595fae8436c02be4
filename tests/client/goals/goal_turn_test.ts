import type { ServerNotification } from "../../../mod.ts";
import { agentMessage, type FakeMessage, fakeTurn, notification } from "../../../testing.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, delta, itemCompleted, methods, started, THREAD } from "../_fixture.ts";
import { ended, fakeGoal, goalUpdated, openGoals, part, rest } from "./_goal_fixture.ts";

test("GoalTurn combines everything that arrives in one batch into one turn, even before the reply [R-16] [R-32]", async () => {
  await using goals = await openGoals();
  const { server, thread } = goals;
  server.on("thread/goal/set", (_params, request) => {
    server.sendBatch([
      ...part("turn-1", "one"),
      ...part("turn-2", "two"),
      goalUpdated("complete", "turn-3"),
      ...part("turn-3", "three"),
    ]);
    request.reply({ goal: fakeGoal() });
  });
  server.on("thread/goal/get", () => ({ goal: fakeGoal({ status: "complete" }) }));
  const turn = await thread.turn("make it so", { goal: true });
  const seen = await methods(turn);
  const result = await turn.run();
  assertEquals(result.id, "turn-1");
  assertEquals(result.finalResponse, "three");
  assertEquals(result.items.map(({ id }) => id), [1, 2, 3].map((n) => `message of turn-${n}`));
  assertEquals(result.durationMs, 3_000);
  for (const method of ["turn/started", "turn/completed"]) {
    assertEquals(seen.filter((other) => other === method).length, 1);
  }
});

test("GoalTurn gives every event the id of the first turn, and excludes unrelated events", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  const events: ServerNotification[] = [];
  const reading = (async () => {
    for await (const event of turn) events.push(event);
  })();
  server.sendBatch([
    ...rest("turn-1", "one"),
    delta("late", "message of turn-1", "turn-1"),
    delta("not ours", "item", "turn-9", "thread-9"),
    notification("turn/started", { threadId: "thread-9", turn: fakeTurn("turn-9") }),
    started("turn-2"),
    delta("tw", "message of turn-2", "turn-2"),
    notification("turn/plan/updated", { threadId: THREAD, turnId: "turn-2", plan: [] }),
    goalUpdated("complete", "turn-2"),
    ...rest("turn-2", "two"),
  ]);
  await reading;
  assertEquals(
    events.map(({ method, params }) => {
      const { turnId, turn } = params as { turnId?: string; turn?: { id: string } };
      return `${method} ${turnId ?? turn?.id}`;
    }),
    [
      "turn/started turn-1",
      "item/completed turn-1",
      "item/agentMessage/delta turn-1",
      "turn/plan/updated turn-1",
      "thread/goal/updated turn-1",
      "item/completed turn-1",
      "turn/completed turn-1",
    ],
  );
});

test("GoalTurn sums the tokens of all turns, though the server repeats a count", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  const tokens = (turnId: string, total: number, last: number) =>
    notification("thread/tokenUsage/updated", {
      threadId: THREAD,
      turnId,
      tokenUsage: { total: breakdown(total), last: breakdown(last), modelContextWindow: null },
    });
  server.sendBatch([
    tokens("turn-1", 110, 10),
    tokens("turn-1", 110, 10),
    ended("turn-1"),
    started("turn-2"),
    tokens("turn-2", 130, 20),
    goalUpdated("complete", "turn-2"),
    ended("turn-2"),
  ]);
  const { usage } = await turn.run();
  assertEquals([usage?.turn.totalTokens, usage?.last.totalTokens], [30, 20]);
  assertEquals(usage?.total.totalTokens, 130);
});

test("GoalTurn reports an item that was left open once, at the end [R-24]", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  const item = { type: "commandExecution", id: "call-1", status: "inProgress" };
  const place = { threadId: THREAD, turnId: "turn-1", item, startedAtMs: 0 };
  server.sendBatch([
    notification("item/started", place),
    ended("turn-1"),
    started("turn-2"),
    goalUpdated("complete", "turn-2"),
    ...rest("turn-2", "two"),
  ]);
  const seen = await methods(turn);
  assertEquals(seen.filter((method) => method === "sdk/item/interrupted").length, 1);
  assertEquals((await turn.run()).backgroundItems, ["call-1"]);
});

test("GoalTurn does not own a turn that started before its goal was set", async () => {
  await using goals = await openGoals();
  const { server, thread } = goals;
  const read = server.defer("thread/read");
  const starting = thread.turn("make it so", { goal: true });
  await read.arrived();
  server.sendBatch([started("turn-0"), ended("turn-0")]);
  read.reply({ thread: { status: { type: "idle" } } });
  await server.nextRequest("thread/goal/set");
  server.sendBatch([started("turn-1"), goalUpdated("complete", "turn-1"), ended("turn-1")]);
  assertEquals((await starting).id, "turn-1");
});

test("GoalTurn continues if a turn starts although the end of the previous one was never reported", async () => {
  await using goals = await openGoals();
  const { server, thread } = goals;
  const turn = await goals.begin();
  server.sendBatch([
    started("turn-2"),
    goalUpdated("complete", "turn-2"),
    ...rest("turn-2", "two"),
  ]);
  assertEquals((await turn.run()).finalResponse, "two");
  server.on("turn/start", () => ({ turn: fakeTurn("turn-3") }));
  assertEquals((await thread.turn("the thread is free")).id, "turn-3");
});

test("GoalTurn returns the answer of the last turn, whatever the earlier phases [R-23]", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.sendBatch([
    itemCompleted(agentMessage("item-1", "one", "final_answer"), "turn-1"),
    ended("turn-1"),
    started("turn-2"),
    itemCompleted(agentMessage("item-2", "two"), "turn-2"),
    goalUpdated("complete", "turn-2"),
    ended("turn-2"),
  ]);
  assertEquals((await turn.run()).finalResponse, "two");
});

test("GoalTurn takes items from the ends of its turns if no other event reported them [R-22]", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  const end = (turnId: string): FakeMessage =>
    completed("completed", { items: [agentMessage(`item of ${turnId}`, turnId)] }, turnId);
  server.sendBatch([
    end("turn-1"),
    started("turn-2"),
    goalUpdated("complete", "turn-2"),
    end("turn-2"),
  ]);
  const { items, finalResponse } = await turn.run();
  assertEquals([items.length, finalResponse], [2, "turn-2"]);
});

test("GoalTurn forwards the items of a continuation, whatever their ids", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.sendBatch([
    itemCompleted({ type: "newThing" }, "turn-1"),
    ended("turn-1"),
    started("turn-2"),
    itemCompleted({ type: "newThing" }, "turn-2"),
    goalUpdated("complete", "turn-2"),
    ended("turn-2"),
  ]);
  assertEquals((await turn.run()).items.length, 2);
});

function breakdown(totalTokens: number): Record<string, number> {
  return {
    totalTokens,
    inputTokens: totalTokens,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    outputTokens: 0,
    reasoningOutputTokens: 0,
  };
}

test("GoalTurn survives goal notifications without a goal and turn notifications without a turn [R-69]", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.notify("thread/goal/updated", { threadId: THREAD, turnId: null });
  server.notify("thread/goal/updated", { threadId: THREAD, turnId: "turn-1", goal: 5 });
  server.sendBatch(rest("turn-1", "one"));
  server.notify("turn/started", { threadId: THREAD });
  server.sendBatch([
    started("turn-2"),
    goalUpdated("complete", "turn-2"),
    ...rest("turn-2", "two"),
  ]);
  const { status, finalResponse, goal } = await turn.run();
  assertEquals([status, finalResponse, goal?.status], ["completed", "two", "complete"]);
});
