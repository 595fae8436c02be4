import { OutcomeUnknownError } from "../../errors.ts";
import { agentMessage, fakeTurn } from "../../testing.ts";
import { fateOf, type Goal } from "../../src/resilient/goal_calls.ts";
import { PendingCall } from "../../src/resilient/pending_calls.ts";
import { fakeGoal as aGoal } from "../client/goals/_goal_fixture.ts";
import { assertEquals, assertObjectMatch, assertRejects } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import "../_support/loaded_modules.ts";
import { test } from "../_support/test.ts";
import { Peer, THREAD, TURN } from "./_fixture.ts";

/** A scripted server that has a goal. */
class GoalPeer extends Peer {
  goal: Goal = null;

  constructor() {
    super();
    this.server
      .on("thread/goal/get", () => ({ goal: this.goal }))
      .on("thread/goal/set", (params) => {
        this.goal = { ...(this.goal ?? fakeGoal()), ...params } as Goal;
        return { goal: this.goal };
      })
      .on("thread/goal/clear", () => {
        const cleared = this.goal !== null;
        this.goal = null;
        return { cleared };
      });
  }
}

/** A goal of the scripted thread. */
function fakeGoal(overrides: Partial<NonNullable<Goal>> = {}): NonNullable<Goal> {
  return aGoal({ threadId: THREAD, ...overrides });
}

test("resilient() settles a goal that the server has stored, and sets one again that it has not [R-108]", async () => {
  using _clock = fakeClock({ waitsForModules: true });
  await using peer = new GoalPeer();
  const thread = await peer.thread();
  const stored = peer.server.defer("thread/goal/set");
  const setting = thread.goal.set("make it so", { tokenBudget: 9 });
  await stored.arrived();
  // It was stored and has even ended; a new thread had no goal before.
  peer.goal = fakeGoal({ status: "complete", tokenBudget: 9 });
  assertObjectMatch(await peer.lose(), { resent: [], unknown: [] });
  assertEquals((await setting).status, "complete");

  const lost = peer.server.defer("thread/goal/set");
  const again = thread.goal.set("make it so", { tokenBudget: 9 });
  await lost.arrived();
  peer.server.on("thread/goal/set", (params) => ({
    goal: peer.goal = fakeGoal({ ...params, createdAt: 9 } as never),
  }));
  assertObjectMatch(await peer.lose(), { resent: ["thread/goal/set"], unknown: [] });
  assertEquals((await again).status, "active");

  const cleared = peer.server.defer("thread/goal/clear");
  const clearing = thread.goal.clear();
  await cleared.arrived();
  peer.goal = null;
  assertObjectMatch(await peer.lose(), { resent: [], unknown: [] });
  assertEquals(await clearing, true);

  const other = peer.server.defer("thread/goal/set");
  const failure = assertRejects(
    () => thread.goal.set("make it so"),
    OutcomeUnknownError,
    "thread/goal/set",
  );
  await other.arrived();
  peer.goal = fakeGoal({ objective: "of another client" });
  assertObjectMatch(await peer.lose(), { resent: [], unknown: ["thread/goal/set"] });
  await failure;
});

test("fateOf() says what became of a change of a goal", () => {
  const x = (status: NonNullable<Goal>["status"], more: Partial<NonNullable<Goal>> = {}): Goal =>
    fakeGoal({ objective: "x", status, ...more });
  const spent = { updatedAt: 1_900_000_000, tokensUsed: 7 };
  const y = fakeGoal({ objective: "y" });
  const set = { objective: "x", status: "active" };
  const pause = { status: "paused" };
  const rows: readonly [object | "clear", Goal | undefined, Goal, string][] = [
    // What was asked for is there.
    [set, null, x("active"), "done"],
    [set, undefined, x("active"), "done"],
    [set, y, x("active", spent), "done"],
    [{ ...set, tokenBudget: 5 }, null, x("active", { tokenBudget: 5 }), "done"],
    [pause, x("active"), x("paused"), "done"],
    // Nothing has changed.
    [set, null, null, "again"],
    [set, y, y, "again"],
    [set, x("complete"), x("complete"), "again"],
    [{ ...set, tokenBudget: 5 }, x("active"), x("active", spent), "again"],
    [pause, x("active"), x("active", spent), "again"],
    [pause, undefined, x("active"), "again"],
    [pause, null, null, "again"],
    // It was set, or the goal has ended meanwhile.
    [set, null, x("complete"), "done"],
    [set, x("complete"), x("blocked", { createdAt: 1 }), "done"],
    [pause, x("active"), x("complete", spent), "done"],
    // Perhaps by somebody else.
    [set, x("blocked"), x("blocked", spent), "unknown"],
    [set, undefined, null, "unknown"],
    [set, undefined, x("complete"), "unknown"],
    [set, null, y, "unknown"],
    [set, y, null, "unknown"],
    ["clear", x("active"), null, "done"],
    ["clear", x("active"), x("active", spent), "again"],
    ["clear", null, null, "again"],
    ["clear", undefined, null, "again"],
    ["clear", x("active"), y, "unknown"],
    ["clear", undefined, y, "unknown"],
  ];
  for (const [wish, before, now, expected] of rows) {
    const isClear = wish === "clear";
    const method = isClear ? "thread/goal/clear" : "thread/goal/set";
    const params = { threadId: THREAD, ...(isClear ? {} : wish as object) };
    const call = new PendingCall(1, method, JSON.stringify({ id: 1, method, params }));
    call.goalBefore = before;
    const fate = fateOf(call, now);
    const row = JSON.stringify([wish, before, now]);
    assertEquals(typeof fate === "string" ? fate : "done", expected, row);
    if (typeof fate !== "string") {
      assertEquals(fate.result, isClear ? { cleared: true } : { goal: now }, row);
    }
  }
});

test("a turn with a goal goes on when the server is restarted, which continues the goal [R-32] [R-108]", async () => {
  using _clock = fakeClock({ waitsForModules: true });
  await using peer = new GoalPeer();
  const thread = await peer.thread();
  peer.server.on("thread/goal/set", (params, request) => {
    peer.goal = fakeGoal(params as never);
    request.reply({ goal: peer.goal });
    peer.begin();
  });
  peer.server.on("thread/read", () => ({
    thread: { id: THREAD, status: { type: "idle" } } as never,
  }));
  const turn = await thread.turn("make it so", { goal: true });
  peer.loaded = [];
  peer.turns = [fakeTurn(TURN, "interrupted", { items: [agentMessage("item-1", "one")] })];
  peer.onResume = () => {
    const params = { threadId: THREAD, turn: fakeTurn("turn-2") };
    peer.server.notify("turn/started", params);
  };
  assertObjectMatch(await peer.lose(), { restarted: true });
  assertEquals(thread.activeTurn()?.id, turn.id);
  const goal = peer.goal = fakeGoal({ status: "complete" });
  const where = { threadId: THREAD, turnId: "turn-2" };
  const item = agentMessage("item-2", "two");
  peer.server.notify("item/completed", { ...where, item, completedAtMs: 0 });
  peer.server.notify("thread/goal/updated", { ...where, goal });
  const params = { threadId: THREAD, turn: fakeTurn("turn-2", "completed") };
  peer.server.notify("turn/completed", params);
  const { id, status, items, finalResponse, goal: last } = await turn.run();
  assertEquals([id, status, finalResponse, last?.status], [
    TURN,
    "completed",
    "two",
    "complete",
  ]);
  assertEquals(items.map((one) => one.id), ["item-1", "item-2"]);
  const sent = peer.server.received.map(({ method }) => method);
  assertEquals(sent.includes("thread/goal/set"), false); // nothing pauses it
});
