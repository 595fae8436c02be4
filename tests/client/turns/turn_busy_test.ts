import {
  TransportClosedError,
  TurnActiveError,
  type TurnHandle,
  TurnTimeoutError,
} from "../../../mod.ts";
import { InternalRpcError, InvalidRequestError } from "../../../errors.ts";
import { fakeThreadStart, fakeTurn, notification, turnEvents } from "../../../testing.ts";
import { PendingStarts } from "../../../src/client/session/pending_starts.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  completed,
  count,
  countingSignal,
  finish,
  type Fixture,
  open,
  reasonOf,
  settled,
  started,
  THREAD,
} from "../_fixture.ts";

/** The texts sent with a method, in order. */
function texts({ server }: Pick<Fixture, "server">, method = "turn/start"): string[] {
  return server.received.filter((message) => message.method === method).map(({ params }) => {
    const [part] = (params as { input: { text: string }[] }).input;
    return part?.text ?? "";
  });
}

test("Thread.turn with whenBusy queue starts turns one after another, in call order [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const first = await thread.turn("0");
  const waiting = ["1", "2", "3"].map((text) => thread.turn(text, { whenBusy: "queue" }));
  await settled(fixture);
  assertEquals(texts(fixture), ["0"]);
  await finish(server, first);
  for (const [index, queued] of waiting.entries()) {
    const turn = await queued;
    await settled(fixture);
    assertEquals(count(server, "turn/start"), index + 2);
    await finish(server, turn);
  }
  assertEquals(texts(fixture), ["0", "1", "2", "3"]);
});

test("Thread.turn with whenBusy queue starts immediately on an idle thread [R-26]", async () => {
  await using fixture = await open();
  await finish(fixture.server, await fixture.thread.turn("hi", { whenBusy: "queue" }));
});

test("Thread.turn, aborted in the queue, lets the next one proceed in order [R-26] [R-29]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const first = await thread.turn("0");
  const { controller, listeners } = countingSignal();
  const aborted = reasonOf(thread.turn("1", { whenBusy: "queue", signal: controller.signal }));
  const next = thread.turn("2", { whenBusy: "queue" });
  const last = thread.turn("3", { whenBusy: "queue" });
  await settled(fixture);
  controller.abort("enough");
  assertEquals([await aborted, listeners()], ["enough", 0]);
  assertEquals(texts(fixture), ["0"]);
  await finish(server, first);
  await finish(server, await next);
  await finish(server, await last);
  assertEquals(texts(fixture), ["0", "2", "3"]);
});

test("Thread.run includes the wait in the queue in timeoutMs [R-26]", async () => {
  using _clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const first = await thread.turn("0");
  await assertRejects(
    () => thread.run("1", { whenBusy: "queue", timeoutMs: 30 }),
    TurnTimeoutError,
  );
  await finish(server, first);
  await finish(server, await thread.turn("2"));
  assertEquals(texts(fixture), ["0", "2"]);
});

test("Thread.turn rejects if the connection ends while it waits in the queue [R-26] [R-13]", async () => {
  for (const end of ["exit", "close"]) {
    await using fixture = await open();
    const { server, codex, thread } = fixture;
    await thread.turn("0");
    const waiting = [1, 2].map(() => reasonOf(thread.turn("more", { whenBusy: "queue" })));
    await settled(fixture);
    if (end === "exit") server.exit();
    else await codex.close();
    for (const reason of await Promise.all(waiting)) assertInstanceOf(reason, TransportClosedError);
    assertEquals(count(server, "turn/start"), 1);
  }
});

test("Thread.turn with whenBusy reject overtakes no queued start [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const first = await thread.turn("0");
  const queued = thread.turn("1", { whenBusy: "queue" });
  server.sendBatch(answer("ok", first.id));
  await first.run();
  await assertRejects(() => thread.turn("2"), TurnActiveError);
  await finish(server, await queued);
  await finish(server, await thread.turn("3"));
});

test("Thread.turn proceeds in the queue if the start before it fails [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const refused = server.defer("turn/start");
  const first = reasonOf(thread.turn("0", { whenBusy: "queue" }));
  const second = thread.turn("1", { whenBusy: "queue" });
  refused.fail({ code: -32603, message: "no" });
  assertInstanceOf(await first, InternalRpcError);
  await finish(server, await second);
});

test("Thread.run with whenBusy steer adds input to the running turn and returns its result [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/steer", () => ({ turnId: "turn-1" }));
  const turn = await thread.turn("0");
  const handle = await thread.turn("1", { whenBusy: "steer" });
  const result = thread.run("2", { whenBusy: "steer" });
  await server.nextRequest("turn/steer");
  await server.nextRequest("turn/steer");
  assertEquals([handle.id, texts(fixture, "turn/steer")], [turn.id, ["1", "2"]]);
  server.sendBatch(answer("all of it", turn.id));
  const results = await Promise.all([turn.run(), handle.run(), result]);
  for (const { id, finalResponse } of results) {
    assertEquals([id, finalResponse], [turn.id, "all of it"]);
  }
  assertEquals(count(server, "turn/start"), 1);
});

test("Thread.run that steered ends only its own wait on signal and timeoutMs [R-26] [R-29]", async () => {
  using _clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/steer", () => ({ turnId: "turn-1" }));
  const turn = await thread.turn("0");
  const controller = new AbortController();
  const aborted = reasonOf(thread.run("1", { whenBusy: "steer", signal: controller.signal }));
  await server.nextRequest("turn/steer");
  await settled(fixture);
  controller.abort("enough");
  assertEquals(await aborted, "enough");
  await assertRejects(
    () => thread.run("2", { whenBusy: "steer", timeoutMs: 30 }),
    TurnTimeoutError,
  );
  assertEquals(count(server, "turn/interrupt"), 0);
  await finish(server, turn);
});

test("Thread.turn with whenBusy steer waits for a turn that is starting [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/steer", () => ({ turnId: "turn-1" }));
  const start = server.defer("turn/start");
  const first = thread.turn("0");
  const steered = thread.turn("1", { whenBusy: "steer" });
  await start.arrived();
  assertEquals(count(server, "turn/steer"), 0);
  start.reply({ turn: fakeTurn("turn-1") });
  assertEquals((await steered).id, (await first).id);
  await finish(server, await first);
});

test("Thread.turn with whenBusy steer starts a turn if the start before it fails, whenever that is [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  for (let ticks = 0; ticks < 60; ticks++) { // at one of them, the start fails between two steps of the steer
    const start = server.defer("turn/start");
    const refused = reasonOf(thread.turn("refused"));
    await start.arrived();
    server.on("turn/start", () => ({ turn: fakeTurn(`turn-${ticks}`) }));
    start.fail({ code: -32600, message: "no" });
    for (let tick = 0; tick < ticks; tick++) await undefined;
    await finish(server, await thread.turn("own", { whenBusy: "steer" }));
    assertInstanceOf(await refused, InvalidRequestError);
  }
});

test("Thread.turn with whenBusy steer starts a turn if the running one ends first [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const first = await thread.turn("0");
  server.on("turn/steer", () => {
    server.sendBatch(answer("over", first.id));
    throw { code: -32600, message: "no active turn to steer" };
  });
  const second = await thread.turn("1", { whenBusy: "steer" });
  assert(second.id !== first.id);
  assertEquals(texts(fixture), ["0", "1"]);
  await finish(server, second);
});

test("Thread.turn never adopts a turn that was reported as ended but is still running [R-26]", async () => {
  using _clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/interrupt", () => {
    throw { code: -32603, message: "no" };
  });
  await reasonOf(thread.run("0", { timeoutMs: 20 }));
  // The server still runs it, treats the input as a steer and names it.
  server.on("turn/start", () => ({ turn: fakeTurn("turn-1") }));
  const error = await assertRejects(() => thread.turn("1"), TurnActiveError);
  assertEquals(error.threadId, THREAD);
  server.on("turn/start", () => ({ turn: fakeTurn("turn-2") }));
  await finish(server, await thread.turn("2"));
});

test("Thread.turn never adopts a foreign turn, and refuses while it runs [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  let status = "active";
  server.on("thread/read", () => ({ thread: { id: THREAD, status: { type: status } } }));
  fixture.server.sendBatch([started("other")]);
  await settled(fixture);
  await assertRejects(() => thread.turn("0"), TurnActiveError);
  assertEquals(count(server, "turn/start"), 0);

  const queued = thread.turn("1", { whenBusy: "queue" });
  await server.nextRequest("thread/read");
  await server.nextRequest("thread/read");
  await settled(fixture);
  assertEquals(count(server, "turn/start"), 0);
  fixture.server.sendBatch([completed("completed", {}, "other")]);
  await finish(server, await queued);

  // Its end may have been missed, so the server is asked before a start is refused.
  fixture.server.sendBatch([started("other")]);
  await settled(fixture);
  status = "idle";
  await finish(server, await thread.turn("2"));
});

test("a foreign turn has ended once its thread is closed [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  fixture.server.sendBatch([started("other")]);
  server.sendBatch([notification("thread/closed", { threadId: THREAD })]);
  server.on("thread/resume", () => fakeThreadStart(THREAD));
  await settled(fixture);
  await finish(server, await thread.turn("0"));
  assertEquals(count(server, "thread/read"), 0); // there is no turn to ask about
});

test("Thread.turn leaves no listener on the signal if the server refuses the start [R-29]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/start", () => {
    throw { code: -32600, message: "no" };
  });
  const { controller, listeners } = countingSignal();
  const { signal } = controller;
  await assertRejects(() => thread.turn("hi", { signal, timeoutMs: 60_000 }), InvalidRequestError);
  assertEquals(listeners(), 0);
});

test("Thread.turn with whenBusy steer joins a foreign turn [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("thread/read", () => ({ thread: { id: THREAD, status: { type: "active" } } }));
  server.on("turn/steer", () => ({ turnId: "other" }));
  fixture.server.sendBatch([started("other")]);
  await settled(fixture);
  const handle: TurnHandle = await thread.turn("0", { whenBusy: "steer" });
  assertEquals(handle.id, "other");
  await finish(server, handle);
  await finish(server, await thread.turn("1"));
});

test("Thread.turn with whenBusy steer joins the turn of a sub-agent by the agent's own turn id [R-26]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const started = fakeTurn("turn of a", "inProgress", { rootTurnId: "turn of its parent" });
  server.sendBatch([notification("turn/started", { threadId: "a", turn: started })]);
  server.on("thread/resume", () => fakeThreadStart("a"));
  const status = { type: "active", activeFlags: [] };
  server.on("thread/read", () => ({ thread: { ...fakeThreadStart("a").thread, status } }));
  server.on("turn/steer", ({ expectedTurnId }) => ({ turnId: expectedTurnId }));
  const thread = await codex.threadResume("a");
  const turn = await thread.turn("hint", { whenBusy: "steer" });
  assertEquals(turn.id, "turn of a");
  server.sendBatch(turnEvents({ threadId: "a", turnId: "turn of a" }));
  await turn.run();
});

test("Thread.turn never adopts a foreign turn that started while a start of its own was refused [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/start", (_params, request) => {
    fixture.server.sendBatch([started("other")]);
    request.fail({ code: -32600, message: "no" });
  });
  await assertRejects(() => thread.turn("first"), InvalidRequestError);
  const status = { type: "active", activeFlags: [] };
  server.on("thread/read", () => ({ thread: { ...fakeThreadStart(THREAD).thread, status } }));
  server.on("turn/start", () => ({ turn: fakeTurn("other") }));
  await assertRejects(() => thread.turn("second"), TurnActiveError);
});

test("Thread.run includes the question about a foreign turn in timeoutMs [R-26]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  fixture.server.sendBatch([started("other")]);
  await settled(fixture);
  server.defer("thread/read");
  await assertRejects(() => thread.run("hi", { timeoutMs: 100 }), TurnTimeoutError);
  assertEquals(clock.elapsedMs, 100);
});

test("Thread.turn refuses an unknown whenBusy and sends nothing [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  for (const whenBusy of ["wait", 5, null]) {
    await assertRejects(() => thread.turn("0", { whenBusy: whenBusy as "queue" }), TypeError);
  }
  assertEquals(count(server, "turn/start"), 0);
});

test("PendingStarts has a bounded queue, and forgets starts that left it [R-26]", async () => {
  const starts = new PendingStarts("thread");
  const places = Array.from({ length: 1_000 }, () => starts.join());
  assertInstanceOf(await reasonOf((async () => await starts.join().first)()), TurnActiveError);
  // An abandoned start takes no slot, even if an earlier one is still waiting.
  places.pop()?.leave();
  places.push(starts.join());
  const [first, second] = places;
  await first?.first;
  first?.leave();
  await second?.first;
  for (const { leave } of places.toReversed()) leave();
  assert(!starts.isQueued && starts.isEmpty);
});

for (const way of ["turn.steer()", "whenBusy: steer"]) {
  test(`a steer of a turn that has not begun waits for its beginning (${way}) [R-26]`, async () => {
    await using fixture = await open();
    const { server, thread } = fixture;
    const turn = await thread.turn("first");
    const refusal = server.defer("turn/steer");
    const steering = way === "turn.steer()"
      ? turn.steer("more")
      : thread.turn("more", { whenBusy: "steer" }).then(({ id }) => assertEquals(id, turn.id));
    await refusal.arrived();
    server.on("turn/steer", ({ expectedTurnId }) => ({ turnId: expectedTurnId }));
    refusal.fail({ code: -32600, message: "no active turn to steer" });
    await settled(fixture);
    assertEquals(count(server, "turn/steer"), 1);
    const begun = { threadId: THREAD, turn: fakeTurn(turn.id) };
    server.sendBatch([notification("turn/started", begun)]);
    await steering;
    assertEquals([texts(fixture, "turn/steer"), count(server, "turn/start")], [
      ["more", "more"],
      1,
    ]);
    await finish(server, turn);
  });
}
