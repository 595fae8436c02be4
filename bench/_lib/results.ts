/** The results of a benchmark: printed, and kept for `bench/results.json` and the tables of `docs/performance.md`. */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { median, medianRatio, type Series } from "./alternate.ts";
import { runtimeName } from "./runtime.ts";

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
  /** Such as `CPU ms`. */
  readonly unit: string;
  readonly best: number;
  readonly median: number;
  /** The median of the wall time, if that is not the value. */
  readonly wallMs?: number;
  /** How many times the value of the first variant it is: the median over pairs of rounds. */
  readonly ofFirst: number;
}

/** One comparison. */
export interface Comparison {
  readonly bench: string;
  readonly task: string;
  readonly unit: string;
  /** Where it was measured, if that is not this runtime. */
  readonly runtime?: string;
}

/** Prints the variants of one comparison and keeps them if `BENCH_RESULTS` is set. */
export function report(
  { bench, task, unit, runtime = runtimeName() }: Comparison,
  all: readonly Series[],
): void {
  for (const series of all) {
    const { name, values, wallMs } = series;
    const result: Result = {
      ...{ bench, runtime, task, variant: name, rounds: values.length, unit },
      best: rounded(Math.min(...values)),
      median: rounded(median(values)),
      ...(wallMs.length === 0 ? {} : { wallMs: rounded(median(wallMs)) }),
      ofFirst: rounded(medianRatio(series, all[0] ?? series)),
    };
    console.log(`  ${task.padEnd(20)} ${name.padEnd(30)} ${summary(result)}`);
    const file = process.env[RESULTS_VARIABLE];
    if (file !== undefined) appendFileSync(file, JSON.stringify(result) + "\n");
  }
}

function summary({ unit, best, median, wallMs, ofFirst }: Result): string {
  const wall = wallMs === undefined ? "" : `, wall ${wallMs} ms`;
  return `${median} ${unit} (best ${best}${wall}), ${ofFirst} x the first`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
