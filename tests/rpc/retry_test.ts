import { ServerOverloadedError, TurnFailedError } from "../../src/errors/turn_errors.ts";
import { rpcErrorFrom } from "../../src/errors/rpc_error_from.ts";
import { RetryLimitExceededError, ServerBusyError } from "../../src/errors/json_rpc_errors.ts";
import { isRetryableError, retryOnOverload } from "../../src/rpc/retry.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { CountedSignal } from "./_peer.ts";

const BUSY = rpcErrorFrom("turn/start", { code: -32001, message: "Server overloaded" });
const FAILURE = {
  turnId: "turn",
  threadId: "thread",
  status: "failed",
  message: "We are overloaded",
  codexErrorInfo: "serverOverloaded",
  additionalDetails: null,
  result: null,
};

test("isRetryableError is true only for -32001 and for data that names the overload [R-12]", () => {
  assert(isRetryableError(BUSY));
  const gaveUp = rpcErrorFrom("a", { code: -32001, message: "exceeded retry limit, status: 429" });
  assertInstanceOf(gaveUp, RetryLimitExceededError);
  assertInstanceOf(gaveUp, ServerBusyError);
  assert(isRetryableError(gaveUp));
  const message = "Server overloaded, retry later";
  const named = [
    "server_overloaded",
    { codexErrorInfo: "serverOverloaded" },
    { error: { details: [{ type: "SERVER_OVERLOADED" }] } },
    { info: { server_overloaded: {} } },
  ];
  for (const data of named) {
    for (const code of [-32000, -32002, -32099]) {
      const error = rpcErrorFrom("a", { code, message, data });
      assertInstanceOf(error, ServerBusyError);
      assert(isRetryableError(error), `${code}`);
    }
    for (const code of [-32100, -31999, -32600, -32602, -32603, 429, 503]) {
      assert(!isRetryableError(rpcErrorFrom("a", { code, message, data })), `${code}`);
    }
  }
  for (
    const data of [undefined, null, "overloaded", {
      a: { b: { c: { d: { e: "server_overloaded" } } } },
    }]
  ) {
    assert(!isRetryableError(rpcErrorFrom("a", { code: -32000, message, data })));
  }
  for (const other of [null, undefined, "busy", -32001, new Error("-32001"), { rpcCode: -32001 }]) {
    assert(!isRetryableError(other));
  }
});

test("ServerOverloadedError, a turn that failed for overload, is typed and not retryable [R-12]", () => {
  const error = new ServerOverloadedError(FAILURE);
  assertInstanceOf(error, TurnFailedError);
  assertEquals([error.code, error.codexErrorInfo], ["server_overloaded", "serverOverloaded"]);
  assert(!isRetryableError(error));
});

test("retryOnOverload returns the first result and runs no more attempts than needed [R-12]", async () => {
  let runs = 0;
  const result = await retryOnOverload(() => {
    runs++;
    return runs < 3 ? Promise.reject(BUSY) : Promise.resolve("done");
  }, { initialDelayMs: 1, maxAttempts: 5 });
  assertEquals([result, runs], ["done", 3]);
});

test("retryOnOverload throws the last error after maxAttempts, any other error immediately [R-12]", async () => {
  for (
    const [error, maxAttempts, expected] of [[BUSY, 4, 4], [BUSY, 1, 1], [BUSY, undefined, 3], [
      new Error("other"),
      4,
      1,
    ]] as const
  ) {
    let runs = 0;
    const failing = (): Promise<never> => {
      runs++;
      return Promise.reject(error);
    };
    const options = { initialDelayMs: 0, ...(maxAttempts === undefined ? {} : { maxAttempts }) };
    const thrown = await retryOnOverload(failing, options).catch((reason) => reason);
    assertStrictEquals(thrown, error);
    assertEquals(runs, expected);
  }
});

test("retryOnOverload waits a random part of a doubling, bounded delay [R-12]", async () => {
  const options = { maxAttempts: 7, initialDelayMs: 100, maxDelayMs: 1_000 };
  assertEquals(await delaysOf(options, 0), [0, 0, 0, 0, 0, 0]);
  assertEquals(await delaysOf(options, 0.5), [50, 100, 200, 400, 500, 500]);
  assertEquals(await delaysOf(options, 0.99), [99, 198, 396, 792, 990, 990]);
  assertEquals(await delaysOf({ maxAttempts: 6 }, 0.5), [125, 250, 500, 1_000, 1_000]);
  const half = { ...options, jitterRatio: 0.5 };
  assertEquals(await delaysOf(half, 0), [50, 100, 200, 400, 500, 500]);
  assertEquals(await delaysOf(half, 0.5), [75, 150, 300, 600, 750, 750]);
  assertEquals(await delaysOf({ ...options, jitterRatio: 0 }, 0.5), [
    100,
    200,
    400,
    800,
    1_000,
    1_000,
  ]);
  // Never longer than a timer supports: beyond that it would fire immediately.
  const endless = { maxAttempts: 3, initialDelayMs: 1e12, maxDelayMs: Infinity };
  assertEquals(await delaysOf(endless, 0.5), [2 ** 31 - 1, 2 ** 31 - 1]);
});

test("retryOnOverload stops waiting when aborted, with the reason [R-12] [R-29]", async () => {
  const reason = new Error("enough");
  const counted = new CountedSignal();
  let runs = 0;
  const retrying = retryOnOverload(() => {
    runs++;
    // The abort arrives while it waits: after this rejection was handled.
    queueMicrotask(() => queueMicrotask(() => setTimeout(() => counted.controller.abort(reason))));
    return Promise.reject(BUSY);
  }, { initialDelayMs: 1e9, maxDelayMs: 1e9, signal: counted.signal });
  assertStrictEquals(await retrying.catch((error) => error), reason);
  assertEquals(runs, 1);
  const again = retryOnOverload(() => Promise.resolve(runs++), { signal: counted.signal });
  assertStrictEquals(await again.catch((error) => error), reason);
  assertEquals(runs, 1);
});

test("retryOnOverload leaves no listener on the signal [R-12]", async () => {
  const counted = new CountedSignal();
  let runs = 0;
  const options = { initialDelayMs: 1, signal: counted.signal };
  await retryOnOverload(
    () => runs++ === 0 ? Promise.reject(BUSY) : Promise.resolve(),
    options,
  );
  assertEquals([counted.added, counted.listeners], [1, 0]);
});

test("retryOnOverload rejects bad options before it runs anything [R-12]", async () => {
  let runs = 0;
  const run = (): Promise<number> => Promise.resolve(runs++);
  for (const maxAttempts of [0, -1, 1.5, NaN, "3" as unknown as number]) {
    await assertRejects(() => retryOnOverload(run, { maxAttempts }), RangeError, "maxAttempts");
  }
  for (const delay of [-1, NaN, "3" as unknown as number]) {
    await assertRejects(() => retryOnOverload(run, { initialDelayMs: delay }), RangeError);
    await assertRejects(() => retryOnOverload(run, { maxDelayMs: delay }), RangeError);
  }
  for (const jitterRatio of [-0.1, 1.1, NaN, "1" as unknown as number]) {
    await assertRejects(() => retryOnOverload(run, { jitterRatio }), RangeError, "jitterRatio");
  }
  assertEquals(runs, 0);
});

/** The delays of a retry that always fails, with a fixed random number and a clock that does not wait. */
async function delaysOf(
  options: Parameters<typeof retryOnOverload>[1],
  random: number,
): Promise<number[]> {
  const real = { setTimeout: globalThis.setTimeout };
  const realRandom = Math.random;
  const delays: number[] = [];
  globalThis.setTimeout = ((callback: () => void, delayMs = 0) => {
    delays.push(Math.round(delayMs));
    queueMicrotask(callback);
    return 0;
  }) as unknown as typeof setTimeout;
  Math.random = () => random;
  try {
    await retryOnOverload(() => Promise.reject(BUSY), options).catch(() => {});
  } finally {
    Object.assign(globalThis, real);
    Math.random = realRandom;
  }
  return delays;
}
