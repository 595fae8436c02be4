/** Runs the tests, reports what failed, and adds up. */
import { availableParallelism } from "node:os";
import { unprovenLine } from "./proven.ts";
import { type BatchOptions, type BatchRun, runBatch, versionOf } from "./run_batch.ts";
import { batchesOf, type RuntimeName, runtimeNames, testFiles } from "./test_batches.ts";

/** Which tests to run, and how. */
export interface TestRunOptions extends BatchOptions {
  readonly runtimes: readonly RuntimeName[];
  readonly files: readonly string[];
  /** Maximum number of concurrent processes. */
  readonly jobs: number;
  readonly log: (line: string) => void;
}

/** Counts of tests. */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Returns the default number of concurrent processes: one more than there are cores, because tests wait for processes.
 */
export function defaultJobs(): number {
  return Math.min(4, availableParallelism() + 1);
}

/** Runs test files on each runtime and returns the runs with their totals. */
export async function runTests(
  options: TestRunOptions,
): Promise<{ readonly totals: Totals; readonly runs: readonly BatchRun[] }> {
  const { files, runtimes, jobs, log } = options;
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  const present: RuntimeName[] = [];
  for (const runtime of runtimes) {
    const version = await versionOf(runtime);
    log(`${runtime} ${version ?? "does not start"}`);
    if (version === undefined) totals.failed += 1;
    else present.push(runtime);
  }
  const runs: BatchRun[] = [];
  const batches = batchesOf(files, present).values();
  const worker = async (): Promise<void> => {
    for (const batch of batches) {
      // Tests that compare times run last, with the machine to themselves.
      if (batch.kind === "timed") timed.push(batch);
      else runs.push(report(await runBatch(batch, options), log));
    }
  };
  const timed: BatchRun["batch"][] = [];
  await Promise.all(Array.from({ length: jobs }, worker));
  for (const batch of timed) runs.push(report(await runBatch(batch, options), log));

  for (const run of runs) add(totals, totalsOf(run));
  const faults = unevenFiles(runs);
  if (totals.passed + totals.failed === 0) faults.push("FAILED: no test ran");
  const complete = options.filter === undefined && runtimes.length === runtimeNames.length &&
    files.length === testFiles([]).length;
  const unproven = complete ? unprovenLine(runs) : undefined;
  if (unproven !== undefined) faults.push(unproven);
  for (const line of faults) log(line);
  totals.failed += faults.length;
  return { totals, runs };
}

function report(run: BatchRun, log: (line: string) => void): BatchRun {
  const { batch: { runtime, kind, files }, tests, faults, seconds } = run;
  const totals = totalsOf(run);
  const of = files.length === 1 ? files[0] : `${files.length} files`;
  const name = `${runtime.padEnd(4)} ${kind.padEnd(7)} ${of}`;
  log(`${name}: ${describeTotals(totals)} (${seconds.toFixed(1)} s)`);
  for (const [line] of run.output.matchAll(/^note: .*/gm)) log(`  ${line}`);
  if (totals.failed === 0) return run;
  for (const fault of faults) log(`  FAILED: ${runtime} ${fault} (${files.join(" ")})`);
  for (const { outcome, file, name } of tests) {
    if (outcome === "failed") log(`  FAILED: ${runtime} ${file}: ${name}`);
  }
  log(run.output.trimEnd().replace(/^/gm, "  | "));
  return run;
}

function totalsOf({ tests, faults }: BatchRun): Totals {
  const totals: Totals = { passed: 0, failed: faults.length, skipped: 0 };
  for (const { outcome } of tests) totals[outcome] += 1;
  return totals;
}

/** Adds `more` to `totals`. */
export function add(totals: Totals, more: Totals): void {
  totals.passed += more.passed;
  totals.failed += more.failed;
  totals.skipped += more.skipped;
}

/** Describes counts: `12 passed, 0 failed`. */
export function describeTotals({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Checks that a file runs the same number of tests on every runtime: a runner that drops some cannot be trusted. */
export function unevenFiles(runs: readonly BatchRun[]): string[] {
  const counts = new Map<string, Map<RuntimeName, number>>();
  for (const { batch: { runtime, files }, tests, faults } of runs) {
    if (faults.length > 0) continue;
    for (const file of files) {
      const ran = tests.filter((test) => test.file === file).length;
      counts.set(file, (counts.get(file) ?? new Map()).set(runtime, ran));
    }
  }
  return [...counts].flatMap(([file, on]) => {
    if (new Set(on.values()).size === 1) return [];
    const each = [...on].map(([runtime, count]) => `${count} on ${runtime}`).join(", ");
    return [`FAILED: ${file} ran a different number of tests: ${each}`];
  });
}

/** Lists the slowest files of each runtime, with their seconds. */
export function slowestFiles(runs: readonly BatchRun[], count: number): string[] {
  const times = new Map<string, number>();
  for (const { batch, tests } of runs) {
    for (const { file, seconds } of tests) {
      const key = `${batch.runtime.padEnd(4)} ${file}`;
      times.set(key, (times.get(key) ?? 0) + seconds);
    }
  }
  return [...times].sort(([, one], [, other]) => other - one).slice(0, count)
    .map(([key, seconds]) => `${seconds.toFixed(1).padStart(6)} s  ${key}`);
}
