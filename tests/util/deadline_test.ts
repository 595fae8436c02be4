import { Deadline } from "../../src/util/deadline.ts";
import { assertEquals, assertStrictEquals, assertThrows } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { CountedSignal } from "../rpc/_peer.ts";

const timeoutError = (ms: number): Error => new RangeError(`over after ${ms} ms`);
const never = new Promise<never>(() => {});

function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => undefined, (error) => error);
}

test("Deadline fires when its time is up, with the error of the limit, for everyone who waits", async () => {
  using clock = fakeClock();
  const deadline = new Deadline({ timeoutMs: 500, timeoutError });
  assertEquals(deadline.signal.aborted, false);
  const waiting = [reasonOf(deadline.race(never)), reasonOf(deadline.race(never))];
  const [first, second] = await Promise.all(waiting);
  assertEquals((first as Error).message, "over after 500 ms");
  assertStrictEquals(second, first);
  assertStrictEquals(deadline.signal.reason, first);
  assertEquals(clock.elapsedMs, 500);
});

test("Deadline fires with the reason of the caller's signal, even if that has already fired", async () => {
  using _clock = fakeClock();
  const reason = new Error("enough");
  const controller = new AbortController();
  const { signal } = controller;
  const deadline = new Deadline({ signal, timeoutMs: 500, timeoutError });
  const waiting = reasonOf(deadline.race(never));
  controller.abort(reason);
  assertStrictEquals(await waiting, reason);
  deadline.end();
  const late = new Deadline({ signal, timeoutMs: 500, timeoutError });
  assertStrictEquals(late.signal.reason, reason);
  late.end();
});

test("Deadline leaves neither a timer nor a listener once it has ended", () => {
  using _clock = fakeClock(); // fails if a timer is left
  const counted = new CountedSignal();
  const deadline = new Deadline({ signal: counted.signal, timeoutMs: 500, timeoutError });
  assertEquals(counted.listeners, 1);
  deadline.end();
  deadline.end();
  assertEquals(counted.listeners, 0);
  counted.controller.abort();
  assertEquals(deadline.signal.aborted, false);
});

test("Deadline.limits leaves a request without its own limit to the client's default", () => {
  const unlimited = new Deadline({ timeoutError });
  assertEquals(unlimited.limits.timeoutMs, undefined);
  using _clock = fakeClock();
  const limited = new Deadline({ timeoutMs: 500, timeoutError });
  assertEquals(limited.limits, { signal: limited.signal, timeoutMs: 0 });
  limited.end();
  const explicit = new Deadline({ timeoutMs: 0, timeoutError });
  assertEquals(explicit.limits.timeoutMs, 0);
});

test("Deadline.check() throws when the time is up, even while no timer can fire", async () => {
  using clock = fakeClock();
  const deadline = new Deadline({ timeoutMs: 500, timeoutError });
  deadline.check();
  await clock.advance(500);
  assertEquals(assertThrows(() => deadline.check(), RangeError).message, "over after 500 ms");
});

// In real time: the loop keeps the timer from firing.
test("Deadline.check() does not rely on its timer", () => {
  const deadline = new Deadline({ timeoutMs: 5, timeoutError });
  for (const until = performance.now() + 6; performance.now() < until;);
  assertEquals(deadline.signal.aborted, false);
  assertThrows(() => deadline.check(), RangeError);
  deadline.end();
});

test("Deadline.isExpired is true of the whole and its parts if the time was up, and not if the caller aborted", async () => {
  using clock = fakeClock();
  const controller = new AbortController();
  const aborted = new Deadline({ signal: controller.signal, timeoutMs: 10, timeoutError });
  const expired = new Deadline({ timeoutMs: 10, timeoutError });
  const parts = [aborted.part(), expired.part()];
  controller.abort();
  await clock.advance(10);
  assertEquals([aborted, expired, ...parts].map(({ isExpired }) => isExpired), [
    false,
    true,
    false,
    true,
  ]);
  for (const deadline of [...parts, aborted, expired]) deadline.end();
});
