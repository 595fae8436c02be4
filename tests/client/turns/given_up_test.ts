import { RequestTimeoutError, TurnActiveError, TurnTimeoutError } from "../../../mod.ts";
import { fakeTurn } from "../../../testing.ts";
import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertStrictEquals,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  completed,
  count,
  countingSignal,
  open,
  reasonOf,
  settled,
  TURN,
} from "../_fixture.ts";

const REASON = new Error("no longer wanted");
/** Less than a turn waits for a start that was given up, and much even for a loaded machine. */
const NO_WAIT_MS = 1_900;

test("Thread.turn interrupts when the reply comes after an abort [R-11]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const controller = new AbortController();
  const start = server.defer("turn/start");
  const reason = reasonOf(thread.turn("hi", { signal: controller.signal }));
  await start.arrived();
  controller.abort(REASON);
  assertStrictEquals(await reason, REASON);
  assertEquals(count(server, "turn/interrupt"), 0);
  start.reply({ turn: fakeTurn("turn-late") });
  const { params } = await server.nextRequest("turn/interrupt");
  assertEquals(params, { threadId: thread.id, turnId: "turn-late" });
});

test("Thread.run interrupts when the reply comes after timeoutMs [R-11]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const start = server.defer("turn/start");
  const error = await assertRejects(() => thread.run("hi", { timeoutMs: 5 }), TurnTimeoutError);
  assertEquals(error.timeoutMs, 5);
  start.reply({ turn: fakeTurn("turn-late") });
  const { params } = await server.nextRequest("turn/interrupt");
  assertEquals(params, { threadId: thread.id, turnId: "turn-late" });
});

test("Thread.run interrupts when the reply comes after the client's requestTimeoutMs [R-11]", async () => {
  await using fixture = await open({ requestTimeoutMs: 20 });
  const { server, thread } = fixture;
  const start = server.defer("turn/start");
  await assertRejects(() => thread.run("hi"), RequestTimeoutError, "turn/start");
  start.reply({ turn: fakeTurn("turn-late") });
  await server.nextRequest("turn/interrupt");
});

test("Thread.turn survives a late reply that names no turn [R-69]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  for (const late of [null, {}, { turn: null }, { turn: { id: 5 } }]) {
    const start = server.defer("turn/start");
    await assertRejects(() => thread.turn("hi", { timeoutMs: 5 }), TurnTimeoutError);
    start.reply(late);
    const open = server.defer("thread/start");
    await assertRejects(() => codex.threadStart({ timeoutMs: 5 }), RequestTimeoutError);
    open.reply(late === null ? null : { thread: (late as { turn?: unknown }).turn });
    await settled(fixture);
  }
  assertEquals(count(server, "turn/interrupt"), 0);
});

test("Thread.run waits until a start that was given up has been undone", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const first = server.defer("turn/start");
  const interrupt = server.defer("turn/interrupt");
  await assertRejects(() => thread.turn("first", { timeoutMs: 5 }), TurnTimeoutError);
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: fakeTurn("turn-2") });
    server.sendBatch(answer("second", "turn-2"));
  });
  const second = thread.run("second");
  first.reply({ turn: fakeTurn(TURN) });
  await interrupt.arrived();
  await settled(fixture);
  // Sent now, the server would take it as more input of the turn that is being interrupted.
  assertEquals(count(server, "turn/start"), 1);
  interrupt.reply();
  for (let n = 0; n < 5; n++) await settled(fixture);
  assertEquals(count(server, "turn/start"), 1);
  server.sendBatch([completed("interrupted")]);
  const result = await second;
  assertEquals(result.finalResponse, "second");
  assertEquals(count(server, "turn/start"), 2);
});

test("Thread.turn lets one start through after a given-up one, and refuses the other", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const first = server.defer("turn/start");
  await assertRejects(() => thread.turn("first", { timeoutMs: 5 }), TurnTimeoutError);
  const both = [thread.turn("a"), thread.turn("b")];
  first.reply({ turn: fakeTurn("turn-late") });
  const [a, b] = await Promise.allSettled(both);
  assertEquals(a?.status, "fulfilled");
  assert(b?.status === "rejected" && b.reason instanceof TurnActiveError);
  assertEquals(count(server, "turn/start"), 2);
});

test("Thread.turn goes on when a given-up start is never answered, and when its turn has ended", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const first = server.defer("turn/start");
  await assertRejects(() => thread.turn("first", { timeoutMs: 5 }), TurnTimeoutError);
  const turn = await thread.turn("second"); // after a bounded wait
  server.sendBatch(answer("ok", turn.id));
  assertEquals((await turn.run()).finalResponse, "ok");
  server.on("turn/interrupt", () => {
    throw { code: -32600, message: "no active turn to interrupt" };
  });
  first.reply({ turn: fakeTurn("turn-gone") });
  const third = await thread.turn("third");
  server.sendBatch(answer("fine", third.id));
  assertEquals((await third.run()).finalResponse, "fine");
});

test("Thread.turn waits also when the undoing of a given-up start is under way already", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const start = server.defer("turn/start");
  const interrupt = server.defer("turn/interrupt");
  await assertRejects(() => thread.turn("first", { timeoutMs: 5 }), TurnTimeoutError);
  start.reply({ turn: fakeTurn("turn-late") });
  await interrupt.arrived();
  const again = thread.turn("again");
  interrupt.reply();
  server.sendBatch([completed("interrupted", {}, "turn-late")]);
  await (await again).interrupt();
});

test("Thread.turn does not wait for a start that was given up before it was sent", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const controller = new AbortController();
  const reason = reasonOf(thread.turn("hi", { signal: controller.signal }));
  controller.abort(REASON);
  assertStrictEquals(await reason, REASON);
  assertEquals(count(server, "turn/start"), 0);
  const startedAt = performance.now();
  const turn = await thread.turn("again");
  assertLess(performance.now() - startedAt, NO_WAIT_MS);
  await turn.interrupt();
});

test("Thread.turn does not wait for a given-up start that was refused", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const controller = new AbortController();
  const start = server.defer("turn/start");
  const reason = reasonOf(thread.turn("hi", { signal: controller.signal }));
  await start.arrived();
  controller.abort(REASON);
  assertStrictEquals(await reason, REASON);
  start.fail({ code: -32600, message: "no" });
  await settled(fixture);
  const startedAt = performance.now();
  const turn = await thread.turn("again");
  assertLess(performance.now() - startedAt, NO_WAIT_MS);
  await turn.interrupt();
});

test("Thread.turn counts the wait for a given-up start into timeoutMs, and sends nothing after it", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const controller = new AbortController();
  const start = server.defer("turn/start");
  const reason = reasonOf(thread.turn("hi", { signal: controller.signal }));
  await start.arrived();
  controller.abort(REASON);
  await reason;
  const startedAt = performance.now();
  await assertRejects(() => thread.turn("again", { timeoutMs: 20 }), TurnTimeoutError, "20 ms");
  assertLess(performance.now() - startedAt, NO_WAIT_MS);
  assertEquals(count(server, "turn/start"), 1);
});

test("Thread.turn leaves no listener when a given-up start is never answered [R-29]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const given = new AbortController();
  const start = server.defer("turn/start");
  const reason = reasonOf(thread.turn("hi", { signal: given.signal }));
  await start.arrived();
  given.abort(REASON);
  await reason;
  const { controller, listeners } = countingSignal();
  const turn = await thread.turn("again", { signal: controller.signal });
  await turn.interrupt();
  assertEquals(listeners(), 0);
});

test("Thread.turn that waits for a given-up start can be aborted itself [R-29]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.defer("turn/start");
  await assertRejects(() => thread.turn("first", { timeoutMs: 5 }), TurnTimeoutError);
  const controller = new AbortController();
  const startedAt = performance.now();
  const second = reasonOf(thread.turn("second", { signal: controller.signal }));
  controller.abort(REASON);
  assertStrictEquals(await second, REASON);
  assertLess(performance.now() - startedAt, NO_WAIT_MS);
  await settled(fixture);
  assertEquals(count(server, "turn/start"), 1);
});

test("Thread.turn that waits for a given-up start rejects at once when the server exits [R-13]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  server.defer("turn/start");
  await assertRejects(() => thread.turn("first", { timeoutMs: 5 }), TurnTimeoutError);
  const startedAt = performance.now();
  const second = reasonOf(thread.turn("second"));
  server.exit({ code: 1 });
  assertStrictEquals(await second, await reasonOf(codex.threadStart()));
  assertLess(performance.now() - startedAt, NO_WAIT_MS);
});
