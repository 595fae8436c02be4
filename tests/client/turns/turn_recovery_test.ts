import { TurnFailedError } from "../../../mod.ts";
import { TurnLostError } from "../../../errors.ts";
import { agentMessage, type FakeMessage, fakeTurn, notification } from "../../../testing.ts";
import type { ThreadItem } from "../../../protocol.ts";
import { assertEquals, assertInstanceOf, assertRejects } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  completed,
  count,
  delta,
  type Fixture,
  methods,
  open,
  reasonOf,
  settled,
  THREAD,
  TURN,
} from "../_fixture.ts";

/** Milliseconds that a thread may be idle before its turn is read back. */
const GRACE_MS = 1_000;

function status(type: string): FakeMessage {
  const flags = type === "active" ? { activeFlags: [] } : {};
  return notification("thread/status/changed", {
    threadId: THREAD,
    status: { type, ...flags },
  });
}

/** Sets the server's reply for when the turn is read back. */
function history(
  { server }: Pick<Fixture, "server">,
  turns: readonly unknown[],
  threadStatus = "idle",
): void {
  server.on("thread/read", () => ({ thread: { id: THREAD, status: { type: threadStatus } } }));
  server.on("thread/turns/list", () => ({ data: turns, nextCursor: null, backwardsCursor: null }));
}

for (const type of ["idle", "notLoaded", "systemError"]) {
  test(`Thread.run is completed from the history if the thread is ${type} and no end arrived [R-19]`, async () => {
    using clock = fakeClock();
    await using fixture = await open();
    const { server, thread } = fixture;
    const items: ThreadItem[] = [agentMessage("item-1", "hello")];
    history(fixture, [
      fakeTurn("turn-0", "completed"),
      fakeTurn(TURN, "completed", { items, itemsView: "full" }),
    ]);
    const turn = await thread.turn("hi");
    const stream = turn.stream();
    server.sendBatch([delta("hel"), status(type)]);
    const result = await turn.run();
    assertEquals([result.status, result.finalResponse], ["completed", "hello"]);
    assertEquals([result.items, result.interruptedItems], [items, []]);
    assertEquals(await methods(stream), ["item/agentMessage/delta"]);
    assertEquals(count(server, "thread/turns/list"), 1);
    assertEquals(clock.elapsedMs, GRACE_MS);
  });
}

test("Thread.run rejects if the recovered turn has failed [R-19]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  history(fixture, [fakeTurn(TURN, "failed", {
    error: { message: "no model", codexErrorInfo: null, additionalDetails: null } as never,
  })]);
  const running = reasonOf(thread.run("hi"));
  await server.nextRequest("turn/start");
  server.sendBatch([status("systemError")]);
  const error = await running;
  assertInstanceOf(error, TurnFailedError);
  assertEquals([error.message, clock.elapsedMs], ["no model", GRACE_MS]);
});

test("Thread.run rejects with TurnLostError if the history does not show the end [R-19]", async () => {
  for (const turns of [[], [fakeTurn("turn-0", "completed")], [fakeTurn(TURN)]]) {
    using clock = fakeClock();
    await using fixture = await open();
    const { server, thread } = fixture;
    history(fixture, turns);
    const turn = await thread.turn("hi");
    server.sendBatch([status("idle")]);
    const error = await assertRejects(() => turn.run(), TurnLostError);
    assertEquals([error.threadId, error.turnId, error.code], [THREAD, TURN, "turn_lost"]);
    assertEquals(clock.elapsedMs, GRACE_MS);
    server.sendBatch(answer("late")); // does no harm
    await settled(fixture);
  }
});

test("Thread.run rejects with TurnLostError and its cause if the turn cannot be recovered [R-19]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("thread/read", () => ({ thread: { id: THREAD, status: { type: "idle" } } }));
  server.on("thread/turns/list", () => {
    throw { code: -32600, message: "ephemeral threads do not support thread/turns/list" };
  });
  const turn = await thread.turn("hi");
  server.sendBatch([status("idle")]);
  const error = await assertRejects(() => turn.run(), TurnLostError);
  assertInstanceOf(error.cause, Error);
  assertEquals(clock.elapsedMs, GRACE_MS);
});

test("Thread.run recovers nothing if the end follows the idle status [R-19]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([status("idle"), completed()]);
  assertEquals((await turn.run()).status, "completed");
  await clock.advance(GRACE_MS + 1);
  await settled(fixture);
  assertEquals(count(server, "thread/read"), 0);
});

test("Thread.run continues if the thread is active again or turns out to be [R-19]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  history(fixture, [fakeTurn(TURN)], "active");
  const turn = await thread.turn("hi");
  server.sendBatch([status("idle"), status("active")]);
  await clock.advance(GRACE_MS + 1);
  await settled(fixture);
  assertEquals(count(server, "thread/read"), 0);
  server.sendBatch([status("idle")]);
  await server.nextRequest("thread/read");
  assertEquals(clock.elapsedMs, 2 * GRACE_MS + 1);
  await settled(fixture);
  server.sendBatch(answer("after all"));
  assertEquals((await turn.run()).finalResponse, "after all");
  assertEquals(count(server, "thread/turns/list"), 0);
});

test("Thread.run is recovered if the idle status came before the reply [R-19] [R-16]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  history(fixture, [fakeTurn(TURN, "completed", { items: [agentMessage("m", "early")] })]);
  const start = server.defer("turn/start");
  const running = thread.run("hi");
  await start.arrived();
  server.sendBatch([delta("ear"), status("idle")]);
  start.reply({ turn: fakeTurn(TURN) });
  assertEquals((await running).finalResponse, "early");
  assertEquals(clock.elapsedMs, GRACE_MS);
});

test("Codex.close ends the grace period and the recovery of a lost turn [R-19] [R-51]", async () => {
  for (const reads of [false, true]) {
    using clock = fakeClock();
    await using fixture = await open();
    const { server, codex, thread } = fixture;
    const turn = await thread.turn("hi");
    const running = reasonOf(turn.run());
    const read = server.defer("thread/read");
    server.sendBatch([status("idle")]);
    if (reads) await read.arrived();
    await settled(fixture);
    server.on("turn/interrupt", () => ({}));
    server.exit();
    await running;
    await codex.close();
    assertEquals(clock.elapsedMs, reads ? GRACE_MS : 0);
  }
});

for (const method of ["thread/closed", "thread/deleted"]) {
  test(`Thread.run rejects with TurnLostError if only ${method} arrives [R-19]`, async () => {
    using clock = fakeClock();
    await using fixture = await open();
    const { server, thread } = fixture;
    server.on("thread/read", () => {
      throw { code: -32600, message: `thread not found: ${THREAD}` };
    });
    const turn = await thread.turn("hi");
    server.notify(method, { threadId: THREAD });
    await assertRejects(() => turn.run(), TurnLostError);
    assertEquals(clock.elapsedMs, GRACE_MS);
  });
}
