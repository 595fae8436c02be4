/**
 * The one clock of the library: all other code reads the time and sets timers through it. It looks the runtime's
 * functions up at each call, so that a test can replace them.
 */

/** Returns the milliseconds since a fixed moment, with fractions; unlike the time of day it never goes back. */
export function now(): number {
  return performance.now();
}

/** Returns the time of day, in milliseconds since 1970. */
export function timeOfDay(): number {
  return Date.now();
}

/** Calls back once, after a delay of at most 2^31 - 1 milliseconds; returns a function that cancels the call. */
export function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
