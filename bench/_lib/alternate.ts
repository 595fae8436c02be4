/** Runs the job once and returns the measured milliseconds. */
export interface Variant {
  readonly name: string;
  readonly run: () => Promise<number>;
}

/** The times of one variant in milliseconds. */
export interface Times {
  readonly name: string;
  readonly best: number;
  readonly median: number;
  /** One per round, in order. */
  readonly all: readonly number[];
}

/** Number of measured rounds. */
export interface Rounds {
  readonly rounds: number;
  /** Number of warm-up rounds, which are not measured. */
  readonly warmup: number;
}

/** Times the variants one after another, in a different order each round, so that other load affects all of them equally. */
export async function alternate<const V extends readonly Variant[]>(
  variants: V,
  { rounds, warmup }: Rounds,
): Promise<{ readonly [Index in keyof V]: Times }> {
  const times = variants.map((): number[] => []);
  for (let round = 0; round < warmup + rounds; round++) {
    for (const index of orderOf(round, variants.length)) {
      const took = await variants[index]?.run();
      if (round >= warmup && took !== undefined) times[index]?.push(took);
    }
  }
  return variants.map(({ name }, index) => timesOf(name, times[index] ?? [])) as {
    readonly [Index in keyof V]: Times;
  };
}

/** Rotates the order each round and reverses every second one, so that every variant follows every other equally often. */
function orderOf(round: number, count: number): number[] {
  const order = Array.from({ length: count }, (_, step) => (round + step) % count);
  return Math.floor(round / count) % 2 === 0 ? order : order.reverse();
}

/** Returns the ratio of `one` to `other`: the median over the rounds. */
export function medianRatio(one: Times, other: Times): number {
  return median(one.all.map((took, round) => took / (other.all[round] ?? NaN)));
}

/** Returns the name and version of the runtime. */
export function runtimeName(): string {
  const host = globalThis as {
    Deno?: { version: { deno: string } };
    Bun?: { version: string };
    process?: { version: string };
  };
  if (host.Deno !== undefined) return `Deno ${host.Deno.version.deno}`;
  if (host.Bun !== undefined) return `Bun ${host.Bun.version}`;
  return `Node ${host.process?.version.slice(1)}`;
}

/** Sums up the times of one variant. */
export function timesOf(name: string, all: readonly number[]): Times {
  return { name, best: Math.min(...all), median: median(all), all };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
