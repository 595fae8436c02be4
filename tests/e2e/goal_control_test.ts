import { GoalNotSupportedError, GoalsDisabledError, NoGoalError } from "../../errors.ts";
import { deltas, functionCall, gate, message } from "../../testing.ts";
import { assertEquals, assertInstanceOf, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

test("Thread.goal sets, reads, pauses and clears the goal of a thread", async () => {
  await using session = await ScriptedCodex.start();
  const thread = await session.codex.threadStart();
  assertEquals(await thread.goal.get(), null);
  assertInstanceOf(await thread.goal.pause().catch((error) => error), NoGoalError);
  const set = await thread.goal.set("someday", { status: "paused", tokenBudget: 500 });
  assertEquals([set.objective, set.status, set.tokenBudget], ["someday", "paused", 500]);
  assertEquals(await thread.goal.get(), set);
  assertEquals(await thread.goal.clear(), true);
  assertEquals(await thread.goal.clear(), false);
  assertEquals(await thread.goal.get(), null);
  assertEquals(session.model.requests.length, 0);
});

test("Goal.pause and Goal.clear end a running goal together with its running turn", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  for (const action of ["pause", "clear"] as const) {
    const hold = gate();
    model.enqueue(deltas(["so", hold, " far"]));
    const turn = await thread.turn("make it so", { goal: true });
    await hold.untilReached();
    await thread.goal[action]();
    hold.open();
    const result = await turn.run();
    assertEquals([result.status, result.finalResponse], ["completed", "so far"]);
    assertEquals(result.goal?.status, action === "pause" ? "paused" : undefined);
  }
  assertEquals(model.requests.length, 2);
});

test("Goal.set replaces the objective of a running goal", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(deltas(["x", hold]));
  const turn = await thread.turn("first", { goal: true });
  await hold.untilReached();
  await thread.goal.set("second");
  model.enqueue(functionCall("update_goal", { status: "complete" }));
  model.enqueue(message("done"));
  hold.open();
  const { goal, finalResponse } = await turn.run();
  assertEquals([goal?.objective, goal?.status, finalResponse], ["second", "complete", "done"]);
});

test("Thread.run with goal refuses bad objectives and ephemeral threads before any model request", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  for (const objective of ["", " \n", []]) {
    await assertRejects(() => thread.run(objective, { goal: true }), TypeError);
  }
  const image = { type: "localImage", path: "/a.png" } as const;
  await assertRejects(() => thread.run(image, { goal: true }), TypeError);
  await assertRejects(() => thread.run("x".repeat(4_001), { goal: true }), RangeError);
  await assertRejects(() => thread.run("x", { goal: { tokenBudget: 0 } }), RangeError);
  await assertRejects(() => thread.run("x", { goal: true, outputSchema: {} }), TypeError);
  await assertRejects(() => thread.run("x", { goal: "yes" as never }), TypeError);
  await assertRejects(() => thread.goal.set(" "), TypeError);
  const ephemeral = await codex.threadStart({ ephemeral: true });
  await assertRejects(() => ephemeral.run("x", { goal: true }), GoalNotSupportedError);
  await assertRejects(() => ephemeral.goal.get(), GoalNotSupportedError);
  assertEquals(model.requests.length, 0);
  model.enqueue(message("usable"));
  assertEquals((await ephemeral.run("x")).finalResponse, "usable");
});

test("Thread.run with goal accepts an objective of 4,000 characters outside the basic plane", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(functionCall("update_goal", { status: "complete" }));
  model.enqueue(message("done"));
  const objective = "😀".repeat(4_000);
  const { goal } = await (await codex.threadStart()).run(objective, { goal: true });
  assertEquals([goal?.objective === objective, goal?.status], [true, "complete"]);
});

test("Thread.run with goal rejects with GoalsDisabledError when goals are disabled", async () => {
  await using session = await ScriptedCodex.start({}, { features: { goals: false } });
  const { codex, model } = session;
  const thread = await codex.threadStart();
  await assertRejects(() => thread.run("x", { goal: true }), GoalsDisabledError);
  await assertRejects(() => thread.goal.set("x"), GoalsDisabledError);
  assertEquals(model.requests.length, 0);
  model.enqueue(message("plain"));
  assertEquals((await thread.run("x")).finalResponse, "plain");
});
