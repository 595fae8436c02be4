/** The results of a benchmark: printed, and kept for `bench/results.json` and the tables of `docs/performance.md`. */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { medianRatio, runtimeName, type Times } from "./alternate.ts";

/** The variable that names the file to which benchmarks add their results, one JSON object per line. */
export const RESULTS_VARIABLE = "BENCH_RESULTS";

/** One measured variant. */
export interface Result {
  readonly bench: string;
  /** The runtime and its version. */
  readonly runtime: string;
  /** What all variants of one comparison did. */
  readonly task: string;
  readonly variant: string;
  readonly rounds: number;
  readonly bestMs: number;
  readonly medianMs: number;
  /** The median of the CPU time of this process, if it was measured. */
  readonly cpuMs?: number;
  /** How many times the time of the first variant it took, or its CPU time if that was measured: the median over pairs of rounds. */
  readonly ofFirst: number;
}

/** Times of one variant, and the CPU times of the same rounds. */
export interface Measured {
  readonly wall: Times;
  readonly cpu?: Times;
}

/** Prints the variants of one comparison and keeps them if `BENCH_RESULTS` is set. */
export function report(bench: string, task: string, all: readonly Measured[]): void {
  const [first] = all;
  for (const { wall, cpu } of all) {
    const result: Result = {
      bench,
      runtime: runtimeName(),
      task,
      variant: wall.name,
      rounds: wall.all.length,
      bestMs: rounded(wall.best),
      medianMs: rounded(wall.median),
      ...(cpu === undefined ? {} : { cpuMs: rounded(cpu.median) }),
      ofFirst: rounded(medianRatio(cpu ?? wall, first?.cpu ?? first?.wall ?? wall)),
    };
    console.log(`  ${task.padEnd(16)} ${wall.name.padEnd(26)} ${summary(result)}`);
    const file = process.env[RESULTS_VARIABLE];
    if (file !== undefined) appendFileSync(file, JSON.stringify(result) + "\n");
  }
}

function summary({ bestMs, medianMs, cpuMs, ofFirst }: Result): string {
  const cpu = cpuMs === undefined ? "" : `, CPU ${cpuMs} ms`;
  return `best ${bestMs} ms, median ${medianMs} ms${cpu}, ${ofFirst} x the first`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
