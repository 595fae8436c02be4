import { type ServerNotification, TransportClosedError, TurnFailedError } from "../../../mod.ts";
import { ThreadClosedError } from "../../../errors.ts";
import { fakeTurn, notification } from "../../../testing.ts";
import type { ClientContext } from "../../../src/client/client_context.ts";
import { GoalTurn } from "../../../src/client/goals/goal_turn.ts";
import { Deadline } from "../../../src/util/deadline.ts";
import { Sessions } from "../../../src/client/session/sessions.ts";
import { assert, assertEquals, assertRejects } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import "../../_support/loaded_modules.ts";
import { test } from "../../_support/test.ts";
import { completed, count, settled, started, THREAD } from "../_fixture.ts";
import { asked, fakeGoal, goalUpdated, openGoals, part, rest } from "./_goal_fixture.ts";

test("GoalTurn asks for the goal if neither a next turn nor the goal's end is reported", async () => {
  using clock = fakeClock({ waitsForModules: true });
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  goals.goal = fakeGoal({ status: "complete" });
  server.sendBatch(rest("turn-1", "one"));
  const result = await turn.run();
  assertEquals([result.finalResponse, result.goal?.status], ["one", "complete"]);
  assertEquals(clock.elapsedMs, 1_000);
});

test("GoalTurn ends without a goal if it is cleared between two turns", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.sendBatch(rest("turn-1", "one"));
  await settled(goals);
  goals.goal = null;
  server.sendBatch([notification("thread/goal/cleared", { threadId: THREAD })]);
  const result = await turn.run();
  assertEquals([result.status, result.finalResponse, result.goal], ["completed", "one", null]);
});

test("GoalTurn keeps waiting while the server reports the thread as active", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  goals.status = { type: "active", activeFlags: [] };
  server.sendBatch(rest("turn-1", "one"));
  await settled(goals);
  goals.goal = fakeGoal({ status: "paused" });
  server.sendBatch([goalUpdated("paused")]);
  await server.nextRequest("thread/read"); // that of the start
  await server.nextRequest("thread/read");
  await settled(goals);
  server.sendBatch(part("turn-2", "two"));
  assertEquals((await turn.run()).finalResponse, "two");
});

test("GoalTurn recovers a continuation whose end was lost [R-19]", async () => {
  using clock = fakeClock({ waitsForModules: true });
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  const items = rest("turn-2", "two").slice(0, 1);
  server.on("thread/turns/list", () => ({
    data: [fakeTurn("turn-2", "completed")],
    nextCursor: null,
  }));
  server.sendBatch([
    ...rest("turn-1", "one"),
    started("turn-2"),
    goalUpdated("complete", "turn-2"),
    ...items,
    notification("thread/status/changed", { threadId: THREAD, status: { type: "idle" } }),
  ]);
  assertEquals((await turn.run()).finalResponse, "two");
  assertEquals(clock.elapsedMs, 1_000);
});

test("GoalTurn ends when a turn fails, and pauses a goal that is still active", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  const error = { message: "no", codexErrorInfo: "other", additionalDetails: null };
  server.sendBatch([completed("failed", { error: { ...error, misalignment: null } })]);
  const failed = await assertRejects(() => turn.run(), TurnFailedError);
  assertEquals(failed.message, "no");
  await settled(goals);
  assertEquals(asked(goals), ["goal active", "goal paused"]);
});

test("GoalTurn rejects with TransportClosedError when the connection ends between two turns [R-13]", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.sendBatch(rest("turn-1", "one"));
  await settled(goals);
  const running = turn.run();
  server.exit();
  await assertRejects(() => running, TransportClosedError);
});

test("GoalTurn rejects with TransportClosedError when the connection ends with a turn, not the goal", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.sendBatch(rest("turn-1", "one"));
  server.exit();
  await assertRejects(() => turn.run(), TransportClosedError);
});

test("GoalTurn lets the running turn end if the goal is paused meanwhile", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  goals.goal = fakeGoal({ status: "paused" });
  server.sendBatch([goalUpdated("paused")]);
  for (let trip = 0; trip < 4; trip++) await settled(goals); // long enough for any unwanted request
  server.sendBatch(rest("turn-1", "one"));
  const result = await turn.run();
  assertEquals([result.finalResponse, result.goal?.status], ["one", "paused"]);
});

test("GoalTurn returns a result if the goal ended together with the connection [R-14]", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.sendBatch([goalUpdated("complete", "turn-1"), ...rest("turn-1", "one")]);
  server.exit();
  assertEquals((await turn.run()).finalResponse, "one");
});

test("GoalTurn releases its thread at the end, and does not own later turns of the server", async () => {
  await using goals = await openGoals();
  const { server, thread } = goals;
  const turn = await goals.begin();
  server.sendBatch([goalUpdated("complete", "turn-1"), ...rest("turn-1", "one")]);
  const { items } = await turn.run();
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: fakeTurn("turn-5") });
    server.sendBatch(part("turn-5", "plain"));
  });
  assertEquals((await thread.run("next")).finalResponse, "plain");
  assertEquals(items.length, 1);
  assertEquals(count(server, "thread/goal/set"), 1);
  assert(!asked(goals).includes("turn/interrupt"));
});

test("GoalTurn ends if the connection ends at the same moment as its turn, and releases the routing", async () => {
  const gone = new Error("gone");
  const request = (): Promise<unknown> => Promise.resolve({ goal: fakeGoal() });
  const sessions: Sessions = new Sessions(() => context);
  const context = { sessions, request } as unknown as ClientContext;
  const goal = new GoalTurn(context, THREAD);
  goal.takePlace();
  const starting = goal.start({ objective: "x" }, new Deadline({ timeoutError: () => gone }));
  for (const event of [started("turn-1"), completed()]) {
    sessions.receive(event as ServerNotification);
  }
  sessions.close(gone);
  const outcome = await (await starting).outcome;
  assertEquals(outcome, { kind: "lost", error: gone });
  await goal.ended;
  assertEquals([sessions.owners.length, sessions.size], [0, 0]);
});

test("GoalTurn ends when its thread is deleted between two turns", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.sendBatch(rest("turn-1", "one"));
  await settled(goals);
  server.notify("thread/deleted", { threadId: THREAD });
  await assertRejects(() => turn.run(), ThreadClosedError, "it was deleted");
});
