/** What a chaos run does: jobs of several steps, and what is broken while they run. All of it follows from a seed. */

/** One step of a job. */
export type ChaosStep = "command" | "approved" | "tool";

/** A job of a chaos run. */
export interface ChaosJob {
  readonly id: string;
  /** Two jobs may share a thread. */
  readonly thread: string;
  readonly steps: readonly ChaosStep[];
  /** The step during which a person steers; none if it is `undefined`. */
  readonly steerAt: number | undefined;
}

/** What is broken. */
export const BLOWS = [
  "kill worker",
  "kill server",
  "kill store",
  "cut connections",
  "pause worker",
  "drain worker",
] as const;
/** What is broken. */
export type Blow = typeof BLOWS[number];

/** Random numbers from 0 to below 1, the same for the same seed. */
export type Random = () => number;

/** Returns the random numbers of a seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns one of the values. */
export function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value;
}

/** Plans the jobs of a seed. A quarter of them shares its thread with the one before. */
export function planJobs(random: Random, count: number): ChaosJob[] {
  const jobs: ChaosJob[] = [];
  for (let no = 1; no <= count; no++) {
    const id = `job-${no}`;
    const before = jobs.at(-1);
    const isShared = before !== undefined && before.thread === before.id && random() < 0.25;
    const asks = random() < 0.4;
    const steps = Array.from(
      { length: 2 + Math.floor(random() * 3) },
      (): ChaosStep => random() < 0.3 ? "tool" : asks ? "approved" : "command",
    );
    const steerAt = random() < 0.3 ? Math.floor(random() * steps.length) : undefined;
    jobs.push({ id, thread: isShared ? before.id : id, steps, steerAt });
  }
  return jobs;
}
