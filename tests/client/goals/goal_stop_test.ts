import { RequestTimeoutError, TurnActiveError, TurnTimeoutError } from "../../../mod.ts";
import {
  GoalStalledError,
  InvalidRequestError,
  NoActiveTurnError,
  TurnIdleTimeoutError,
} from "../../../errors.ts";
import { GoalWatch } from "../../../src/client/goals/goal_turn.ts";
import type { ClientContext } from "../../../src/client/client_context.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import "../../_support/loaded_modules.ts";
import { test } from "../../_support/test.ts";
import { answer, count, countingSignal, reasonOf, settled, started, THREAD } from "../_fixture.ts";
import { asked, ended, fakeGoal, goalUpdated, openGoals, rest } from "./_goal_fixture.ts";

test("TurnHandle.interrupt of a goal sends the pause before the interrupt [R-32]", async () => {
  await using goals = await openGoals();
  const turn = await goals.begin();
  await Promise.all([turn.interrupt(), turn.interrupt()]);
  const result = await turn.run();
  assertEquals([result.status, result.goal?.status], ["interrupted", "paused"]);
  assertEquals(asked(goals), ["goal active", "goal paused", "turn/interrupt"]);
});

test("TurnHandle.interrupt of a goal still interrupts if the pause is refused [R-32]", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.on("thread/goal/set", () => {
    throw { code: -32600, message: "cannot update goal for thread thread-1: no goal exists" };
  });
  await turn.interrupt();
  assertEquals((await turn.run()).status, "interrupted");
});

test("TurnHandle.interrupt between two turns of a goal pauses it, and ends it as interrupted [R-32]", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.sendBatch(rest("turn-1", "one"));
  await settled(goals);
  await turn.interrupt();
  const result = await turn.run();
  assertEquals([result.status, result.finalResponse], ["interrupted", "one"]);
  assertEquals(asked(goals), ["goal active", "goal paused"]);
});

test("TurnHandle.interrupt of a goal interrupts a turn that starts despite the pause", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  const pause = server.defer("thread/goal/set");
  const interrupting = turn.interrupt();
  await pause.arrived();
  server.sendBatch([...rest("turn-1", "one"), started("turn-2")]);
  const { params } = await server.nextRequest("turn/interrupt");
  assertEquals(params, { threadId: THREAD, turnId: "turn-2" });
  pause.reply({ goal: fakeGoal({ status: "paused" }) });
  await interrupting;
  assertEquals((await turn.run()).status, "interrupted");
});

test("TurnHandle.interrupt does not pause a completed goal", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  server.sendBatch([goalUpdated("complete", "turn-1")]);
  await settled(goals);
  await turn.interrupt();
  const result = await turn.run();
  assertEquals([result.status, result.goal?.status], ["interrupted", "complete"]);
  assertEquals(asked(goals), ["goal active", "turn/interrupt"]);
});

test("TurnHandle.steer between two turns of a goal waits for the next one", async () => {
  using _clock = fakeClock({ waitsForModules: true });
  await using goals = await openGoals();
  const { server } = goals;
  server.on("turn/steer", ({ expectedTurnId }) => ({ turnId: expectedTurnId }));
  const turn = await goals.begin();
  server.sendBatch(rest("turn-1", "one"));
  await settled(goals);
  const error = await reasonOf(turn.steer("early", { timeoutMs: 5 }));
  assertInstanceOf(error, RequestTimeoutError);
  const steering = turn.steer("more");
  server.sendBatch([started("turn-2")]);
  await steering;
  const { params } = await server.nextRequest("turn/steer");
  assertEquals((params as { expectedTurnId: string }).expectedTurnId, "turn-2");
  await turn.interrupt();
});

test("TurnHandle.steer goes to the next turn of a goal if it is too late for the current one", async () => {
  await using goals = await openGoals();
  const { server } = goals;
  const turn = await goals.begin();
  const late = server.defer("turn/steer");
  const steering = turn.steer("more");
  await late.arrived();
  server.on("turn/steer", ({ expectedTurnId }) => ({ turnId: expectedTurnId }));
  server.sendBatch([...rest("turn-1", "one"), started("turn-2")]);
  late.fail({
    code: -32600,
    message: "expected active turn id `turn-1` but found `turn-2`",
  });
  await steering;
  assertEquals(count(server, "turn/steer"), 2);
  server.sendBatch([goalUpdated("complete", "turn-2"), ended("turn-2")]);
  await turn.run();
  server.on("turn/steer", () => {
    throw { code: -32600, message: "no active turn to steer" };
  });
  await assertRejects(() => turn.steer("over"), NoActiveTurnError);
});

test("Thread.turn with goal, cancelled before the reply, pauses the goal and interrupts its turn [R-11]", async () => {
  await using goals = await openGoals();
  const { server, thread } = goals;
  const controller = new AbortController();
  const set = server.defer("thread/goal/set");
  const { signal } = controller;
  const error = reasonOf(thread.turn("go", { goal: true, signal }));
  await set.arrived();
  controller.abort("enough");
  assertEquals(await error, "enough");
  assertEquals(asked(goals), ["goal active"]);
  set.reply({ goal: fakeGoal() });
  server.sendBatch([started("turn-1")]);
  const { params } = await server.nextRequest("turn/interrupt");
  assertEquals(params, { threadId: THREAD, turnId: "turn-1" });
  await settled(goals);
  assert(asked(goals).includes("goal paused"));
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: { id: "turn-7" } });
    server.sendBatch(answer("free", "turn-7"));
  });
  assertEquals((await thread.run("next")).finalResponse, "free");
});

test("Thread.turn with goal rejects with TurnTimeoutError if no turn starts in time", async () => {
  using _clock = fakeClock({ waitsForModules: true });
  await using goals = await openGoals();
  const { server, thread } = goals;
  server.on("turn/interrupt", () => ({}));
  await assertRejects(() => thread.turn("go", { goal: true, timeoutMs: 20 }), TurnTimeoutError);
  const { params } = await server.nextRequest("turn/interrupt");
  assertEquals(params, { threadId: THREAD, turnId: "" });
  assertEquals(asked(goals), ["goal active", "goal paused", "turn/interrupt"]);
});

test("Thread.turn with goal sends nothing if its signal has already fired, and leaves no listener", async () => {
  await using goals = await openGoals();
  const { server, thread } = goals;
  const sent = server.received.length;
  const aborted = AbortSignal.abort("before");
  assertEquals(await reasonOf(thread.turn("go", { goal: true, signal: aborted })), "before");
  assertEquals(server.received.length, sent);
  const { controller, listeners } = countingSignal();
  const running = thread.run("go", { goal: true, signal: controller.signal });
  await server.nextRequest("thread/goal/set");
  server.sendBatch([
    started("turn-1"),
    goalUpdated("complete", "turn-1"),
    ...rest("turn-1", "one"),
  ]);
  await running;
  assertEquals(listeners(), 0);
});

test("Thread.turn with goal releases the thread if the server refuses the goal", async () => {
  await using goals = await openGoals();
  const { server, thread } = goals;
  for (const method of ["thread/goal/get", "thread/goal/set"]) {
    server.on(method, () => {
      throw { code: -32600, message: "not today" };
    });
    await assertRejects(() => thread.turn("go", { goal: true }), InvalidRequestError);
    server.on("thread/goal/get", () => ({ goal: null }));
  }
  server.on("thread/read", () => ({ thread: { status: { type: "active" } } }));
  await assertRejects(() => thread.turn("go", { goal: true }), TurnActiveError);
  await thread.turn("plain");
  assertEquals(asked(goals), ["goal active", "turn/start"]);
});

test("Thread.turn with goal clears an earlier goal and sends the settings before it sets its own", async () => {
  await using goals = await openGoals();
  const { server, thread } = goals;
  server.on("thread/settings/update", () => ({}));
  goals.goal = fakeGoal({ status: "paused", tokensUsed: 70 });
  const starting = thread.turn(["a", { type: "text", text: "b" }], {
    goal: { tokenBudget: 50 },
    model: "other",
    effort: undefined,
    sandbox: "readOnly",
  });
  const { params } = await server.nextRequest("thread/goal/set");
  server.sendBatch([started("turn-1"), goalUpdated("complete", "turn-1"), ended("turn-1")]);
  await (await starting).run();
  assertEquals(params, {
    threadId: THREAD,
    objective: "a\nb",
    tokenBudget: 50,
    status: "active",
  });
  const sent = server.received.map(({ method }) => method);
  const inOrder = ["thread/settings/update", "thread/goal/clear", "thread/goal/set"];
  assertEquals(sent.filter((method) => inOrder.includes(String(method))), inOrder);
  const update = server.received.find(({ method }) => method === "thread/settings/update");
  assertEquals(update?.params, {
    threadId: THREAD,
    model: "other",
    sandboxPolicy: { type: "readOnly", networkAccess: false },
  });
});

test("Thread.close pauses a goal before it unsubscribes from the thread [R-32]", async () => {
  for (const isBetween of [false, true]) {
    await using goals = await openGoals();
    const { server, thread } = goals;
    const turn = await goals.begin();
    if (isBetween) server.sendBatch(rest("turn-1", "one"));
    await settled(goals);
    await thread.close();
    assertEquals((await turn.run()).status, "interrupted");
    assertEquals(asked(goals).slice(0, 2), ["goal active", "goal paused"]);
    assertEquals(count(server, "thread/unsubscribe"), 1);
  }
});

test("Codex.close between two turns of a goal pauses it [R-32]", async () => {
  await using goals = await openGoals();
  const { server, codex } = goals;
  const turn = await goals.begin();
  server.sendBatch(rest("turn-1", "one"));
  await settled(goals);
  await codex.close();
  assertEquals((await turn.run()).status, "interrupted");
  assertEquals(asked(goals), ["goal active", "goal paused"]);
});

test("Thread.run queues behind a goal, even between its turns", async () => {
  await using goals = await openGoals();
  const { server, thread } = goals;
  const turn = await goals.begin();
  await assertRejects(() => thread.run("now"), TurnActiveError);
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: { id: "turn-7" } });
    server.sendBatch(answer("in turn", "turn-7"));
  });
  const queued = thread.run("later", { whenBusy: "queue" });
  server.sendBatch(rest("turn-1", "one"));
  await settled(goals);
  assertEquals(count(server, "turn/start"), 0);
  server.sendBatch([started("turn-2"), goalUpdated("complete", "turn-2"), ended("turn-2")]);
  assertEquals((await queued).finalResponse, "in turn");
  assertEquals((await turn.run()).goal?.status, "complete");
});

test("GoalWatch gives up on an active goal for which no turn starts", async () => {
  let asks = 0;
  const request = (method: string): Promise<unknown> => {
    asks++;
    return Promise.resolve(
      method === "thread/goal/get" ? { goal: fakeGoal() } : { thread: { status: "idle" } },
    );
  };
  const context = { request } as unknown as ClientContext;
  await new Promise<void>((resolve, reject) => {
    const watch = new GoalWatch(context, THREAD, {
      onOver: () => reject(new Error("over")),
      onStalled: resolve,
      graceMs: 1,
      maxChecks: 3,
    });
    watch.start();
  });
  assertEquals(asks, 6);
  const { status, message } = new GoalStalledError(THREAD, "active");
  assertEquals(status, "active");
  assert(message.startsWith("Cannot continue the goal"));
});

test("Thread.turn with goal applies idleTimeoutMs across all its turns, and pauses the goal [R-20]", async () => {
  using _clock = fakeClock({ waitsForModules: true });
  await using goals = await openGoals();
  const { server, thread } = goals;
  const starting = thread.turn("go", { goal: true, idleTimeoutMs: 40 });
  await server.nextRequest("thread/goal/set");
  server.sendBatch([started("turn-1"), ...rest("turn-1", "one"), started("turn-2")]);
  const turn = await starting;
  await assertRejects(() => turn.run(), TurnIdleTimeoutError);
  assertEquals(asked(goals), ["goal active", "goal paused", "turn/interrupt"]);
});

test("TurnHandle.interrupt of a goal survives a pause reply without a goal [R-69]", async () => {
  await using goals = await openGoals();
  const { server, codex, thread } = goals;
  const turn = await goals.begin();
  server.on("thread/goal/set", (_params, request) => request.reply(null));
  await turn.interrupt();
  assertEquals((await turn.run()).status, "interrupted");
  const controller = new AbortController();
  const given = reasonOf(thread.turn("again", { goal: true, signal: controller.signal }));
  const set = server.defer("thread/goal/set");
  await set.arrived();
  set.reply({ goal: fakeGoal() });
  await settled(goals);
  controller.abort(new Error("no longer wanted"));
  await given;
  await (await thread.turn("next")).interrupt();
  await codex.close(); // rejects with `undefined`
});

test("Thread.turn with goal, refused after it was cancelled, leaves an earlier goal alone", async () => {
  await using goals = await openGoals();
  const { server, thread } = goals;
  const controller = new AbortController();
  const set = server.defer("thread/goal/set");
  const given = reasonOf(thread.turn("again", { goal: true, signal: controller.signal }));
  await set.arrived();
  controller.abort(new Error("no longer wanted"));
  await given;
  set.fail({ code: -32600, message: "no" });
  await (await thread.turn("next")).interrupt();
  assertEquals(asked(goals), ["goal active", "turn/start", "turn/interrupt"]);
});
