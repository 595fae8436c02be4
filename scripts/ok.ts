/** The complete gate: `deno task ok`. `--help` says what it does. */
import process from "node:process";
import { runCommand } from "./_lib/command.ts";
import { commandLine } from "./_lib/command_line.ts";
import { checks } from "./_lib/gate.ts";
import { denoPath } from "./_lib/project.ts";
import { add, describeTotals, PROCESSES, runTests, type Totals } from "./_lib/run_tests.ts";
import { runtimeNames, testFiles } from "./_lib/test_batches.ts";

const { values } = commandLine({
  help:
    `The whole gate: each check, then the tests on Deno, Bun and Node. A check counts as one test.

  deno task ok [--skip-tests]

  --skip-tests  the checks alone`,
  options: { "skip-tests": { type: "boolean", default: false } },
});
/** Milliseconds for one check: the longest takes two minutes on two otherwise idle cores. */
const CHECK_MS = 900_000;
const failures: string[] = [];
const totals: Totals = { passed: 0, failed: 0, skipped: 0 };

const left = Object.entries(checks()).values();
const runChecks = async (): Promise<void> => {
  for (const [name, args] of left) {
    const run = await runCommand(denoPath(), args, { timeoutMs: CHECK_MS });
    const passed = run.code === 0;
    const time = `${run.seconds.toFixed(1)} s${run.timedOut ? ", did not end" : ""}`;
    console.log(`${passed ? "ok    " : "FAILED"} ${name} (${time})`);
    totals[passed ? "passed" : "failed"] += 1;
    if (passed) continue;
    console.log(run.output.trimEnd().replace(/^/gm, "  | "));
    failures.push(name);
  }
};
await Promise.all(Array.from({ length: PROCESSES }, runChecks));
if (!values["skip-tests"]) {
  const tests = await runTests({ runtimes: runtimeNames, files: testFiles([]) });
  add(totals, tests);
  if (tests.failed > 0) failures.push("tests");
}
if (failures.length > 0) console.log(`Failed: ${failures.join(", ")}`);
console.log(describeTotals(totals));
process.exitCode = totals.failed > 0 ? 1 : 0;
