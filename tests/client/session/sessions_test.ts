import type { ActiveTurn } from "../../../src/client/turns/active_turn.ts";
import { Sessions } from "../../../src/client/session/sessions.ts";
import type { ServerNotification } from "../../../src/protocol/notification.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, delta, marker, readAll, readPending, textOf } from "../turns/_turn_events.ts";

function noContext(): never {
  throw new Error("No sub-agent needs a handle here");
}

/** The events of a turn that has a handle. */
async function textsOf(turn: ActiveTurn): Promise<string[]> {
  return (await readPending(turn.log.open())).map(textOf);
}

function adopted(sessions: Sessions, threadId: string, turnId: string): ActiveTurn {
  sessions.of(threadId).reserve();
  return sessions.of(threadId).adopt(turnId);
}

test("Sessions replay what arrived for a turn before its reply, in order [R-16]", async () => {
  const sessions = new Sessions(noContext);
  sessions.of("thread").reserve();
  const early = [marker("started"), delta("a"), completed()];
  for (const event of early) sessions.receive(event);
  const turn = sessions.of("thread").adopt("turn");
  assertEquals(await readAll(turn.log.open()), early);
  assertEquals((await turn.outcome).kind, "finished");
  assertEquals(sessions.size, 0);
});

test("Sessions route events by thread and turn, even if turn ids repeat [R-18]", async () => {
  const sessions = new Sessions(noContext);
  const places = [
    { threadId: "one", turnId: "turn-1" },
    { threadId: "one", turnId: "turn-2" },
    { threadId: "two", turnId: "turn-1" },
  ];
  const turns = places.map(({ threadId, turnId }) => adopted(sessions, threadId, turnId));
  for (const [index, place] of places.entries()) {
    for (const text of ["a", "b"]) sessions.receive(delta(`${index}${text}`, place));
  }
  for (const [index, turn] of turns.entries()) {
    assertEquals(await textsOf(turn), [`${index}a`, `${index}b`]);
  }
});

test("Sessions ignore turns that nobody waits for, and notifications without ids", async () => {
  const sessions = new Sessions(noContext);
  const turn = adopted(sessions, "thread", "turn");
  sessions.receive(delta("x", { turnId: "of the server" }));
  sessions.receive(delta("x", { threadId: "of another thread" }));
  const odd: unknown[] = [
    { method: "test/none" },
    { method: "test/null", params: null },
    { method: "test/list", params: ["thread", "turn"] },
    { method: "test/thread alone", params: { threadId: "thread" } },
    { method: "test/number", params: { threadId: "thread", turnId: 7 } },
    { method: "test/turn without id", params: { threadId: "thread", turn: {} } },
  ];
  for (const event of odd) sessions.receive(event as ServerNotification);
  sessions.receive(delta("own"));
  assertEquals(await textsOf(turn), ["own"]);
  assertEquals(sessions.size, 1);
});

test("ThreadSession.release() drops the events kept for a turn that did not start", async () => {
  const sessions = new Sessions(noContext);
  sessions.of("thread").reserve();
  sessions.receive(delta("early"));
  assertEquals([sessions.size, sessions.of("thread").isBusy], [1, true]);
  sessions.of("thread").release();
  assertEquals([sessions.size, sessions.of("thread").isBusy], [0, false]);
  sessions.receive(delta("late"));
  assertEquals(await textsOf(adopted(sessions, "thread", "turn")), []);
});

test("Sessions keep early events until the last of several starts is settled", async () => {
  const sessions = new Sessions(noContext);
  sessions.of("thread").reserve();
  sessions.of("thread").reserve();
  sessions.receive(delta("a", { turnId: "first" }));
  sessions.receive(delta("b", { turnId: "second" }));
  const first = sessions.of("thread").adopt("first");
  const second = sessions.of("thread").adopt("second");
  assertEquals([await textsOf(first), await textsOf(second)], [["a"], ["b"]]);
});

test("Sessions forget a turn when it has ended, and its thread with the last turn", async () => {
  const sessions = new Sessions(noContext);
  for (let index = 0; index < 100; index++) {
    const place = { threadId: `thread-${index % 3}`, turnId: `turn-${index}` };
    const turn = adopted(sessions, place.threadId, place.turnId);
    sessions.receive(delta("x", { ...place, turnId: "phantom" }));
    sessions.receive(completed(place));
    await turn.outcome;
  }
  assertEquals([sessions.size, sessions.active.length], [0, 0]);
});

test("Sessions know which turns are active and which threads are busy", async () => {
  const sessions = new Sessions(noContext);
  const turn = adopted(sessions, "thread", "turn");
  assertEquals(sessions.active, [turn]);
  assertEquals([sessions.of("thread").isBusy, sessions.get("other")?.isBusy ?? false], [
    true,
    false,
  ]);
  sessions.receive(completed());
  assertEquals([sessions.of("thread").isBusy, sessions.active.length], [false, 0]);
  await turn.outcome;
});

test("Sessions.close() ends every turn and every reader with the error [R-13]", async () => {
  const sessions = new Sessions(noContext);
  const turns = ["one", "two"].map((threadId) => adopted(sessions, threadId, "turn"));
  const readers = turns.map((turn) => turn.log.open());
  const error = new RangeError("gone");
  sessions.close(error);
  for (const reader of readers) await assertRejects(() => reader.next(), RangeError, "gone");
  for (const turn of turns) assertEquals(await turn.outcome, { kind: "lost", error });
  assertEquals(sessions.size, 0);
});

test("Sessions end a turn that is adopted after the close [R-13]", async () => {
  const sessions = new Sessions(noContext);
  sessions.of("thread").reserve();
  const error = new RangeError("gone");
  sessions.close(error);
  const turn = sessions.of("thread").adopt("turn");
  assertEquals(await turn.outcome, { kind: "lost", error });
  assertEquals(sessions.size, 0);
});

test("Sessions keep the end of a turn that arrived before the close and is adopted after it [R-14]", async () => {
  const sessions = new Sessions(noContext);
  sessions.of("thread").reserve();
  sessions.receive(completed());
  sessions.close(new RangeError("gone"));
  const turn = sessions.of("thread").adopt("turn");
  assertEquals((await turn.outcome).kind, "finished");
  assertEquals(sessions.size, 0);
});
