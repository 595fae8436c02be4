/** Interrupts of a turn that has not begun, on servers that still report the previous, interrupted turn as running. */
import { RequestTimeoutError, TurnTimeoutError } from "../../../mod.ts";
import { TurnMismatchError } from "../../../errors.ts";
import type { ClientContext } from "../../../src/client/client_context.ts";
import { ActiveTurn } from "../../../src/client/turns/active_turn.ts";
import { interruptTurn } from "../../../src/client/turn_interrupt.ts";
import { sleep } from "../../../src/util/timer.ts";
import type { Codex, TurnHandle } from "../../../mod.ts";

import { type FakeAppServer, fakeTurn } from "../../../testing.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  completed,
  count,
  type Fixture,
  open,
  reasonOf,
  settled,
  THREAD,
  TURN,
} from "../_fixture.ts";

const REASON = new Error("no longer wanted");
const EARLY = "turn-2";

/** Codex 0.168 and older: `turn-1` was interrupted and counts as the running turn until the next one begins. */
interface OlderServer extends Fixture {
  /** Waits for an interrupt that comes too early, and begins the turn after that. */
  begin(): Promise<void>;
}

async function openOlder(): Promise<OlderServer> {
  const fixture = await open();
  const { server, thread } = fixture;
  await (await thread.turn("first")).interrupt();
  await server.nextRequest("turn/interrupt");
  let hasBegun = false;
  server.on("turn/interrupt", ({ turnId }, request) => {
    if (!hasBegun) {
      const message = `expected active turn id ${turnId} but found ${TURN}`;
      return request.fail({ code: -32600, message });
    }
    request.reply();
    server.sendBatch([completed("interrupted", {}, String(turnId))]);
  });
  return {
    ...fixture,
    begin: async (): Promise<void> => {
      const { params } = await server.nextRequest("turn/interrupt");
      assertEquals(params, { threadId: THREAD, turnId: EARLY });
      hasBegun = true;
      server.notify("turn/started", { threadId: THREAD, turn: { id: EARLY } });
    },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

/** Asserts that a second interrupt has ended the turn on the server, and that the thread accepts the next one. */
async function assertFree(fixture: Fixture): Promise<void> {
  const { server, thread } = fixture;
  const { params } = await server.nextRequest("turn/interrupt");
  assertEquals(params, { threadId: THREAD, turnId: EARLY });
  await settled(fixture);
  const next = await thread.turn("next");
  server.sendBatch(answer("ok", next.id));
  assertEquals((await next.run()).finalResponse, "ok");
  assertEquals(count(server, "turn/interrupt"), 3); // one of them for the first turn
}

/** Every way to end a turn that the server has named but not begun yet, and the result for the caller. */
const ways: Record<string, (turn: TurnHandle) => Promise<void>> = {
  interrupt: async (turn) => {
    await turn.interrupt();
    assertEquals((await turn.run()).status, "interrupted");
  },
  "run with a signal": async (turn) => {
    const controller = new AbortController();
    const running = reasonOf(turn.run({ signal: controller.signal }));
    controller.abort(REASON);
    assertStrictEquals(await running, REASON);
  },
  "leaving a loop": async (turn) => {
    await turn.stream().return();
    assertEquals((await turn.run()).status, "interrupted");
  },
};

for (const [name, end] of Object.entries(ways)) {
  test(`TurnHandle, ${name}: a mismatch before the turn has started is retried [R-99]`, async () => {
    await using fixture = await openOlder();
    const ending = end(await fixture.thread.turn("second"));
    await fixture.begin();
    await ending;
    await assertFree(fixture);
  });
}

test("Thread.turn with a signal interrupts again after a mismatch [R-99]", async () => {
  await using fixture = await openOlder();
  const controller = new AbortController();
  const turn = await fixture.thread.turn("second", { signal: controller.signal });
  controller.abort(REASON);
  const reason = reasonOf(turn.run());
  await fixture.begin();
  assertStrictEquals(await reason, REASON);
  await assertFree(fixture);
});

test("Thread.turn with timeoutMs interrupts again after a mismatch [R-99]", async () => {
  using _clock = fakeClock();
  await using fixture = await openOlder();
  const turn = await fixture.thread.turn("second", { timeoutMs: 30 });
  const reason = reasonOf(turn.run());
  await fixture.begin();
  assertInstanceOf(await reason, TurnTimeoutError);
  await assertFree(fixture);
});

/** A start that is abandoned before the server has replied. */
const starts: Record<string, (fixture: Fixture, signal: AbortSignal) => Promise<unknown>> = {
  "Thread.turn": ({ thread }, signal) => thread.turn("second", { signal }),
  "Codex.request": ({ codex }, signal) =>
    codex.request("turn/start", { threadId: THREAD, input: [] }, { signal }),
};

for (const [name, start] of Object.entries(starts)) {
  test(`${name} undoes an abandoned start, even after a mismatch [R-99] [R-11]`, async () => {
    await using fixture = await openOlder();
    const controller = new AbortController();
    const reply = fixture.server.defer("turn/start");
    const reason = reasonOf(start(fixture, controller.signal));
    await reply.arrived();
    controller.abort(REASON);
    assertStrictEquals(await reason, REASON);
    reply.reply({ turn: fakeTurn(EARLY) });
    fixture.server.on("turn/start", () => ({ turn: fakeTurn("turn-3") }));
    await fixture.begin();
    await assertFree(fixture);
  });
}

test("Codex.close interrupts again after a mismatch [R-99]", async () => {
  await using fixture = await openOlder();
  const running = (await fixture.thread.turn("second")).run();
  const closing = fixture.codex.close();
  await fixture.begin();
  assertEquals((await running).status, "interrupted");
  await closing;
  assertEquals(interrupts(fixture.server), [TURN, EARLY, EARLY]);
});

test("TurnHandle.interrupt does not retry for a turn that has started [R-99]", async () => {
  await using fixture = await openOlder();
  const { server, thread } = fixture;
  const turn = await thread.turn("second");
  server.notify("turn/started", { threadId: THREAD, turn: { id: EARLY } });
  await settled(fixture);
  const ending = turn.interrupt();
  await server.nextRequest("turn/interrupt");
  await settled(fixture);
  server.sendBatch(answer("ended by itself", EARLY));
  await ending;
  assertEquals((await turn.run()).finalResponse, "ended by itself");
  assertEquals(interrupts(server), [TURN, EARLY]);
});

test("Codex.request passes a mismatch on unchanged [R-99]", async () => {
  await using fixture = await openOlder();
  const error = await reasonOf(interruptEarly(fixture.codex));
  assertInstanceOf(error, TurnMismatchError);
  assertEquals([error.expected, error.actual], [EARLY, TURN]);
});

function interruptEarly(codex: Codex): Promise<unknown> {
  return codex.request("turn/interrupt", { threadId: THREAD, turnId: EARLY });
}

/** The turns that the server was asked to interrupt, in order. */
function interrupts(server: FakeAppServer): unknown[] {
  return server.received.filter(({ method }) => method === "turn/interrupt")
    .map(({ params }) => (params as { turnId: string }).turnId);
}

test("interruptTurn has one limit for all of its steps", async () => {
  using clock = fakeClock();
  const turn = new ActiveTurn("thread", "turn");
  turn.isReview = true; // the first second is the wait for the id that it runs under
  const request = (_method: string, _params: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    sleep(60_000, signal);
  const context = { request } as unknown as ClientContext;
  await assertRejects(() => interruptTurn(context, turn, 1_500), RequestTimeoutError);
  assertEquals(clock.elapsedMs, 1_500);
});
