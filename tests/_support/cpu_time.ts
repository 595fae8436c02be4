/** Compares works by processor time: how long a process waits for a processor that others use does not count. */
import process from "node:process";

/** Some work, and how its cost may not grow. */
export interface Comparison {
  /** The work done at once. */
  readonly whole: () => void | Promise<void>;
  /** The same amount of work in parts: what is linear costs the same, what is quadratic costs the whole more. */
  readonly inParts: () => void | Promise<void>;
  /** The ratio that has to be undercut. */
  readonly limit: number;
}

/** Rounds after which the ratio counts in any case: the first ones pay for compiling. */
const ROUNDS = { least: 3, most: 12 } as const;

/**
 * Returns the ratio of the processor time of the whole to that in parts, each the least of some rounds in turn: what else a
 * machine does to a process, such as cold caches, only ever adds. It is measured again while it is near the limit.
 */
export async function cpuRatio({ whole, inParts, limit }: Comparison): Promise<number> {
  let least = Infinity;
  let leastInParts = Infinity;
  for (let round = 1; round <= ROUNDS.most; round++) {
    leastInParts = Math.min(leastInParts, await cpuTime(inParts));
    least = Math.min(least, await cpuTime(whole));
    const ratio = least / leastInParts;
    if (round >= ROUNDS.least && (ratio < limit || ratio > 1.5 * limit)) break;
  }
  return least / leastInParts;
}

async function cpuTime(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Calls so many times, one after the other. */
export async function times(count: number, work: () => unknown): Promise<void> {
  for (let index = 0; index < count; index++) await work();
}
