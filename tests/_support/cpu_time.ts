/** Compares work by processor time, which excludes waiting for a processor used by others. */
import process from "node:process";

/** Some work, and how its cost may grow. */
export interface Comparison {
  /** All of the work in one call. */
  readonly whole: () => void | Promise<void>;
  /** The same amount of work in parts: linear work costs the same, and quadratic work costs more in one call. */
  readonly inParts: () => void | Promise<void>;
  /** The ratio must be below this. */
  readonly limit: number;
  /** Whether the ratio is measured again however far above the limit it is: work that must not be slow even by a little. */
  readonly patient?: boolean;
}

/** Minimum number of rounds before the ratio counts: the first ones include compilation. */
const ROUNDS = { least: 3, most: 12 } as const;

/**
 * Returns the ratio of the processor time in one call to that in parts, each the minimum of several alternating rounds:
 * disturbances such as cold caches only ever add time. Measures again while the ratio is near the limit.
 */
export async function cpuRatio({ whole, inParts, limit, patient }: Comparison): Promise<number> {
  let least = Infinity;
  let leastInParts = Infinity;
  for (let round = 1; round <= ROUNDS.most; round++) {
    leastInParts = Math.min(leastInParts, await cpuTime(inParts));
    least = Math.min(least, await cpuTime(whole));
    const ratio = least / leastInParts;
    const isClear = ratio < limit || (ratio > 1.5 * limit && patient !== true);
    if (round >= ROUNDS.least && isClear) break;
  }
  return least / leastInParts;
}

async function cpuTime(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Calls a function repeatedly. */
export async function times(count: number, work: () => unknown): Promise<void> {
  for (let index = 0; index < count; index++) await work();
}
