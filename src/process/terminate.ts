/** Ends a process in steps: end of input, SIGTERM, SIGKILL, each with a time limit. */
import { startTimer } from "../util/timer.ts";
import type { ChildExit, ChildProcess } from "./host.ts";

/** The time limits of the steps, in milliseconds. */
export interface TerminateTimes {
  /** After the process's input ends. */
  readonly graceMs: number;
  /** After SIGTERM; `codex` needs about 40 ms to end its own processes. */
  readonly termMs: number;
  /** After SIGKILL, which only a process blocked in the kernel survives. */
  readonly killMs: number;
}

/** The default time limits. */
export const TERMINATE_TIMES: TerminateTimes = { graceMs: 2_000, termMs: 1_000, killMs: 2_000 };

/** The time limit after SIGTERM if forced. */
const FORCED_TERM_MS = 250;

/** Options of {@linkcode terminate}. */
export interface TerminateOptions extends TerminateTimes {
  /** Ends the input of the process; must not block. */
  readonly endInput: () => void;
  /** Aborted to skip the waiting, at any time: SIGTERM immediately, SIGKILL a quarter of a second later. */
  readonly force: AbortSignal;
}

/**
 * Ends a process and waits until it is reaped; bounded in time, and leaves no timer behind.
 *
 * @returns how it ended; `undefined` if even SIGKILL did not end it in time
 */
export async function terminate(
  child: Pick<ChildProcess, "exited" | "kill">,
  options: TerminateOptions,
): Promise<ChildExit | undefined> {
  const { force, graceMs, termMs, killMs } = options;
  const exit = watchExit(child);
  options.endInput();
  if (!force.aborted && await exit.within(graceMs, force)) return exit.value();
  child.kill("SIGTERM");
  if (await exit.within(force.aborted ? Math.min(termMs, FORCED_TERM_MS) : termMs, force)) {
    return exit.value();
  }
  child.kill("SIGKILL");
  await exit.within(killMs);
  return exit.value();
}

interface ExitWatch {
  value(): ChildExit | undefined;
  /** Returns whether it ended in time; returns early when the signal is aborted. */
  within(limitMs: number, giveUp?: AbortSignal): Promise<boolean>;
}

function watchExit(child: Pick<ChildProcess, "exited">): ExitWatch {
  let value: ChildExit | undefined;
  child.exited.then((exit) => value = exit);
  return {
    value: () => value,
    async within(limitMs, giveUp): Promise<boolean> {
      let stop = (): void => {};
      let wake = (): void => {};
      const timeUp = new Promise<void>((resolve) => {
        wake = resolve;
        stop = startTimer(Math.max(1, limitMs), resolve);
        if (!giveUp?.aborted) giveUp?.addEventListener("abort", wake, { once: true });
      });
      await Promise.race([child.exited, timeUp]);
      stop();
      giveUp?.removeEventListener("abort", wake);
      return value !== undefined;
    },
  };
}
