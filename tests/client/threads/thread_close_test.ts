import { type Thread, TransportClosedError } from "../../../mod.ts";
import { ThreadClosedError } from "../../../errors.ts";
import { fakeThreadStart, fakeTurn } from "../../../testing.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { count, finish, methods, open, reasonOf, settled, THREAD } from "../_fixture.ts";

test("Thread.close unsubscribes once, however often it is called [R-62]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  await Promise.all([thread.close(), thread.close(), thread[Symbol.asyncDispose]()]);
  await thread.close();
  assertEquals(count(server, "thread/unsubscribe"), 1);
  const { params } = await server.nextRequest("thread/unsubscribe");
  assertEquals(params, { threadId: THREAD });
});

test("Thread.close interrupts the running turn, then unsubscribes [R-62]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const seen = methods(thread.events());
  await thread.close();
  assertEquals((await turn.run()).status, "interrupted");
  const sent = server.received.map(({ method }) => method).slice(-2);
  assertEquals(sent, ["turn/interrupt", "thread/unsubscribe"]);
  assertEquals(await seen, ["turn/completed"]);
});

test("Thread.close settles a turn whose end never arrives [R-62]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/interrupt", () => ({}));
  const running = reasonOf(thread.run("hi"));
  await server.nextRequest("turn/start");
  await settled(fixture);
  await thread.close();
  assert(await running instanceof ThreadClosedError);
  assertEquals(clock.elapsedMs, 1_000);
});

test("Thread.close undoes a turn that is starting [R-62] [R-11]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const held = server.defer("turn/start");
  const running = reasonOf(thread.run("hi"));
  await held.arrived();
  await thread.close();
  held.reply({ turn: fakeTurn("turn-9") });
  assert(await running instanceof ThreadClosedError);
  const { params } = await server.nextRequest("turn/interrupt");
  assertEquals(params, { threadId: THREAD, turnId: "turn-9" });
});

test("Thread.close refuses turns whose modules are still being loaded, and those behind them [R-62]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const starts = [
    () => thread.run("hi", { goal: true }),
    () => thread.turn("hi", { goal: true }),
    () => thread.run("hi", { output: { type: "object" } }),
    () => thread.review({ type: "uncommittedChanges" }),
    () => thread.compact(),
    () => thread.run("hi"),
    () => thread.revert("turn-1"),
  ];
  const reasons = starts.map((start) => reasonOf(start()));
  await thread.close();
  for (const reason of reasons) assert(await reason instanceof ThreadClosedError);
  assertEquals(server.received.map(({ method }) => method).slice(-2), [
    "thread/start",
    "thread/unsubscribe",
  ]);
});

test("Thread refuses every turn once it is closed, and sends nothing [R-62]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  await thread.close();
  const sent = server.received.length;
  await assertRejects(() => thread.run("hi"), ThreadClosedError, `thread "${THREAD}"`);
  await assertRejects(() => thread.turn("hi"), ThreadClosedError);
  await assertRejects(() => thread.compact(), ThreadClosedError);
  await assertRejects(() => thread.revert("turn-1"), ThreadClosedError);
  assertEquals(await methods(thread.events()), []);
  assertEquals(server.received.length, sent);
});

test("Thread.close never rejects, even on a refusal or the end of the connection [R-62]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  server.defer("thread/unsubscribe").fail({ code: -32603, message: "no" });
  const other = await codex.threadStart();
  await thread.close();
  await codex.close();
  await other.close();
  await assertRejects(() => other.run("hi"), ThreadClosedError);
});

test("Codex.threadResume waits for a close in progress, and returns a new handle [R-59] [R-62]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  server.on("thread/resume", ({ threadId }) => fakeThreadStart(String(threadId)));
  const held = server.defer("thread/unsubscribe");
  const closing = thread.close();
  await held.arrived();
  const resuming = codex.threadResume(THREAD);
  await settled(fixture);
  assertEquals(count(server, "thread/resume"), 0);
  held.reply({ status: "unsubscribed" });
  await closing;
  const again = await resuming;
  assert(again !== thread);
  const turn = await again.turn("hi");
  await finish(server, turn);
});

test("Thread.close leaves the subscription to a resume in progress [R-59] [R-62]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const held = server.defer("thread/resume");
  const resuming = codex.threadResume(THREAD);
  await held.arrived();
  await thread.close();
  held.reply(fakeThreadStart(THREAD));
  const again: Thread = await resuming;
  assert(again !== thread);
  assertEquals(count(server, "thread/unsubscribe"), 0);
  assertStrictEquals(await resumedAgain(), again);

  async function resumedAgain(): Promise<Thread> {
    server.on("thread/resume", () => fakeThreadStart(THREAD));
    return await codex.threadResume(THREAD);
  }
});

test("Thread.run rejects with the end of the connection, not of the handle", async () => {
  await using fixture = await open();
  const { codex, thread } = fixture;
  await codex.close();
  await assertRejects(() => thread.run("hi"), TransportClosedError);
});
