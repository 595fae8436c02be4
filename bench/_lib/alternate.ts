/** Times of one variant in milliseconds. */
export interface Times {
  readonly name: string;
  readonly best: number;
  readonly median: number;
}

/** A way of doing the job: does it once and gives the milliseconds that count. */
export interface Variant {
  readonly name: string;
  readonly run: () => Promise<number>;
}

/**
 * Times variants in turn, each round in another order: what else the machine does meets them all alike.
 */
export async function alternate(
  variants: readonly Variant[],
  options: { readonly rounds: number; readonly warmup: number },
): Promise<Times[]> {
  const times = new Map<Variant, number[]>(variants.map((variant) => [variant, []]));
  for (let round = -options.warmup; round < options.rounds; round++) {
    const first = (round + options.warmup) % variants.length;
    for (const variant of [...variants.slice(first), ...variants.slice(0, first)]) {
      collectGarbage();
      const took = await variant.run();
      if (round >= 0) times.get(variant)?.push(took);
    }
  }
  return variants.map((variant) => timesOf(variant.name, times.get(variant) ?? []));
}

function timesOf(name: string, times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  const lower = sorted.length % 2 === 1 ? upper : sorted[middle - 1] ?? NaN;
  return { name, best: sorted[0] ?? NaN, median: (lower + upper) / 2 };
}

/** Gives each run a clean heap where the runtime lets a program ask for that. */
function collectGarbage(): void {
  const host = globalThis as { gc?: () => void; Bun?: { gc(sync: boolean): void } };
  if (host.Bun !== undefined) host.Bun.gc(true);
  else host.gc?.();
}

/** The name and version of the runtime. */
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
