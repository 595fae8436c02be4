/** Time limits in milliseconds, where 0 and `Infinity` mean none. */
import { after } from "./clock.ts";
import { onAbort } from "./on_abort.ts";

/** The longest delay of `setTimeout`; a longer one would fire immediately. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Calls back after a time limit, or never without one. Returns a function that stops the timer. */
export function startTimer(limitMs: number, callback: () => void): () => void {
  if (limitMs <= 0 || limitMs > MAX_DELAY_MS) return () => {};
  return after(limitMs, callback);
}

/**
 * Checks a time limit given by the caller.
 *
 * @throws {RangeError} if it is not a number of milliseconds of at least 0
 */
export function checkLimitMs(name: string, limitMs: number | undefined): void {
  if (limitMs === undefined || (typeof limitMs === "number" && limitMs >= 0)) return;
  throw new RangeError(
    `"${name}" must be a number of milliseconds of at least 0, got ${String(limitMs)}`,
  );
}

/**
 * Waits for a promise up to a time limit; returns `undefined` if the time is up first. Rejects with `signal.reason` if the
 * signal fires first. Leaves neither a timer nor a listener.
 */
export async function waitAtMost<T>(
  promise: Promise<T>,
  limitMs: number,
  signal?: AbortSignal,
): Promise<T | undefined> {
  let stop = (): void => {};
  const limit = new Promise<undefined>((resolve, reject) => {
    const stopTimer = startTimer(limitMs, () => resolve(undefined));
    const stopListening = onAbort(signal, () => reject(signal?.reason));
    if (signal?.aborted) reject(signal.reason);
    stop = () => {
      stopTimer();
      stopListening();
    };
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    stop();
  }
}

/** Waits for a number of milliseconds; rejects with `signal.reason` when aborted. */
export function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = after(Math.min(delayMs, MAX_DELAY_MS), () => {
      stopListening();
      resolve();
    });
    const stopListening = onAbort(signal, abort);
    if (signal?.aborted) abort();
  });
}
