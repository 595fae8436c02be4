import type { ChildExit } from "../../src/process/host.ts";
import { terminate, type TerminateTimes } from "../../src/process/terminate.ts";
import { deferred } from "../../src/util/deferred.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";

const QUICK: TerminateTimes = { graceMs: 20, termMs: 20, killMs: 20 };

/** A child that ends at the given step, and a log of the steps. */
function childEndingAt(step: string): {
  steps: string[];
  endInput: () => void;
  child: { exited: Promise<ChildExit>; kill: (signal: string) => void };
} {
  const exit = deferred<ChildExit>();
  const steps: string[] = [];
  const take = (name: string): void => {
    steps.push(name);
    if (name === step) {
      exit.resolve(name === "end" ? { code: 0, signal: null } : { code: null, signal: name });
    }
  };
  return { steps, endInput: () => take("end"), child: { exited: exit.promise, kill: take } };
}

test("terminate goes as far as needed: end of input, SIGTERM, SIGKILL [R-48]", async () => {
  using clock = fakeClock();
  for (
    const [step, steps] of [
      ["end", ["end"]],
      ["SIGTERM", ["end", "SIGTERM"]],
      ["SIGKILL", ["end", "SIGTERM", "SIGKILL"]],
    ] as const
  ) {
    const { child, endInput, steps: taken } = childEndingAt(step);
    const startedAt = clock.elapsedMs;
    const exit = await terminate(child, {
      ...QUICK,
      endInput,
      force: new AbortController().signal,
    });
    assertEquals([taken, clock.elapsedMs - startedAt], [[...steps], 20 * (steps.length - 1)]);
    assertEquals(exit, step === "end" ? { code: 0, signal: null } : { code: null, signal: step });
  }
});

test("terminate gives up on a process that SIGKILL does not end", async () => {
  using clock = fakeClock();
  const { child, endInput, steps } = childEndingAt("never");
  const force = new AbortController().signal;
  assertEquals(await terminate(child, { ...QUICK, endInput, force }), undefined);
  assertEquals([steps, clock.elapsedMs], [["end", "SIGTERM", "SIGKILL"], 60]);
});

test("terminate does not wait when forced, even while it is waiting", async () => {
  using clock = fakeClock();
  const long: TerminateTimes = { graceMs: 60_000, termMs: 60_000, killMs: 60_000 };
  for (const late of [false, true]) {
    const { child, endInput, steps } = childEndingAt("SIGKILL");
    const force = new AbortController();
    if (!late) force.abort();
    const ending = terminate(child, { ...long, endInput, force: force.signal });
    if (late) {
      await Promise.resolve();
      assertEquals(steps, ["end"]);
      force.abort();
    }
    await ending;
    assertEquals(steps, ["end", "SIGTERM", "SIGKILL"]);
    assertEquals(clock.elapsedMs, late ? 500 : 250); // the time of SIGTERM, however long the limits
  }
});

test("terminate sends nothing to a process that has ended", async () => {
  const { child, endInput, steps } = childEndingAt("end");
  endInput();
  const force = new AbortController().signal;
  assert(await terminate(child, { ...QUICK, endInput: () => {}, force }) !== undefined);
  assertEquals(steps, ["end"]);
});
