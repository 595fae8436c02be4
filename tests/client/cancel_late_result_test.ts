import { RequestTimeoutError } from "../../mod.ts";
import { fakeThreadStart, fakeTurn } from "../../testing.ts";
import { assertEquals, assertRejects, assertStrictEquals } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import "../_support/loaded_modules.ts";
import { test } from "../_support/test.ts";
import { answer, count, open, reasonOf, settled } from "./_fixture.ts";

const REASON = new Error("no longer wanted");

test("Codex.threadStart unsubscribes when the reply comes after an abort [R-11]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const controller = new AbortController();
  const start = server.defer("thread/start");
  const reason = reasonOf(codex.threadStart({ signal: controller.signal }));
  await start.arrived();
  controller.abort(REASON);
  assertStrictEquals(await reason, REASON);
  assertEquals(count(server, "thread/unsubscribe"), 0);
  start.reply(fakeThreadStart("thread-late"));
  const { params } = await server.nextRequest("thread/unsubscribe");
  assertEquals(params, { threadId: "thread-late" });
});

test("Codex.threadResume unsubscribes when the reply comes after its timeout [R-11]", async () => {
  using _clock = fakeClock({ waitsForModules: true });
  await using fixture = await open();
  const { server, codex } = fixture;
  const start = server.defer("thread/resume");
  await assertRejects(
    () => codex.threadResume("thread-late", { timeoutMs: 5 }),
    RequestTimeoutError,
    "thread/resume",
  );
  start.reply(fakeThreadStart("thread-late"));
  const { params } = await server.nextRequest("thread/unsubscribe");
  assertEquals(params, { threadId: "thread-late" });
});

test("Codex.threadStart does nothing more if an abandoned start is refused", async () => {
  using _clock = fakeClock({ waitsForModules: true });
  await using fixture = await open();
  const { server, codex } = fixture;
  const start = server.defer("thread/start");
  await assertRejects(() => codex.threadStart({ timeoutMs: 5 }), RequestTimeoutError);
  start.fail({ code: -32600, message: "no" });
  await settled(fixture);
  assertEquals(count(server, "thread/unsubscribe"), 0);
});

test("Codex.threadResume, cancelled, does not close the thread for other holders [R-11]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  for (const held of [thread.id, "thread-other"]) {
    const controller = new AbortController();
    const resume = server.defer("thread/resume");
    const reason = reasonOf(codex.threadResume(held, { signal: controller.signal }));
    await resume.arrived();
    controller.abort(REASON);
    assertStrictEquals(await reason, REASON);
    // A caller that retries has no reply yet when the late one arrives.
    const again = held === thread.id ? undefined : server.defer("thread/resume");
    const retried = again && codex.threadResume(held);
    await again?.arrived();
    resume.reply(fakeThreadStart(held));
    again?.reply(fakeThreadStart(held));
    await retried;
    await settled(fixture);
    assertEquals(count(server, "thread/unsubscribe"), 0);
  }
});

test("an abandoned review/start is interrupted when its reply comes late [R-11]", async () => {
  using clock = fakeClock({ waitsForModules: true });
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const start = server.defer("review/start");
  const params = { threadId: thread.id, target: { type: "uncommittedChanges" } } as const;
  await assertRejects(
    () => codex.request("review/start", params, { timeoutMs: 5 }),
    RequestTimeoutError,
  );
  start.reply({ turn: fakeTurn("turn-late"), reviewThreadId: "thread-review" });
  const { params: undone } = await server.nextRequest("turn/interrupt");
  assertEquals(undone, { threadId: "thread-review", turnId: "turn-late" });
  assertEquals(clock.elapsedMs, 5 + 1_000); // the wait for its turn/started
});

test("an abandoned raw turn/start is interrupted when its reply comes late [R-11]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const start = server.defer("turn/start");
  const params = { threadId: thread.id, input: [] };
  await assertRejects(
    () => codex.request("turn/start", params, { timeoutMs: 5 }),
    RequestTimeoutError,
  );
  start.reply({ turn: fakeTurn("turn-late") });
  const { params: undone } = await server.nextRequest("turn/interrupt");
  assertEquals(undone, { threadId: thread.id, turnId: "turn-late" });
});

for (const when of ["before", "after"]) {
  test(`Thread.turn does not wait for an abandoned start whose turn ended ${when} it was abandoned`, async () => {
    using clock = fakeClock({ waitsForModules: true });
    await using fixture = await open();
    const { server, thread } = fixture;
    const controller = new AbortController();
    const start = server.defer("turn/start");
    const reason = reasonOf(thread.turn("first", { signal: controller.signal }));
    await start.arrived();
    if (when === "after") controller.abort(REASON);
    server.sendBatch(answer("too late", "turn-late"));
    await settled(fixture);
    controller.abort(REASON);
    assertStrictEquals(await reason, REASON);
    const second = thread.turn("second");
    start.reply({ turn: fakeTurn("turn-late") });
    await (await second).interrupt();
    assertEquals(clock.elapsedMs, 0);
    assertEquals(count(server, "turn/interrupt"), 1); // of the second one
  });
}
