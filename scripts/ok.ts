/** The complete gate: `deno task ok`. `--help` says what it does. */
import process from "node:process";
import { runCommand } from "./_lib/command.ts";
import { commandLine } from "./_lib/command_line.ts";
import { type Check, checks } from "./_lib/gate.ts";
import { denoPath } from "./_lib/project.ts";
import { add, defaultJobs, describeTotals, runTests, type Totals } from "./_lib/run_tests.ts";
import { runtimeNames, testFiles } from "./_lib/test_batches.ts";

const help =
  `The whole gate: each check, then the tests on Deno, Bun and Node. A check counts as one test.

  deno task ok [--skip-tests]

  --skip-tests  the checks alone`;

const { values } = commandLine({
  help,
  options: { "skip-tests": { type: "boolean", default: false } },
});
/** Milliseconds for one check: the longest takes two minutes on two otherwise idle cores. */
const CHECK_MS = 900_000;
const failures: string[] = [];
const totals: Totals = { passed: 0, failed: 0, skipped: 0 };

async function check({ name, args }: Check): Promise<boolean> {
  const options = { timeoutMs: CHECK_MS };
  const { code, output, seconds, timedOut } = await runCommand(denoPath(), args, options);
  const passed = code === 0;
  const time = `${seconds.toFixed(1)} s${timedOut ? ", did not end" : ""}`;
  console.log(`${passed ? "ok    " : "FAILED"} ${name} (${time})`);
  if (!passed) console.log(output.trimEnd().replace(/^/gm, "  | "));
  return passed;
}

async function test(): Promise<void> {
  const run = await runTests({
    runtimes: runtimeNames,
    files: testFiles([]),
    filter: undefined,
    jobs: defaultJobs(),
    log: (line) => console.log(line),
  });
  add(totals, run.totals);
  if (run.totals.failed > 0) failures.push("tests");
}

for (const one of checks()) {
  const passed = await check(one);
  totals[passed ? "passed" : "failed"] += 1;
  if (!passed) failures.push(one.name);
}
if (!values["skip-tests"]) await test();
if (failures.length > 0) console.log(`Failed: ${failures.join(", ")}`);
console.log(describeTotals(totals));
process.exitCode = totals.failed > 0 ? 1 : 0;
