import { abortable } from "../../src/util/abortable.ts";
import { checkLimitMs, sleep, startTimer, waitAtMost } from "../../src/util/timer.ts";
import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertStrictEquals,
  assertThrows,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { CountedSignal } from "../rpc/_peer.ts";

test("checkLimitMs accepts undefined, 0 and positive numbers, and rejects the rest", () => {
  for (const limit of [undefined, 0, -0, 0.5, 1, 2 ** 31, Infinity]) checkLimitMs("limit", limit);
  for (const limit of [-1, -Infinity, NaN, "5", null, {}, 5n, true]) {
    const error = assertThrows(() => checkLimitMs("limitMs", limit as number), RangeError);
    assertEquals(
      error.message,
      `"limitMs" must be a number of milliseconds of at least 0, got ${String(limit)}`,
    );
  }
});

test("startTimer calls once, never without a limit, and not after it was stopped", async () => {
  const calls: number[] = [];
  // Past 2^31 - 1 ms, setTimeout would call back immediately.
  const stops = [0, Infinity, 2 ** 31, 1e12].map((ms) => startTimer(ms, () => void calls.push(ms)));
  const stop = startTimer(1, () => void calls.push(1));
  stop();
  stop();
  await new Promise<void>((resolve) => startTimer(5, resolve));
  assertEquals(calls, []);
  for (const each of stops) each();
});

test("waitAtMost returns the value, the rejection, or undefined when the time is up", async () => {
  assertEquals(await waitAtMost(Promise.resolve(5), 60_000), 5);
  const reason = new Error("no");
  const rejected = await waitAtMost(Promise.reject(reason), 60_000).catch((error) => error);
  assertStrictEquals(rejected, reason);
  assertEquals(await waitAtMost(new Promise(() => {}), 1), undefined);
  assertEquals(await waitAtMost(Promise.resolve(5), 0), 5);
});

test("waitAtMost rejects with the reason of its signal, and removes its listener however it ends", async () => {
  const counted = new CountedSignal();
  const { signal } = counted;
  assertEquals(await waitAtMost(Promise.resolve(5), 0, signal), 5);
  assertEquals(await waitAtMost(new Promise(() => {}), 1, signal), undefined);
  assertEquals([counted.added, counted.listeners], [2, 0]);
  const waiting = waitAtMost(new Promise(() => {}), 60_000, signal);
  const reason = new Error("enough");
  counted.controller.abort(reason);
  assertStrictEquals(await waiting.catch((error) => error), reason);
  const late = waitAtMost(Promise.reject(new Error("unheard")), 60_000, signal);
  assertStrictEquals(await waitAtMost(new Promise(() => {}), 0, signal).catch((e) => e), reason);
  await late.catch(() => {});
});

test("sleep waits, and ends early with the reason of its signal", async () => {
  const started = performance.now();
  const counted = new CountedSignal();
  await sleep(10, counted.signal);
  assertGreaterOrEqual(performance.now() - started, 8);
  assertEquals(counted.listeners, 0);
  const sleeping = sleep(1e12, counted.signal);
  const reason = new Error("enough");
  counted.controller.abort(reason);
  assertStrictEquals(await sleeping.catch((error) => error), reason);
  assertStrictEquals(await sleep(1e12, counted.signal).catch((error) => error), reason);
});

test("abortable settles with the promise or the reason of its signal, and removes its listener", async () => {
  const counted = new CountedSignal();
  assertEquals(await abortable(Promise.resolve(5), counted.signal), 5);
  const failure = new Error("no");
  const failed = abortable(Promise.reject(failure), counted.signal);
  assertStrictEquals(await failed.catch((error) => error), failure);
  await Promise.resolve();
  assertEquals([counted.added > 0, counted.listeners], [true, 0]);
  const promise = Promise.resolve(1);
  assertStrictEquals(abortable(promise, undefined), promise);

  const waiting = abortable(new Promise(() => {}), counted.signal);
  const reason = new Error("enough");
  counted.controller.abort(reason);
  assertStrictEquals(await waiting.catch((error) => error), reason);
  const late = abortable(Promise.reject(new Error("unheard")), counted.signal);
  assertStrictEquals(await late.catch((error) => error), reason);
  assert(counted.signal.aborted);
});
