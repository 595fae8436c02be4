/** Time that passes at once, for tests of limits, pauses and silence. */
import FakeTimers from "@sinonjs/fake-timers";

/** The clock of one test; disposing it puts the real one back. */
export interface FakeClock extends Disposable {
  /** Milliseconds of its own time since it was installed. */
  readonly elapsedMs: number;
  /** Lets so many milliseconds pass, with every timer that is due. */
  advance(ms: number): Promise<void>;
}

/** What bounds a test's own time. */
export interface FakeClockOptions {
  /** The most milliseconds that may pass until it is disposed; defaults to 20,000. */
  readonly limitMs?: number;
}

/**
 * Replaces timers, intervals and `performance.now()`. The new time stands still while anything is left to do:
 * it goes on to the next timer once all that the last one set off has come to rest, promises and streams included. So a
 * wait takes no time and lasts exactly as long as it says. Nothing real may be waited for meanwhile: no process, no file.
 *
 * Disposing throws when a timer was left or more time passed than `limitMs`.
 */
export function fakeClock({ limitMs = 20_000 }: FakeClockOptions = {}): FakeClock {
  const clock = FakeTimers.install({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
  });
  clock.tick(1_000); // a program is never at the very beginning of its time
  const startedAt = clock.now;
  clock.setTickMode({ mode: "nextAsync" });
  return {
    get elapsedMs(): number {
      return clock.now - startedAt;
    },
    async advance(ms): Promise<void> {
      await clock.tickAsync(ms);
    },
    [Symbol.dispose](): void {
      const left = clock.countTimers();
      clock.uninstall();
      if (left > 0) throw new Error(`Timers left behind: ${left}`);
      if (this.elapsedMs > limitMs) {
        throw new Error(`${this.elapsedMs} ms passed, more than ${limitMs}`);
      }
    },
  };
}
