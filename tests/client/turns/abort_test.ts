import { Codex, RequestTimeoutError, TurnTimeoutError } from "../../../mod.ts";
import type { Thread, TurnHandle } from "../../../mod.ts";
import { fakeTurn } from "../../../testing.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  completed,
  count,
  countingSignal,
  delta,
  fakeServer,
  finish,
  methods,
  open,
  reasonOf,
  settled,
  textOf,
} from "../_fixture.ts";

const REASON = { why: "not even an error" };

/** Every call that accepts a signal. */
function calls(
  codex: Codex,
  thread: Thread,
  turn: TurnHandle,
): ((signal: AbortSignal) => Promise<unknown>)[] {
  return [
    (signal) => codex.connect({ signal }),
    (signal) => codex.threadStart({ signal }),
    (signal) => codex.threadResume("thread-1", { signal }),
    (signal) => codex.request("model/list", {}, { signal }),
    async (signal) => await methods(codex.notifications({ signal })),
    (signal) => thread.run("hi", { signal }),
    (signal) => thread.turn("hi", { signal }),
    (signal) => turn.run({ signal }),
    (signal) => turn.steer("more", { signal }),
    (signal) => turn.interrupt({ signal }),
  ];
}

test("Codex, Thread and TurnHandle write nothing if the signal has already fired [R-29]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  const other = await codex.threadStart();
  const frames = server.received.length;
  for (const call of calls(codex, other, turn)) {
    assertStrictEquals(await reasonOf(call(AbortSignal.abort(REASON))), REASON);
  }
  assertEquals(server.received.length, frames);
  await finish(server, turn);
});

test("Codex does not connect if the signal has already fired [R-29]", async () => {
  let connects = 0;
  const codex = new Codex({
    connect: () => {
      connects++;
      return Promise.reject(new Error("unwanted"));
    },
  });
  const signal = AbortSignal.abort(REASON);
  assertStrictEquals(await reasonOf(codex.threadStart({ signal })), REASON);
  assertStrictEquals(await reasonOf(codex.connect({ signal })), REASON);
  assertStrictEquals(await reasonOf(codex.request("model/list", {}, { signal })), REASON);
  assertEquals(connects, 0);
  await codex.close();
});

test("Codex, Thread and TurnHandle reject with the signal's reason while waiting [R-29]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  for (const method of ["model/list", "thread/resume", "turn/steer"]) server.defer(method);
  const turn = await thread.turn("hi");
  const waiting = calls(codex, await codex.threadStart(), turn).slice(1, -1);
  server.defer("thread/start");
  server.defer("turn/start");
  for (const call of waiting) {
    const { controller, listeners } = countingSignal();
    const reason = reasonOf(call(controller.signal));
    await settled(fixture);
    controller.abort(REASON);
    assertStrictEquals(await reason, REASON);
    assertEquals(listeners(), 0, String(call));
  }
});

test("TurnHandle.interrupt stops waiting when its signal fires, and the turn ends anyway [R-29]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const interrupt = server.defer("turn/interrupt");
  const { controller, listeners } = countingSignal();
  const reason = reasonOf(turn.interrupt({ signal: controller.signal }));
  await interrupt.arrived();
  controller.abort(REASON);
  assertStrictEquals(await reason, REASON);
  assertEquals(listeners(), 0);
  const again = turn.interrupt();
  server.sendBatch([completed("interrupted")]);
  await again;
  assertEquals(count(server, "turn/interrupt"), 1);
});

test("Thread.run with a signal interrupts the turn, and rejects with the reason after it has ended [R-29]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const controller = new AbortController();
  const interrupt = server.defer("turn/interrupt");
  let ended = false;
  const running = reasonOf(thread.run("hi", { signal: controller.signal }))
    .finally(() => ended = true);
  await settled(fixture);
  controller.abort(REASON);
  const { params } = await interrupt.arrived();
  assertEquals(params, { threadId: thread.id, turnId: "turn-1" });
  interrupt.reply();
  await settled(fixture);
  assert(!ended);
  server.sendBatch([completed("interrupted")]);
  assertStrictEquals(await running, REASON);
  assertEquals(count(server, "turn/interrupt"), 1);
});

test("TurnHandle's readers all get the pending events and then the reason [R-29]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const { controller, listeners } = countingSignal();
  const turn = await thread.turn("hi", { signal: controller.signal });
  let text = "";
  const waits = [
    turn.run(),
    methods(turn.stream()),
    textOf(turn.textStream()),
    (async () => {
      for await (const piece of turn.textStream()) text += piece;
    })(),
  ].map(reasonOf);
  server.sendBatch([delta("he")]);
  await settled(fixture);
  controller.abort(REASON);
  for (const reason of await Promise.all(waits)) assertStrictEquals(reason, REASON);
  assertEquals(text, "he");
  assertStrictEquals(await reasonOf(turn.run()), REASON);
  assertEquals(listeners(), 0);
});

test("TurnHandle rejects with the reason although the turn completed meanwhile [R-29]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const controller = new AbortController();
  const turn = await thread.turn("hi", { signal: controller.signal });
  server.on("turn/interrupt", (_params, request) => {
    server.sendBatch(answer("too late"));
    request.fail({ code: -32600, message: "no active turn to interrupt" });
  });
  controller.abort(REASON);
  assertStrictEquals(await reasonOf(turn.run()), REASON);
});

test("TurnHandle.run with its own signal interrupts the turn and rejects with the reason [R-29]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const { controller, listeners } = countingSignal();
  const other = turn.run();
  const running = reasonOf(turn.run({ signal: controller.signal }));
  controller.abort(REASON);
  assertStrictEquals(await running, REASON);
  assertEquals((await other).status, "interrupted");
  assertEquals(count(server, "turn/interrupt"), 1);
  assertEquals(listeners(), 0);
});

test("Codex, Thread and TurnHandle leave no listener on a signal that never fires [R-29]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const { controller, listeners } = countingSignal();
  const { signal } = controller;
  server.on("turn/steer", () => ({ turnId: "turn-1" }));
  const thread = await codex.threadStart({ signal });
  const turn = await thread.turn("hi", { signal });
  assertEquals(listeners(), 1);
  await turn.steer("more", { signal });
  const running = turn.run({ signal });
  server.sendBatch([completed("completed", {}, turn.id, thread.id)]);
  await running;
  const stream = codex.notifications({ signal });
  await stream.return();
  await reasonOf(codex.request("model/list", {}, { signal }));
  assertEquals(listeners(), 0);
  codex.notifications({ signal });
  assertEquals(listeners(), 1);
  await codex.close();
  assertEquals(listeners(), 0);
});

test("calls of all kinds that run at once on one signal add one listener to it", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const { controller, listeners } = countingSignal();
  const { signal } = controller;
  server.on("model/list", () => new Promise(() => {}));
  const running: Promise<unknown>[] = [];
  for (let at = 0; at < 12; at++) {
    const thread = await codex.threadStart();
    const turn = await thread.turn("hi", { signal });
    running.push(turn.run(), turn.run({ signal }), thread.events({ signal }).next());
    running.push(thread.requests({ signal }).next(), codex.request("model/list", {}, { signal }));
  }
  const reasons = Promise.all(running.map(reasonOf));
  await settled(fixture);
  assertEquals(listeners(), 1);
  controller.abort(REASON);
  for (const reason of await reasons) assertStrictEquals(reason, REASON);
  assertEquals(listeners(), 0);
});

test("Thread.run interrupts after timeoutMs and rejects with TurnTimeoutError", async () => {
  using _clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi", { timeoutMs: 15 });
  const waits = [turn.run(), methods(turn.stream()), textOf(turn.textStream())].map(reasonOf);
  const [first, ...others] = await Promise.all(waits);
  assert(first instanceof TurnTimeoutError);
  assertEquals(first.timeoutMs, 15);
  for (const other of others) assertStrictEquals(other, first);
  assertEquals(count(server, "turn/interrupt"), 1);
  await assertRejects(() => thread.run("again", { timeoutMs: 5 }), TurnTimeoutError, "5 ms");
});

test("Thread.run includes the start in timeoutMs, and 0 means no limit", async () => {
  using _clock = fakeClock();
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  server.defer("turn/start");
  await assertRejects(() => thread.run("hi", { timeoutMs: 5 }), TurnTimeoutError);
  const other = await codex.threadStart();
  const turn = await other.turn("hi", { timeoutMs: 0 });
  server.sendBatch([completed("completed", {}, turn.id, other.id)]);
  assertEquals((await turn.run()).status, "completed");
});

test("Thread.run ends even if the server never ends an interrupted turn [R-29]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const controller = new AbortController();
  const turn = await thread.turn("hi", { signal: controller.signal });
  server.hang();
  controller.abort(REASON);
  assertStrictEquals(await reasonOf(turn.run()), REASON); // after the interrupt's own deadline
  assertEquals(clock.elapsedMs, 5_000);
});

test("Codex.request applies its timeoutMs while the server is starting", async () => {
  const server = fakeServer();
  const codex = new Codex({
    connect: async (options) => {
      const transport = await server.connect(options);
      server.hang();
      return transport;
    },
  });
  await assertRejects(
    () => codex.request("model/list", {}, { timeoutMs: 10 }),
    RequestTimeoutError,
    "model/list",
  );
  const controller = new AbortController();
  const aborted = reasonOf(codex.threadStart({ signal: controller.signal }));
  controller.abort(REASON);
  assertStrictEquals(await aborted, REASON);
  await codex.close();
  await server[Symbol.asyncDispose]();
});

test("Thread.turn interrupts when the signal fires in the same chunk as the reply [R-29]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const controller = new AbortController();
  const start = server.defer("turn/start");
  codex.on("item/agentMessage/delta", () => controller.abort(REASON));
  const starting = thread.turn("hi", { signal: controller.signal });
  const { id } = await start.arrived();
  // The reply settles the request, then the signal fires, and only then does the caller get the handle.
  server.sendBatch([{ id, result: { turn: fakeTurn("turn-1") } }, delta("he")]);
  assertStrictEquals(await reasonOf((await starting).run()), REASON);
  assertEquals(count(server, "turn/interrupt"), 1);
});
