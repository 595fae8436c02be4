import { TurnIdleTimeoutError } from "../../../errors.ts";
import { notification } from "../../../testing.ts";
import { IdleLimit } from "../../../src/client/turns/turn_limits.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { answer, count, delta, finish, open, reasonOf, THREAD, TURN } from "../_fixture.ts";

const APPROVAL = "item/commandExecution/requestApproval";

test("Thread.run with idleTimeoutMs interrupts a silent turn, and rejects with TurnIdleTimeoutError [R-20]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const error = await assertRejects(
    () => thread.run("hi", { idleTimeoutMs: 50 }),
    TurnIdleTimeoutError,
  );
  assertEquals([error.idleTimeoutMs, error.code], [50, "turn_idle_timeout"]);
  assertEquals(clock.elapsedMs, 50);
  assertEquals(count(server, "turn/interrupt"), 1);
  await finish(server, await thread.turn("again", { idleTimeoutMs: 5_000 }));
});

test("Thread.turn with idleTimeoutMs rejects for every waiter, even if the server never ends the turn [R-20]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/interrupt", () => {
    throw { code: -32600, message: "no" };
  });
  const turn = await thread.turn("hi", { idleTimeoutMs: 50 });
  const reasons = await Promise.all([turn.run(), turn.run()].map(reasonOf));
  for (const reason of reasons) assertInstanceOf(reason, TurnIdleTimeoutError);
  assertEquals(clock.elapsedMs, 50);
});

test("Thread.run with idleTimeoutMs counts from the thread's last message of any kind [R-20]", async () => {
  const ofThread = notification("thread/name/updated", { threadId: THREAD, threadName: "n" });
  for (const message of [delta("x"), ofThread]) {
    using clock = fakeClock();
    await using fixture = await open();
    const { server, thread } = fixture;
    const running = thread.run("hi", { idleTimeoutMs: 500 });
    await server.nextRequest("turn/start");
    for (let n = 0; n < 8; n++) {
      await clock.advance(499); // more than the limit in total
      server.sendBatch([message]);
    }
    server.sendBatch(answer("done"));
    assertEquals((await running).finalResponse, "done");
  }
});

test("Thread.run with idleTimeoutMs ignores messages of other threads [R-20]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const other = await codex.threadStart();
  const running = reasonOf(thread.run("hi", { idleTimeoutMs: 200 }));
  await server.nextRequest("turn/start");
  let over = false;
  void running.then(() => over = true);
  for (let n = 0; n < 60 && !over; n++) {
    server.sendBatch([delta("x", "item", "turn", other.id)]);
    await clock.advance(50);
  }
  assertInstanceOf(await running, TurnIdleTimeoutError);
  assertEquals(clock.elapsedMs, 200);
});

test("Thread.run with idleTimeoutMs pauses while a person is asked, and restarts afterwards [R-20]", async () => {
  using clock = fakeClock();
  let answerIt = (): void => {};
  await using fixture = await open({
    handlers: {
      [APPROVAL]: () => new Promise((resolve) => answerIt = () => resolve({ decision: "accept" })),
    },
  });
  const { server, thread } = fixture;
  const running = reasonOf(thread.run("hi", { idleTimeoutMs: 400 }));
  let over = false;
  void running.then(() => over = true);
  await server.nextRequest("turn/start");
  const asked = server.request(APPROVAL, { threadId: THREAD, turnId: TURN, itemId: "item-1" });
  await clock.advance(1_000);
  assert(!over, "a person may take any time");
  answerIt();
  await asked;
  assertInstanceOf(await running, TurnIdleTimeoutError);
  assertEquals(clock.elapsedMs, 1_400); // the full limit again
});

test("Thread.run with idleTimeoutMs restarts when the server resolves its own question [R-20]", async () => {
  using clock = fakeClock();
  await using fixture = await open({ handlers: { [APPROVAL]: () => new Promise(() => {}) } });
  const { server, thread } = fixture;
  const running = reasonOf(thread.run("hi", { idleTimeoutMs: 100 }));
  await server.nextRequest("turn/start");
  server.sendBatch([{ id: 7, method: APPROVAL, params: { threadId: THREAD, turnId: TURN } }]);
  await clock.advance(250);
  server.notify("serverRequest/resolved", { threadId: THREAD, requestId: 7 });
  assertInstanceOf(await running, TurnIdleTimeoutError);
  assertEquals(clock.elapsedMs, 350);
});

test("Thread.run refuses an idleTimeoutMs that is not a number of milliseconds [R-20]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  for (const idleTimeoutMs of [-1, Number.NaN, "5" as unknown as number]) {
    await assertRejects(() => thread.run("hi", { idleTimeoutMs }), RangeError);
  }
  assertEquals(count(server, "turn/start"), 0);
});

test("IdleLimit sets one timer, however many messages arrive [R-20]", () => {
  const set = globalThis.setTimeout;
  let timers = 0;
  const counted = ((...args: Parameters<typeof set>) => {
    timers++;
    return set(...args);
  }) as typeof set;
  globalThis.setTimeout = counted;
  try {
    const limit = new IdleLimit({ limitMs: 10_000, isPaused: () => false, onExpired: () => {} });
    for (let n = 0; n < 100_000; n++) limit.recordActivity();
    limit.stop();
  } finally {
    globalThis.setTimeout = set;
  }
  assertEquals(timers, 1);
});
