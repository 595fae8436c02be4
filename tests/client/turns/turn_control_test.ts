import { RequestTimeoutError } from "../../../mod.ts";
import {
  InvalidRequestError,
  NoActiveTurnError,
  TurnMismatchError,
  TurnNotSteerableError,
} from "../../../errors.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { answer, completed, count, open, reasonOf, settled, THREAD, TURN } from "../_fixture.ts";

const NONE = { code: -32600, message: "no active turn to steer" };
const OTHER = { code: -32600, message: "expected active turn id `turn-1` but found `turn-2`" };
const REVIEW = {
  code: -32600,
  message: "cannot steer a review turn",
  data: { codexErrorInfo: { activeTurnNotSteerable: { turnKind: "review" } } },
};

test("TurnHandle.steer sends the turn's id and the input [R-27]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/steer", () => ({ turnId: TURN }));
  const turn = await thread.turn("hi");
  await turn.steer(["more", { type: "localImage", path: "/a.png" }]);
  const { params } = await server.nextRequest("turn/steer");
  assertEquals(params, {
    threadId: THREAD,
    expectedTurnId: TURN,
    input: [
      { type: "text", text: "more", text_elements: [] },
      { type: "localImage", path: "/a.png" },
    ],
  });
});

test("TurnHandle.steer rejects with a typed error, and the turn continues [R-27]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.notify("turn/started", { threadId: THREAD, turn: { id: TURN } });
  await settled(fixture);
  const fail = (error: unknown): Promise<unknown> => {
    server.on("turn/steer", () => {
      throw error;
    });
    return reasonOf(turn.steer("more"));
  };
  assertInstanceOf(await fail(NONE), NoActiveTurnError);
  const mismatch = await fail(OTHER);
  assertInstanceOf(mismatch, TurnMismatchError);
  assertEquals([mismatch.expected, mismatch.actual], ["turn-1", "turn-2"]);
  const review = await fail(REVIEW);
  assertInstanceOf(review, TurnNotSteerableError);
  assertEquals(review.turnKind, "review");
  await assertRejects(() => turn.steer(" "), TypeError);
  server.sendBatch(answer("ok"));
  assertEquals((await turn.run()).finalResponse, "ok");
});

test("TurnHandle.interrupt resolves only when the turn has ended [R-28]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.on("turn/interrupt", () => ({}));
  let resolved = false;
  const interrupting = turn.interrupt().then(() => resolved = true);
  const { params } = await server.nextRequest("turn/interrupt");
  assertEquals(params, { threadId: THREAD, turnId: TURN });
  await settled(fixture);
  assert(!resolved);
  server.sendBatch([completed("interrupted")]);
  await interrupting;
  assertEquals((await turn.run()).status, "interrupted");
});

test("TurnHandle.interrupt sends one request for several calls, and none after the end [R-28]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  await Promise.all(Array.from({ length: 5 }, () => turn.interrupt()));
  await turn.interrupt();
  await turn.interrupt({ timeoutMs: 0 });
  await settled(fixture);
  assertEquals(count(server, "turn/interrupt"), 1);
});

test("TurnHandle.interrupt ignores that no turn or another turn is active [R-28] [R-27]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  for (const error of [{ ...NONE, message: "no active turn to interrupt" }, OTHER]) {
    const turn = await thread.turn("hi");
    server.on("turn/interrupt", () => {
      throw error;
    });
    const interrupting = turn.interrupt();
    await settled(fixture);
    server.sendBatch([completed("completed", {}, turn.id)]);
    await interrupting;
    assertEquals((await turn.run()).status, "completed");
  }
});

test("TurnHandle.interrupt retries when the turn starts, if the server had not run it yet [R-28]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const tooEarly = server.defer("turn/interrupt");
  const interrupting = turn.interrupt();
  await tooEarly.arrived();
  tooEarly.fail({ code: -32600, message: "no active turn to interrupt" });
  await settled(fixture);
  assertEquals(count(server, "turn/interrupt"), 1);
  server.notify("turn/started", { threadId: THREAD, turn: { id: TURN } });
  await interrupting;
  assertEquals(count(server, "turn/interrupt"), 2);
  assertEquals((await turn.run()).status, "interrupted");
});

test("TurnHandle.interrupt passes on any other error, and can be retried [R-28]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const refused = server.defer("turn/interrupt");
  const first = reasonOf(turn.interrupt());
  const second = reasonOf(turn.interrupt());
  refused.fail({ code: -32600, message: "not now" });
  assertInstanceOf(await first, InvalidRequestError);
  assertInstanceOf(await second, InvalidRequestError);
  await turn.interrupt();
  assertEquals((await turn.run()).status, "interrupted");
  assertEquals(count(server, "turn/interrupt"), 2);
});

test("TurnHandle.interrupt has its own deadline, even if the peer never answers [R-28]", async () => {
  using _clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.defer("turn/interrupt");
  const patient = turn.interrupt({ timeoutMs: 0 });
  const error = await assertRejects(() => turn.interrupt({ timeoutMs: 10 }), RequestTimeoutError);
  assertEquals([error.method, error.timeoutMs], ["turn/interrupt", 10]);
  assertEquals(count(server, "turn/interrupt"), 1);
  // Answered, but the turn does not end.
  server.on("turn/interrupt", () => ({}));
  await assertRejects(() => turn.interrupt({ timeoutMs: 10 }), RequestTimeoutError);
  assertEquals(count(server, "turn/interrupt"), 2);
  server.sendBatch([completed("interrupted")]);
  await patient;
});

test("TurnHandle.interrupt refuses an invalid timeout and sends nothing", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  for (const timeoutMs of [-1, NaN, "5" as never]) {
    await assertRejects(() => turn.interrupt({ timeoutMs }), RangeError);
  }
  assertEquals(count(server, "turn/interrupt"), 0);
  await turn.interrupt();
  await assertRejects(() => turn.interrupt({ timeoutMs: -1 }), RangeError); // even after the end
});

test("TurnHandle.interrupt ends in time when the server hangs [R-28]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.hang({ writes: true });
  await assertRejects(() => turn.interrupt({ timeoutMs: 10 }), RequestTimeoutError);
  assertEquals(clock.elapsedMs, 10);
});

test("Thread.run works again after an interrupt [R-28]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  await (await thread.turn("hi")).interrupt();
  const running = thread.run("again");
  await settled(fixture);
  server.sendBatch(answer("ok", "turn-2"));
  assertEquals((await running).finalResponse, "ok");
});
