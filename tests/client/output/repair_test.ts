import {
  StructuredOutputError,
  TurnFailedError,
  type TurnHandle,
  type TurnResult,
  TurnTimeoutError,
} from "../../../mod.ts";
import { ThreadClosedError } from "../../../errors.ts";
import { fakeTurn } from "../../../testing.ts";
import { assertEquals, assertInstanceOf, assertRejects } from "../../_support/assert.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import "../../_support/loaded_modules.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  completed,
  count,
  countingSignal,
  finish,
  open,
  reasonOf,
  settled,
} from "../_fixture.ts";
import {
  answerWith,
  GOOD,
  startsOf,
  textsOf,
  VERDICT,
  type Verdict,
  verdictBy,
} from "./_answers.ts";

const BAD = '{"risk":"none"}';
const output = VERDICT;

test("Thread.run with repair sends the issues to the model and returns the second turn's output", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  answerWith(server, [BAD, GOOD]);
  const result = await thread.run("How risky?", { output, repair: true });
  assertEquals(result.output, { risk: "high", reasons: ["no tests"] });
  assertEquals([result.id, result.finalResponse], ["turn-2", GOOD]);
  assertInstanceOf(result.repaired, StructuredOutputError);
  assertEquals([result.repaired.text, result.repaired.result.id], [BAD, "turn-1"]);
  const [first, second] = textsOf(server);
  assertEquals(first, "How risky?");
  assertEquals(second?.split("\n").slice(1, 3), [
    '- at "risk": must be one of "low", "high"',
    '- must have the property "reasons"',
  ]);
});

test("Thread.run runs both turns with the same options, except those of a single message", async () => {
  await using fixture = await open();
  answerWith(fixture.server, [BAD, GOOD]);
  const options = { model: "m", effort: "low", sandbox: "readOnly", cwd: "/work" } as const;
  await fixture.thread.run("x", {
    ...options,
    clientUserMessageId: "mine",
    output,
    repair: { input: ({ issues }) => `${issues.length} faults` },
  });
  const [first, second] = startsOf(fixture.server);
  assertEquals(first?.["clientUserMessageId"], "mine");
  const { clientUserMessageId: _, input: __, ...rest } = first ?? {};
  const { input, ...again } = second ?? {};
  assertEquals(again, rest);
  assertEquals(input, [{ type: "text", text: "2 faults", text_elements: [] }]);
});

test("Thread.run repairs once: a second mismatch is an error with the second result", async () => {
  await using fixture = await open();
  answerWith(fixture.server, [BAD, "still no JSON", GOOD]);
  const error = await reasonOf(fixture.thread.run("x", { output, repair: true }));
  assertInstanceOf(error, StructuredOutputError);
  assertEquals(error.text, "still no JSON");
  assertEquals((error.result as TurnResult).id, "turn-2");
  assertEquals(count(fixture.server, "turn/start"), 2);
});

test("Thread.run repairs a missing answer, but neither a valid one nor an interrupted turn", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  answerWith(server, [null, GOOD, GOOD, "interrupted"]);
  assertEquals((await thread.run<Verdict>("x", { output, repair: true })).output.risk, "high");
  assertEquals((await thread.run("x", { output, repair: true })).repaired, null);
  assertEquals(count(server, "turn/start"), 3);
  await assertRejects(() => thread.run("x", { output, repair: true }), StructuredOutputError);
  await assertRejects(() => thread.run("x", { output, repair: false }), StructuredOutputError);
  assertEquals(count(server, "turn/start"), 5);
});

test("Thread.run with repair rejects as the second turn does", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  let turns = 0;
  server.on("turn/start", (_params, request) => {
    const turnId = `turn-${++turns}`;
    request.reply({ turn: fakeTurn(turnId) });
    const status = turns === 1 ? "completed" : "failed";
    server.sendBatch([completed(status, {}, turnId)]);
  });
  await assertRejects(() => thread.run("x", { output, repair: true }), TurnFailedError);
  assertEquals(turns, 2);
});

test("Thread.run with repair can be aborted in the second turn too, and leaves no listener", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const second = server.nextRequest("turn/start").then(() => server.nextRequest("turn/start"));
  let turns = 0;
  const { controller, listeners } = countingSignal();
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: fakeTurn(`turn-${++turns}`) });
    if (turns === 1) server.sendBatch([completed("completed", {}, "turn-1")]);
  });
  const { signal } = controller;
  const running = reasonOf(thread.run("x", { output, repair: true, signal }));
  await second;
  await settled(fixture);
  controller.abort("enough");
  assertEquals(await running, "enough");
  assertEquals(listeners(), 0);
  assertEquals(count(server, "turn/interrupt"), 1);
});

test("Thread.run with repair has one timeoutMs for both turns", async () => {
  using clock = fakeClock({ waitsForModules: true });
  await using fixture = await open();
  const { server, thread } = fixture;
  let turns = 0;
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: fakeTurn(`turn-${++turns}`) });
    // The first turn uses up most of the time; the second never ends.
    if (turns === 1) {
      setTimeout(() => server.sendBatch([completed("completed", {}, "turn-1")]), 700);
    }
  });
  const error = await reasonOf(thread.run("x", { output, repair: true, timeoutMs: 1_000 }));
  assertInstanceOf(error, TurnTimeoutError);
  assertEquals(error.timeoutMs, 1_000); // the caller's limit, not the remaining time
  assertEquals([clock.elapsedMs, turns], [1_000, 2]);
});

test("Thread.run with an output and a timeoutMs is not bound by the client's requestTimeoutMs", async () => {
  using clock = fakeClock({ waitsForModules: true });
  await using fixture = await open({ requestTimeoutMs: 20 });
  const { server, thread } = fixture;
  const start = server.defer("turn/start");
  setTimeout(() => {
    start.reply({ turn: fakeTurn("turn-1") });
    server.sendBatch(answer(GOOD, "turn-1"));
  }, 100);
  const result = await thread.run("x", { output, timeoutMs: 1_000 });
  assertEquals([result.output, clock.elapsedMs], [JSON.parse(GOOD), 100]);
});

test("Thread.run does not wait forever for the schema's own code", async () => {
  using clock = fakeClock({ waitsForModules: true });
  await using fixture = await open();
  answerWith(fixture.server, [GOOD, GOOD]);
  const never = verdictBy(() => new Promise<never>(() => {}));
  await assertRejects(
    () => fixture.thread.run("x", { output: never, timeoutMs: 100 }),
    TurnTimeoutError,
  );
  assertEquals(clock.elapsedMs, 100);
  const signal = AbortSignal.abort("no time");
  assertEquals(await reasonOf(fixture.thread.run("x", { output: never, signal })), "no time");
});

// In real time: the schema's code keeps every timer from firing.
test("Thread.run leaves no unhandled rejection if the schema's own code used up the time", async () => {
  await using fixture = await open();
  answerWith(fixture.server, [GOOD]);
  const slow = verdictBy(() => {
    for (const until = performance.now() + 50; performance.now() < until;);
    return { issues: [{ message: "never good" }] };
  });
  const options = { output: slow, repair: true, timeoutMs: 40 };
  assertInstanceOf(await reasonOf(fixture.thread.run("x", options)), TurnTimeoutError);
  await new Promise((resolve) => setTimeout(resolve, 1)); // every runner fails a test for an unhandled rejection
});

test("Thread.run with repair queues if the thread has become busy meanwhile", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  answerWith(server, [BAD]);
  const started = deferred<TurnHandle>();
  let validations = 0;
  const output = verdictBy(async (value) => {
    if (++validations > 1) return { value };
    server.on(
      "turn/start",
      (_params, request) => request.reply({ turn: fakeTurn("turn-of-others") }),
    );
    started.resolve(await thread.turn("of others"));
    return { issues: [{ message: "not good" }] };
  });
  const running = thread.run("x", { output, repair: true });
  const others = await started.promise;
  await settled(fixture);
  assertEquals(textsOf(server), ["x", "of others"]);
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: fakeTurn("turn-2") });
    server.sendBatch(answer(GOOD, "turn-2"));
  });
  await finish(server, others);
  assertEquals((await running).id, "turn-2");
  assertEquals(textsOf(server).length, 3);
});

test("Thread.run with repair starts nothing on a thread that has been closed meanwhile", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  answerWith(server, [BAD]);
  const output = verdictBy(async () => {
    await thread.close();
    return { issues: [{ message: "not good" }] };
  });
  await assertRejects(() => thread.run("x", { output, repair: true }), ThreadClosedError);
  assertEquals(textsOf(server), ["x"]);
});

test("a turn with an output keeps its place before a turn that is started right after it", async () => {
  await using fixture = await open();
  answerWith(fixture.server, [GOOD, GOOD]);
  const first = fixture.thread.run("first", { output });
  const second = fixture.thread.run("second", { whenBusy: "queue" });
  await Promise.all([first, second]);
  assertEquals(textsOf(fixture.server), ["first", "second"]);
});
