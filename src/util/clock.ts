/**
 * The library's only clock: all other code reads the time and sets timers through it. It looks up the runtime's
 * functions on each call, so that tests can replace them.
 */

/** Returns a monotonic time in milliseconds, with fractions. */
export function now(): number {
  return performance.now();
}

/** Returns the wall-clock time in milliseconds since 1970. */
export function timeOfDay(): number {
  return Date.now();
}

/** Calls back once, after at most 2^31 - 1 milliseconds. Returns a function that cancels the call. */
export function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
