/** Fake time that passes instantly, for tests of limits, delays and inactivity. */
import process from "node:process";
import FakeTimers from "@sinonjs/fake-timers";

const isNode = !("Bun" in globalThis || "Deno" in globalThis);

/** The clock of one test; disposing it restores the real one. */
export interface FakeClock extends Disposable {
  /** Milliseconds of its own time since it was installed. */
  readonly elapsedMs: number;
  /** Advances the time by this many milliseconds and runs every timer that is due. */
  advance(ms: number): Promise<void>;
}

/** Limits of a test's fake time. */
export interface FakeClockOptions {
  /**
   * Maximum milliseconds until it is disposed.
   * @default {20_000}
   */
  readonly limitMs?: number;
  /**
   * Whether the time stands still while a module is loaded, which the client does on first use. Not together with `advance()`.
   * @default {false}
   */
  readonly waitsForModules?: boolean;
}

/**
 * Replaces timers, intervals and `performance.now()`. Fake time stands still while there is work: it advances to the
 * next timer once everything that the last one triggered has settled, including promises and streams. A wait
 * therefore takes no real time and lasts exactly as long as it says. Do not wait for anything real meanwhile, such as
 * a process or a file.
 *
 * Disposing throws if a timer is left or more time passed than `limitMs`.
 */
export function fakeClock(
  { limitMs = 20_000, waitsForModules = false }: FakeClockOptions = {},
): FakeClock {
  const clock = FakeTimers.install({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
  });
  clock.tick(1_000); // no program runs at time zero
  const startedAt = clock.now;
  const stop = waitsForModules && isNode ? letRun(clock) : undefined;
  if (stop === undefined) clock.setTickMode({ mode: "nextAsync" });
  return {
    get elapsedMs(): number {
      return clock.now - startedAt;
    },
    async advance(ms): Promise<void> {
      await clock.tickAsync(ms);
    },
    [Symbol.dispose](): void {
      stop?.();
      const left = clock.countTimers();
      clock.uninstall();
      if (left > 0) throw new Error(`Timers left behind: ${left}`);
      if (this.elapsedMs > limitMs) {
        throw new Error(`${this.elapsedMs} ms passed, more than ${limitMs}`);
      }
    },
  };
}

/**
 * Lets the time run by itself and returns a function that stops it. The tests on Node load modules through a thread of its
 * own, which takes a few milliseconds for each `import()`; the time stands still meanwhile.
 */
function letRun(clock: ReturnType<typeof FakeTimers.install>): () => void {
  let isRunning = true;
  const run = async (): Promise<void> => {
    while (isRunning) {
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      if (isRunning && !process.getActiveResourcesInfo().includes("MessagePort")) clock.next();
    }
  };
  void run();
  return () => void (isRunning = false);
}
