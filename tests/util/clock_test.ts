import { after, now, timeOfDay } from "../../src/util/clock.ts";
import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertStrictEquals,
  assertThrows,
} from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";

// These take real time: they prove that the library's clock is the runtime's.
test("after calls back once, when its delay is over by now(), and not if it was cancelled", async () => {
  const startedAt = now();
  const calls: string[] = [];
  const cancel = after(1, () => calls.push("cancelled"));
  cancel();
  await new Promise<void>((resolve) => {
    after(20, () => {
      calls.push("called");
      resolve();
    });
  });
  cancel();
  assertEquals(calls, ["called"]);
  assertGreaterOrEqual(now() - startedAt, 19);
  assertLess(now() - startedAt, 10_000);
});

test("timeOfDay returns the wall-clock time in milliseconds", () => {
  assertLess(Math.abs(timeOfDay() - Date.now()), 1_000);
});

test("fakeClock advances time instantly and exactly, timer by timer", async () => {
  const real = [setTimeout, clearTimeout, performance.now];
  const startedAt = performance.now();
  {
    using clock = fakeClock();
    const begin = now();
    const calls: number[] = [];
    const call = (): void => void calls.push(now() - begin);
    after(2_000, call);
    after(1_000, () => void Promise.resolve().then(() => after(500, call)));
    after(1_700, call)();
    assertEquals(now(), begin);
    await clock.advance(1_499);
    assertEquals([calls, clock.elapsedMs], [[], 1_499]);
    await new Promise<void>((resolve) => after(5_000, resolve));
    assertEquals([calls, clock.elapsedMs], [[1_500, 2_000], 6_499]);
  }
  for (const [index, each] of [setTimeout, clearTimeout, performance.now].entries()) {
    assertStrictEquals(each, real[index]);
  }
  assertLess(performance.now() - startedAt, 1_000);
});

test("fakeClock lets promises and streams settle before time advances", async () => {
  using clock = fakeClock();
  let readAt = NaN;
  const { readable, writable } = new TransformStream<string, string>();
  const reading = (async (): Promise<void> => {
    for await (const chunk of readable.pipeThrough(new TransformStream())) {
      for (let turns = 0; turns < 1_000; turns++) await Promise.resolve(chunk);
      readAt = clock.elapsedMs;
    }
  })();
  const writer = writable.getWriter();
  after(100, () => void writer.write("text").then(() => writer.close()));
  await clock.advance(101);
  assertEquals(readAt, 100);
  await reading;
});

test("fakeClock fails a test that leaves a timer or takes too much fake time", async () => {
  const left = fakeClock();
  const cancel = after(1_000, () => {});
  assertThrows(() => left[Symbol.dispose](), Error, "Timers left behind: 1");
  cancel();

  const late = fakeClock({ limitMs: 1_000 });
  await late.advance(1_001);
  assertThrows(() => late[Symbol.dispose](), Error, "1001 ms passed, more than 1000");
  assert(!("clock" in setTimeout));
});
