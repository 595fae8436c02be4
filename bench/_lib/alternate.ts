/** Variants of the same work, measured in turns. */
import process from "node:process";

/** One measurement of a variant. */
export interface Sample {
  /** In the unit of the comparison. */
  readonly value: number;
  /** The wall time in milliseconds, if the value is something else. */
  readonly wallMs?: number;
}

/** Does the work once and measures it. */
export interface Variant {
  readonly name: string;
  readonly run: () => Promise<Sample>;
}

/** The measurements of one variant. */
export interface Series {
  readonly name: string;
  /** One per round, in order. */
  readonly values: readonly number[];
  readonly wallMs: readonly number[];
}

/** Number of measured rounds. */
export interface Rounds {
  readonly rounds: number;
  /** Number of warm-up rounds, which are not measured. */
  readonly warmup: number;
}

/** Measures the variants one after another, in a different order each round, so that other load affects all of them equally. */
export async function alternate(
  variants: readonly Variant[],
  { rounds, warmup }: Rounds,
): Promise<readonly Series[]> {
  const samples = variants.map((): Sample[] => []);
  for (let round = 0; round < warmup + rounds; round++) {
    for (const index of orderOf(round, variants.length)) {
      const sample = await variants[index]?.run();
      if (round >= warmup && sample !== undefined) samples[index]?.push(sample);
    }
  }
  return variants.map(({ name }, index) => ({
    name,
    values: (samples[index] ?? []).map(({ value }) => value),
    wallMs: (samples[index] ?? []).flatMap(({ wallMs }) => wallMs ?? []),
  }));
}

/** Rotates the order each round and reverses every second one, so that every variant follows every other equally often. */
function orderOf(round: number, count: number): number[] {
  const order = Array.from({ length: count }, (_, step) => (round + step) % count);
  return Math.floor(round / count) % 2 === 0 ? order : order.reverse();
}

/** Starts to measure; the result stops: the CPU time of this process in milliseconds, and the wall time. */
export function stopwatch(): () => Required<Sample> {
  const start = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { value: (user + system) / 1_000, wallMs: performance.now() - start };
  };
}

/** Starts to measure; the result stops and returns the wall time in milliseconds. */
export function wallClock(): () => Sample {
  const start = performance.now();
  return () => ({ value: performance.now() - start });
}

/** Returns the ratio of `one` to `other`: the median over the rounds. */
export function medianRatio(one: Series, other: Series): number {
  return median(one.values.map((value, round) => value / (other.values[round] ?? NaN)));
}

/** Returns the middle of the values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
