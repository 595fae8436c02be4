import { TurnTimeoutError } from "../../../mod.ts";
import { agentMessage, type FakeAppServer, fakeTurn, notification } from "../../../testing.ts";
import { assertEquals, assertInstanceOf } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import "../../_support/loaded_modules.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  completed,
  count,
  finish,
  itemCompleted,
  methods,
  open,
  reasonOf,
  settled,
  THREAD,
} from "../_fixture.ts";

/** Milliseconds to wait for the `turn/started` of a review. */
const LIVE_MS = 1_000;

const TARGET = { type: "uncommittedChanges" } as const;
const STARTED = notification("turn/started", {
  threadId: THREAD,
  turn: fakeTurn("live", "inProgress", { rootTurnId: "review" }),
});

/** Answers reviews as the real server does: they run and are interrupted under the id `live`. */
function reviews(server: FakeAppServer): void {
  server.on("review/start", ({ threadId }) => ({
    turn: fakeTurn("review"),
    reviewThreadId: threadId,
  }));
  server.on("turn/interrupt", ({ turnId }, request) => {
    if (turnId !== "live") {
      const message = `expected active turn id ${turnId} but found live`;
      return request.fail({ code: -32600, message });
    }
    request.reply();
    server.sendBatch([completed("interrupted", {}, "review")]);
  });
}

/** The ids in the interrupt requests, in order. */
function interrupted(server: FakeAppServer): unknown[] {
  return server.received.filter(({ method }) => method === "turn/interrupt")
    .map(({ params }) => (params as { readonly turnId: string }).turnId);
}

test("Thread.review accepts its turn/started, which has another id, in any order with the reply [R-16]", async () => {
  const last = [
    itemCompleted(agentMessage("m", "fine"), "review"),
    completed("completed", {}, "review"),
  ];
  for (const at of [0, 1, 3]) {
    await using fixture = await open();
    const { server, thread } = fixture;
    const events = [itemCompleted(agentMessage("e", "", "commentary"), "review"), STARTED, ...last];
    const start = server.defer("review/start");
    const starting = thread.review(TARGET);
    await start.arrived();
    server.sendBatch(events.slice(0, at));
    start.reply({ turn: fakeTurn("review"), reviewThreadId: THREAD });
    server.sendBatch(events.slice(at));
    const turn = await starting;
    assertEquals(await methods(turn.stream()), [
      "item/completed",
      "turn/started",
      "item/completed",
      "turn/completed",
    ]);
    assertEquals((await turn.run()).finalResponse, "fine");
  }
});

test("TurnHandle.interrupt ends a review by the id from its turn/started [R-28]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  reviews(server);
  const turn = await thread.review(TARGET);
  const interrupting = turn.interrupt();
  await settled(fixture);
  assertEquals(interrupted(server), []); // until then there is nothing to interrupt
  server.sendBatch([STARTED]);
  await interrupting;
  assertEquals([(await turn.run()).status, interrupted(server)], ["interrupted", ["live"]]);
});

test("TurnHandle.interrupt ends a review whose turn/started was lost, by the id from the refusal [R-28]", async () => {
  using clock = fakeClock({ waitsForModules: true });
  await using fixture = await open();
  const { server, thread } = fixture;
  reviews(server);
  const turn = await thread.review(TARGET);
  await turn.interrupt();
  assertEquals([interrupted(server), clock.elapsedMs], [["review", "live"], LIVE_MS]);
});

test("closing the thread or the client interrupts a review whose turn/started was lost [R-28]", async () => {
  for (const closed of ["thread", "codex"] as const) {
    using _clock = fakeClock({ waitsForModules: true });
    await using fixture = await open();
    const { server, thread } = fixture;
    reviews(server);
    const turn = await thread.review(TARGET);
    await fixture[closed].close();
    assertEquals([(await turn.run()).status, interrupted(server)], [
      "interrupted",
      ["review", "live"],
    ]);
  }
});

test("Codex.close interrupts a running review", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  reviews(server);
  const turn = await thread.review(TARGET);
  server.sendBatch([STARTED]);
  await codex.close();
  assertEquals([(await turn.run()).status, interrupted(server)], ["interrupted", ["live"]]);
});

test("Thread.review, cancelled, is interrupted when its reply comes late [R-11]", async () => {
  using _clock = fakeClock({ waitsForModules: true });
  await using fixture = await open();
  const { server, thread } = fixture;
  reviews(server);
  const late = server.defer("review/start");
  const error = await reasonOf(thread.review(TARGET, { timeoutMs: 20 }));
  assertInstanceOf(error, TurnTimeoutError);
  (await late.arrived()).reply({ turn: fakeTurn("review"), reviewThreadId: THREAD });
  server.sendBatch([STARTED]);
  await finish(server, await thread.turn("next")); // waits for that
  assertEquals(interrupted(server), ["live"]);
});

test("an abandoned raw review/start is interrupted by the id from the refusal [R-11]", async () => {
  using clock = fakeClock({ waitsForModules: true });
  await using fixture = await open();
  const { server, codex } = fixture;
  reviews(server);
  const late = server.defer("review/start");
  const params = { threadId: THREAD, target: TARGET };
  await reasonOf(codex.request("review/start", params, { timeoutMs: 20 }));
  late.reply({ turn: fakeTurn("review"), reviewThreadId: THREAD });
  await server.nextRequest("turn/interrupt");
  await server.nextRequest("turn/interrupt");
  assertEquals([interrupted(server), clock.elapsedMs], [["review", "live"], 20 + LIVE_MS]);
});

test("Thread.review on a separate thread is followed there", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("review/start", () => ({ turn: fakeTurn("review"), reviewThreadId: "elsewhere" }));
  const turn = await thread.review(TARGET);
  assertEquals(turn.threadId, "elsewhere");
  server.on("turn/start", () => ({ turn: fakeTurn("turn-1") }));
  const parallel = await thread.turn("hi"); // this one is free
  server.sendBatch([
    itemCompleted(agentMessage("m", "fine"), "review", "elsewhere"),
    completed("completed", {}, "review", "elsewhere"),
    ...answer("ok", parallel.id),
  ]);
  assertEquals((await turn.run()).finalResponse, "fine");
  assertEquals((await parallel.run()).finalResponse, "ok");
  assertEquals(count(server, "review/start"), 1);
});
