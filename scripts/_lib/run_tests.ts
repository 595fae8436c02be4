import { availableParallelism } from "node:os";
import { filesUnder } from "./project.ts";
import { unprovenLine } from "./proven.ts";
import {
  type FileRun,
  type FileRunOptions,
  runTestFile,
  type RuntimeName,
  runtimeNames,
  versionOf,
} from "./test_runners.ts";

/** Which tests to run, and how. */
export interface TestRunOptions extends FileRunOptions {
  readonly runtimes: readonly RuntimeName[];
  /** Files or folders; all tests when empty. */
  readonly paths: readonly string[];
  /** How many files run at once. */
  readonly jobs: number;
  readonly log: (line: string) => void;
}

/** Counts of tests. */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** What a run of the tests came to. */
export interface TestRun {
  readonly totals: Totals;
  readonly files: readonly FileRun[];
}

/** The number of files to run at once unless told: one more than there are cores, as many wait most of the time. */
export function defaultJobs(): number {
  return Math.min(4, availableParallelism() + 1);
}

/** The test files among `paths`. */
export function testFiles(paths: readonly string[]): string[] {
  const wanted = paths.map((path) => path.replace(/^\.\//, "").replace(/\/+$/, ""));
  return filesUnder("tests", "_test.ts").filter((file) =>
    wanted.length === 0 || wanted.some((path) => file === path || file.startsWith(`${path}/`))
  );
}

/** Runs the test files on each runtime, says what each did, and adds up. */
export async function runTests(options: TestRunOptions): Promise<TestRun> {
  const files = testFiles(options.paths);
  const present: RuntimeName[] = [];
  for (const runtime of options.runtimes) {
    const version = await versionOf(runtime);
    options.log(`${runtime} ${version ?? "does not start"}`);
    if (version !== undefined) present.push(runtime);
  }
  const runs: FileRun[] = [];
  const run = async (runtime: RuntimeName, file: string): Promise<void> => {
    const done = await runTestFile(runtime, file, options);
    runs.push(done);
    report(done, options.log);
  };
  const pairs = present.flatMap((runtime) => files.map((file) => ({ runtime, file })));
  // Tests that compare times get the machine for themselves.
  const timed = pairs.filter(({ file }) => isTimed(file));
  await eachAtOnce(pairs.filter(({ file }) => !isTimed(file)), options.jobs, (pair) => {
    return run(pair.runtime, pair.file);
  });
  await eachAtOnce(timed, 1, (pair) => run(pair.runtime, pair.file));

  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  for (const runtime of options.runtimes) {
    const of = totalsOf(runs.filter((done) => done.runtime === runtime));
    if (of.passed + of.failed === 0) {
      of.failed += 1;
      options.log(`${runtime}: no test ran`);
    }
    options.log(`${runtime}: ${describeTotals(of)}`);
    add(totals, of);
  }
  const complete = options.paths.length === 0 && options.filter === undefined &&
    options.runtimes.length === runtimeNames.length;
  const unproven = complete ? unprovenLine(runs) : undefined;
  const faults = [...unevenFiles(runs), ...(unproven === undefined ? [] : [unproven])];
  for (const line of faults) options.log(line);
  totals.failed += faults.length;
  return { totals, files: runs };
}

function isTimed(file: string): boolean {
  return /_(scaling|timing)_test\.ts$/.test(file);
}

function report(run: FileRun, log: (line: string) => void): void {
  const totals = totalsOf([run]);
  if (totals.passed + totals.failed + totals.skipped === 0) return;
  const seconds = run.seconds.toFixed(1);
  log(`${run.runtime.padEnd(4)} ${run.file}  ${describeTotals(totals)} (${seconds} s)`);
  if (totals.failed === 0) return;
  if (run.fault !== undefined) log(`  FAILED: ${run.file} ${run.fault}`);
  for (const test of run.tests) {
    if (test.outcome === "failed") log(`  FAILED: ${test.name}`);
  }
  log(run.output.trimEnd().replace(/^/gm, "  | "));
}

function totalsOf(runs: readonly FileRun[]): Totals {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  for (const run of runs) {
    for (const test of run.tests) totals[test.outcome] += 1;
    if (run.fault !== undefined) totals.failed += 1;
  }
  return totals;
}

/** Adds `more` to `totals`. */
export function add(totals: Totals, more: Totals): void {
  totals.passed += more.passed;
  totals.failed += more.failed;
  totals.skipped += more.skipped;
}

/** Counts in words: `12 passed, 0 failed`. */
export function describeTotals({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** A file must run the same number of tests wherever it loads: a runner that drops some is not to be believed. */
export function unevenFiles(runs: readonly FileRun[]): string[] {
  const whole = runs.filter((run) => run.fault === undefined);
  return [...new Set(whole.map((run) => run.file))].flatMap((file) => {
    const same = whole.filter((run) => run.file === file);
    if (new Set(same.map((run) => run.tests.length)).size === 1) return [];
    const counts = same.map((run) => `${run.tests.length} on ${run.runtime}`).join(", ");
    return [`FAILED: ${file} ran a different number of tests: ${counts}`];
  });
}

async function eachAtOnce<T>(
  items: readonly T[],
  limit: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await action(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
