import { RequestTimeoutError, TurnActiveError, TurnTimeoutError } from "../../../mod.ts";
import { type DeferredRequest, fakeTurn } from "../../../testing.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { kept } from "../_kept.ts";
import {
  answer,
  completed,
  count,
  countingSignal,
  type Fixture,
  open,
  reasonOf,
  settled,
  TURN,
} from "../_fixture.ts";

/** Milliseconds that the next start waits for an abandoned one. */
const WAIT_MS = 2_000;

const REASON = new Error("no longer wanted");

/** Starts a turn, and aborts it before the server replies; returns the request. */
async function abandon({ server, thread }: Fixture): Promise<DeferredRequest> {
  const controller = new AbortController();
  const start = server.defer("turn/start");
  const reason = reasonOf(thread.turn("hi", { signal: controller.signal }));
  await start.arrived();
  controller.abort(REASON);
  assertStrictEquals(await reason, REASON);
  return start;
}

test("Thread.turn interrupts when the reply comes after an abort [R-11]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const start = await abandon(fixture);
  assertEquals(count(server, "turn/interrupt"), 0);
  start.reply({ turn: fakeTurn("turn-late") });
  const { params } = await server.nextRequest("turn/interrupt");
  assertEquals(params, { threadId: thread.id, turnId: "turn-late" });
});

test("Thread.run interrupts when the reply comes after timeoutMs [R-11]", async () => {
  using _clock = fakeClock();
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
  using _clock = fakeClock();
  await using fixture = await open({ requestTimeoutMs: 20 });
  const { server, thread } = fixture;
  const start = server.defer("turn/start");
  await assertRejects(() => thread.run("hi"), RequestTimeoutError, "turn/start");
  start.reply({ turn: fakeTurn("turn-late") });
  await server.nextRequest("turn/interrupt");
});

test("Thread.turn survives a late reply that names no turn [R-69]", async () => {
  using _clock = fakeClock();
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

test("a request of a turn whose start was abandoned is declined, and no handler is asked [R-11] [R-40]", async () => {
  using _clock = fakeClock();
  const asked: string[] = [];
  await using fixture = await open({
    onCommandApproval: ({ turnId }) => {
      asked.push(`client: ${turnId}`);
      return "accept";
    },
  });
  const { server, thread } = fixture;
  thread.handle("item/commandExecution/requestApproval", ({ turnId }) => {
    asked.push(`thread: ${turnId}`);
    return { decision: "accept" };
  });
  const start = server.defer("turn/start");
  server.defer("turn/interrupt");
  await assertRejects(() => thread.turn("hi", { timeoutMs: 5 }), TurnTimeoutError);
  const ask = async (turnId: string): Promise<unknown> => {
    const params = { threadId: thread.id, turnId, itemId: "i", command: "rm x" };
    return (await server.request("item/commandExecution/requestApproval", params)).result;
  };
  server.notify("turn/started", { threadId: thread.id, turn: fakeTurn("turn-late") });
  const before = ask("turn-late");
  const foreign = ask("foreign turn");
  await settled(fixture);
  assertEquals(asked, []); // only the late reply reveals whose turn this is
  start.reply({ turn: fakeTurn("turn-late") });
  assertEquals(await before, { decision: "decline" });
  assertEquals(await ask("turn-late"), { decision: "decline" });
  assertEquals(await foreign, { decision: "accept" });
  assertEquals(asked, ["thread: foreign turn"]);
});

test("Thread.run waits until an abandoned start has been undone", async () => {
  using _clock = fakeClock();
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
  // If sent now, the server would treat it as more input for the turn that is being interrupted.
  assertEquals(count(server, "turn/start"), 1);
  interrupt.reply();
  for (let n = 0; n < 5; n++) await settled(fixture);
  assertEquals(count(server, "turn/start"), 1);
  server.sendBatch([completed("interrupted")]);
  const result = await second;
  assertEquals(result.finalResponse, "second");
  assertEquals(count(server, "turn/start"), 2);
});

test("Thread.turn lets one start through after an abandoned one, and refuses the other", async () => {
  using _clock = fakeClock();
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

test("Thread.turn proceeds if an abandoned start is never answered, and when its turn has ended", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const first = server.defer("turn/start");
  await assertRejects(() => thread.turn("first", { timeoutMs: 5 }), TurnTimeoutError);
  const turn = await thread.turn("second"); // after a bounded wait
  assertEquals(clock.elapsedMs, 5 + WAIT_MS);
  server.sendBatch(answer("ok", turn.id));
  assertEquals((await turn.run()).finalResponse, "ok");
  server.on("turn/interrupt", () => {
    throw { code: -32600, message: "no active turn to interrupt" };
  });
  first.reply({ turn: fakeTurn("turn-gone") });
  const third = await thread.turn("third");
  assertEquals(clock.elapsedMs, 5 + WAIT_MS);
  server.sendBatch(answer("fine", third.id));
  assertEquals((await third.run()).finalResponse, "fine");
});

test("an abandoned start that is never answered is forgotten after ten seconds", async () => {
  using clock = fakeClock();
  await using fixture = await open({ onCommandApproval: () => "accept" });
  const { server, codex, thread } = fixture;
  server.defer("turn/start");
  await assertRejects(() => thread.turn("hi", { timeoutMs: 5 }), TurnTimeoutError);
  await thread.close();
  assertEquals(kept(codex).sessions.size, 1);
  await clock.advance(10_000);
  assertEquals(kept(codex).sessions.size, 0);
  const before = clock.elapsedMs;
  const params = { threadId: thread.id, turnId: "foreign turn", itemId: "i", command: "ls" };
  const { result } = await server.request("item/commandExecution/requestApproval", params);
  assertEquals([result, clock.elapsedMs], [{ decision: "accept" }, before]);
});

test("Thread.turn also waits if an abandoned start is already being undone", async () => {
  using _clock = fakeClock();
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

test("Thread.turn does not wait for a start that was abandoned before it was sent", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const controller = new AbortController();
  const reason = reasonOf(thread.turn("hi", { signal: controller.signal }));
  controller.abort(REASON);
  assertStrictEquals(await reason, REASON);
  assertEquals(count(server, "turn/start"), 0);
  const turn = await thread.turn("again");
  assertEquals(clock.elapsedMs, 0);
  await turn.interrupt();
});

test("Thread.turn does not wait for an abandoned start that was refused", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { thread } = fixture;
  const start = await abandon(fixture);
  start.fail({ code: -32600, message: "no" });
  await settled(fixture);
  const turn = await thread.turn("again");
  assertEquals(clock.elapsedMs, 0);
  await turn.interrupt();
});

test("Thread.turn includes the wait for an abandoned start in timeoutMs, and sends nothing after it", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  await abandon(fixture);
  await assertRejects(() => thread.turn("again", { timeoutMs: 20 }), TurnTimeoutError, "20 ms");
  assertEquals(clock.elapsedMs, 20);
  assertEquals(count(server, "turn/start"), 1);
});

test("Thread.turn leaves no listener if an abandoned start is never answered [R-29]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { thread } = fixture;
  await abandon(fixture);
  const { controller, listeners } = countingSignal();
  const turn = await thread.turn("again", { signal: controller.signal });
  await turn.interrupt();
  assertEquals([listeners(), clock.elapsedMs], [0, WAIT_MS]);
});

test("Thread.turn can be aborted while it waits for an abandoned start [R-29]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  server.defer("turn/start");
  await assertRejects(() => thread.turn("first", { timeoutMs: 5 }), TurnTimeoutError);
  const controller = new AbortController();
  const second = reasonOf(thread.turn("second", { signal: controller.signal }));
  controller.abort(REASON);
  assertStrictEquals(await second, REASON);
  assertEquals(clock.elapsedMs, 5); // well before the wait would end by itself
  await settled(fixture);
  assertEquals(count(server, "turn/start"), 1);
});

test("Thread.turn rejects immediately if the server exits while it waits for an abandoned start [R-13]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  server.defer("turn/start");
  await assertRejects(() => thread.turn("first", { timeoutMs: 5 }), TurnTimeoutError);
  const second = reasonOf(thread.turn("second"));
  server.exit({ code: 1 });
  assertStrictEquals(await second, await reasonOf(codex.threadStart()));
  assertEquals(clock.elapsedMs, 5);
});
