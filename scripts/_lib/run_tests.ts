import { availableParallelism } from "node:os";
import { withCheapStarts } from "../../tests/_support/cheap_starts/environment.ts";
import { requirements } from "../../tests/requirements.ts";
import { type BatchOptions, type BatchRun, runBatch } from "./run_batch.ts";
import { batchesOf, type RuntimeName, runtimeNames, testFiles } from "./test_batches.ts";

export interface TestRunOptions extends BatchOptions {
  readonly runtimes: readonly RuntimeName[];
  readonly files: readonly string[];
}

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const cores = availableParallelism();

/** How many run at once: three more than there are cores, because tests and checks wait for processes. */
export const PROCESSES: number = Math.min(6, cores + 3);

/** Runs test files on each runtime, prints what failed and returns the totals. */
export function runTests(options: TestRunOptions): Promise<Totals> {
  return withCheapStarts(options.files, (env) => runAll({ ...options, env }));
}

async function runAll({ files, runtimes, ...options }: TestRunOptions): Promise<Totals> {
  const runs: BatchRun[] = [];
  const work = async (some: Iterable<BatchRun["batch"]>): Promise<void> => {
    for (const batch of some) runs.push(report(await runBatch(batch, options)));
  };
  const batches = batchesOf(files, runtimes);
  const share = (some: readonly BatchRun["batch"][], lanes: number): Promise<void>[] => {
    const left = some.values();
    return Array.from({ length: lanes }, () => work(left));
  };
  const { exclusive = [], timed = [], ...others } = Object.groupBy(batches, ({ kind }) => kind);
  await Promise.all([work(exclusive), ...share(Object.values(others).flat(), PROCESSES)]);
  // Tests that compare times run last, each with a core to itself.
  await Promise.all(share(timed, Math.min(2, cores)));

  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  for (const run of runs) add(totals, totalsOf(run));
  const faults = unevenFiles(runs);
  if (totals.passed + totals.failed === 0) faults.push("no test ran");
  const isComplete = options.filter === undefined && runtimes.length === runtimeNames.length &&
    files.length === testFiles([]).length;
  const proven = provenIds(runs);
  const unproven = requirements.map(({ id }) => id).filter((id) => isComplete && !proven.has(id));
  if (unproven.length > 0) {
    faults.push(`no test that passes on every runtime proves ${unproven.join(", ")}`);
  }
  for (const line of faults) console.log(`FAILED: ${line}`);
  totals.failed += faults.length;
  return totals;
}

function report(run: BatchRun): BatchRun {
  const { batch: { runtime, kind, files }, tests, faults, seconds } = run;
  const totals = totalsOf(run);
  const of = files.length === 1 ? files[0] : `${files.length} files`;
  const name = `${runtime.padEnd(4)} ${kind.padEnd(9)} ${of}`;
  console.log(`${name}: ${describeTotals(totals)} (${seconds.toFixed(1)} s)`);
  for (const [line] of run.output.matchAll(/^note: .*/gm)) console.log(`  ${line}`);
  if (totals.failed === 0) return run;
  for (const fault of faults) console.log(`  FAILED: ${runtime} ${fault} (${files.join(" ")})`);
  for (const { outcome, file, name } of tests) {
    if (outcome === "failed") console.log(`  FAILED: ${runtime} ${file}: ${name}`);
  }
  console.log(run.output.trimEnd().replace(/^/gm, "  | "));
  return run;
}

function totalsOf({ tests, faults }: BatchRun): Totals {
  const totals: Totals = { passed: 0, failed: faults.length, skipped: 0 };
  for (const { outcome } of tests) totals[outcome] += 1;
  return totals;
}

export function add(totals: Totals, more: Totals): void {
  for (const outcome of ["passed", "failed", "skipped"] as const) totals[outcome] += more[outcome];
}

/** Describes counts: `12 passed, 0 failed`. */
export function describeTotals({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Checks that a file has the same number of tests on every runtime. */
export function unevenFiles(runs: readonly BatchRun[]): string[] {
  const counts = new Map<string, Map<RuntimeName, number>>();
  for (const { batch: { runtime, files }, tests, faults } of runs) {
    if (faults.length > 0) continue;
    for (const file of files) {
      const ran = tests.filter((test) => test.file === file).length;
      counts.set(file, (counts.get(file) ?? new Map()).set(runtime, ran));
    }
  }
  return [...counts].filter(([, on]) => new Set(on.values()).size > 1).map(([file, on]) => {
    const each = [...on].map(([runtime, count]) => `${count} on ${runtime}`).join(", ");
    return `${file} ran a different number of tests: ${each}`;
  });
}

/**
 * Returns the requirement ids whose tests passed on every runtime, or in a test of the tooling; a skipped test proves
 * nothing.
 */
export function provenIds(runs: readonly BatchRun[]): Set<string> {
  const groups = new Map<string, Set<string>>();
  for (const { batch: { kind, runtime }, tests } of runs) {
    const group = kind === "tooling" ? kind : runtime;
    const ids = groups.get(group) ?? new Set();
    for (const { name, outcome } of tests) {
      if (outcome !== "passed") continue;
      for (const [, id = ""] of name.matchAll(/\[(R-\d+)\]/g)) ids.add(id);
    }
    groups.set(group, ids);
  }
  const tooling = groups.get("tooling") ?? [];
  groups.delete("tooling");
  const [first = [], ...others] = groups.values();
  return new Set([...[...first].filter((id) => others.every((ids) => ids.has(id))), ...tooling]);
}
