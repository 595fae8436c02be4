/** Handles of turns that somebody else started. */
import { CodexError, type TurnHandle } from "../../../mod.ts";
import { fakeTurn } from "../../../testing.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  count,
  delta,
  finish,
  type Fixture,
  open,
  reasonOf,
  settled,
  started,
  THREAD,
} from "../_fixture.ts";

/** A thread on which another client runs a turn. */
async function busy(): Promise<Fixture> {
  const fixture = await open();
  const { server } = fixture;
  server.on("thread/read", () => ({ thread: { id: THREAD, status: { type: "active" } } }));
  server.on("turn/steer", ({ expectedTurnId }) => ({ turnId: expectedTurnId }));
  server.sendBatch([started("other")]);
  await settled(fixture);
  return fixture;
}

/** Leaves a loop over a turn after its first event. */
async function leave(fixture: Fixture, turn: TurnHandle): Promise<void> {
  fixture.server.sendBatch([delta("a", "item-1", turn.id)]);
  for await (const _ of turn) break;
  await settled(fixture);
}

test("a loop over a joined turn that is left leaves the turn running, whoever started it [R-30] [R-97]", async () => {
  await using foreign = await busy();
  await leave(foreign, await foreign.thread.turn("hint", { whenBusy: "steer" }));
  assertEquals(count(foreign.server, "turn/interrupt"), 0);

  await using own = await open();
  own.server.on("turn/steer", () => ({ turnId: "turn-1" }));
  const first = await own.thread.turn("go");
  const joined = await own.thread.turn("hint", { whenBusy: "steer" });
  assertEquals(joined.id, first.id);
  await leave(own, joined);
  assertEquals(count(own.server, "turn/interrupt"), 0);
  for await (const _ of first) break; // the handle of the start still interrupts
  assertEquals(count(own.server, "turn/interrupt"), 1);
});

test("Thread.activeTurn returns a handle of another client's turn and sends nothing [R-97]", async () => {
  await using fixture = await busy();
  const { server, thread } = fixture;
  const sent = server.received.length;
  const turn = thread.activeTurn();
  assertEquals([turn?.id, thread.activeTurn()?.id, server.received.length], [
    "other",
    "other",
    sent,
  ]);
  await leave(fixture, turn as TurnHandle);
  assertEquals(count(server, "turn/interrupt"), 0);
  server.sendBatch(answer("done", "other"));
  assertEquals((await turn?.run())?.finalResponse, "done");
  await settled(fixture);
  assertEquals(thread.activeTurn(), undefined);
});

test("Thread.activeTurn returns a handle of the client's own turn, which leaves it alone [R-97]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  assertEquals(thread.activeTurn(), undefined);
  const turn = await thread.turn("go");
  const found = thread.activeTurn() as TurnHandle;
  assertEquals(found.id, turn.id);
  await leave(fixture, found);
  assertEquals(count(server, "turn/interrupt"), 0);
  await finish(server, turn);
  assertEquals([(await found.run()).finalResponse, thread.activeTurn()], ["ok", undefined]);
});

test("closing the thread or the client does not interrupt another client's turn that has a handle here [R-97]", async () => {
  for (const close of [(on: Fixture) => on.thread.close(), (on: Fixture) => on.codex.close()]) {
    await using fixture = await busy();
    const { server, thread } = fixture;
    const running = reasonOf((thread.activeTurn() as TurnHandle).run());
    await close(fixture);
    assertEquals((await running) instanceof CodexError, true);
    assertEquals(count(server, "turn/interrupt"), 0);
  }
});

test("Thread.activeTurn follows another client's review, whose events carry its root turn's id [R-97]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const live = { ...fakeTurn("live"), rootTurnId: "review" };
  server.notify("turn/started", { threadId: thread.id, turn: live });
  await settled(fixture);
  const turn = thread.activeTurn() as TurnHandle;
  assertEquals(turn.id, "review");
  server.sendBatch(answer("found", "review"));
  assertEquals((await turn.run()).finalResponse, "found");
});
