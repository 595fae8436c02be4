import type { ActiveTurn } from "../../../src/client/turns/active_turn.ts";
import { TurnRouter } from "../../../src/client/turns/turn_router.ts";
import type { ServerNotification } from "../../../src/protocol/notification.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, delta, marker, readAll, readPending, textOf } from "./_turn_events.ts";

/** What was sent for a turn that has a handle. */
async function textsOf(turn: ActiveTurn): Promise<string[]> {
  return (await readPending(turn.log.open())).map(textOf);
}

function claimed(router: TurnRouter, threadId: string, turnId: string): ActiveTurn {
  router.reserve(threadId);
  return router.adopt(threadId, turnId);
}

test("TurnRouter replays what came for a turn before its reply, in order [R-16]", async () => {
  const router = new TurnRouter();
  router.reserve("thread");
  const early = [marker("started"), delta("a"), completed()];
  for (const event of early) router.route(event);
  const turn = router.adopt("thread", "turn");
  assertEquals(await readAll(turn.log.open()), early);
  assertEquals((await turn.outcome).kind, "finished");
  assertEquals(router.size, 0);
});

test("TurnRouter leads events by thread and turn, though the ids of turns repeat [R-18]", async () => {
  const router = new TurnRouter();
  const places = [
    { threadId: "one", turnId: "turn-1" },
    { threadId: "one", turnId: "turn-2" },
    { threadId: "two", turnId: "turn-1" },
  ];
  const turns = places.map(({ threadId, turnId }) => claimed(router, threadId, turnId));
  for (const [index, place] of places.entries()) {
    for (const text of ["a", "b"]) router.route(delta(`${index}${text}`, place));
  }
  for (const [index, turn] of turns.entries()) {
    assertEquals(await textsOf(turn), [`${index}a`, `${index}b`]);
  }
});

test("TurnRouter ignores turns that nobody waits for, and what has no ids", async () => {
  const router = new TurnRouter();
  const turn = claimed(router, "thread", "turn");
  router.route(delta("x", { turnId: "of the server" }));
  router.route(delta("x", { threadId: "of another thread" }));
  const odd: unknown[] = [
    { method: "test/none" },
    { method: "test/null", params: null },
    { method: "test/list", params: ["thread", "turn"] },
    { method: "test/thread alone", params: { threadId: "thread" } },
    { method: "test/number", params: { threadId: "thread", turnId: 7 } },
    { method: "test/turn without id", params: { threadId: "thread", turn: {} } },
  ];
  for (const event of odd) router.route(event as ServerNotification);
  router.route(delta("own"));
  assertEquals(await textsOf(turn), ["own"]);
  assertEquals(router.size, 1);
});

test("TurnRouter.release() drops what was kept for a turn that did not start", async () => {
  const router = new TurnRouter();
  router.reserve("thread");
  router.route(delta("early"));
  assertEquals([router.size, router.isBusy("thread")], [1, true]);
  router.release("thread");
  assertEquals([router.size, router.isBusy("thread")], [0, false]);
  router.route(delta("late"));
  assertEquals(await textsOf(claimed(router, "thread", "turn")), []);
});

test("TurnRouter keeps early events until the last of several starts is settled", async () => {
  const router = new TurnRouter();
  router.reserve("thread");
  router.reserve("thread");
  router.route(delta("a", { turnId: "first" }));
  router.route(delta("b", { turnId: "second" }));
  const first = router.adopt("thread", "first");
  const second = router.adopt("thread", "second");
  assertEquals([await textsOf(first), await textsOf(second)], [["a"], ["b"]]);
});

test("TurnRouter forgets a turn when it has ended, and the thread with its last turn", async () => {
  const router = new TurnRouter();
  for (let index = 0; index < 100; index++) {
    const place = { threadId: `thread-${index % 3}`, turnId: `turn-${index}` };
    const turn = claimed(router, place.threadId, place.turnId);
    router.route(delta("x", { ...place, turnId: "phantom" }));
    router.route(completed(place));
    await turn.outcome;
  }
  assertEquals([router.size, router.active.length], [0, 0]);
});

test("TurnRouter tells which turns are active and which threads are busy", async () => {
  const router = new TurnRouter();
  const turn = claimed(router, "thread", "turn");
  assertEquals(router.active, [turn]);
  assertEquals([router.isBusy("thread"), router.isBusy("other")], [true, false]);
  router.route(completed());
  assertEquals([router.isBusy("thread"), router.active.length], [false, 0]);
  await turn.outcome;
});

test("TurnRouter.close() ends every turn and every reader with the error [R-13]", async () => {
  const router = new TurnRouter();
  const turns = ["one", "two"].map((threadId) => claimed(router, threadId, "turn"));
  const readers = turns.map((turn) => turn.log.open());
  const error = new RangeError("gone");
  router.close(error);
  for (const reader of readers) await assertRejects(() => reader.next(), RangeError, "gone");
  for (const turn of turns) assertEquals(await turn.outcome, { kind: "lost", error });
  assertEquals(router.size, 0);
});

test("TurnRouter ends a turn that is adopted after the close [R-13]", async () => {
  const router = new TurnRouter();
  router.reserve("thread");
  const error = new RangeError("gone");
  router.close(error);
  const turn = router.adopt("thread", "turn");
  assertEquals(await turn.outcome, { kind: "lost", error });
  assertEquals(router.size, 0);
});

test("TurnRouter keeps the end of a turn that came before the close and is adopted after it [R-14]", async () => {
  const router = new TurnRouter();
  router.reserve("thread");
  router.route(completed());
  router.close(new RangeError("gone"));
  const turn = router.adopt("thread", "turn");
  assertEquals((await turn.outcome).kind, "finished");
  assertEquals(router.size, 0);
});
