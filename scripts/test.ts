/** Runs the tests: `deno task test`. `--help` says what it does. */
import process from "node:process";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { defaultJobs, describeTotals, runTests } from "./_lib/run_tests.ts";
import { type RuntimeName, runtimeNames } from "./_lib/test_runners.ts";

const help = `Runs the same test files on Deno, Bun and Node and adds up what their reports say.

  deno task test [FILE or FOLDER]... [--filter=TEXT] [--only=deno,bun,node] [--jobs=N] [--timeout=SECONDS]

  --filter   only tests with this text in their names
  --only     only on these runtimes
  --jobs     how many files run at once
  --timeout  how long one file may take`;

const { values, positionals } = commandLine({
  help,
  words: [0, Infinity],
  options: {
    filter: { type: "string" },
    only: { type: "string" },
    jobs: { type: "string", default: String(defaultJobs()) },
    timeout: { type: "string", default: "600" },
  },
});

function runtimesNamed(only: string | undefined): RuntimeName[] {
  if (only === undefined) return [...runtimeNames];
  const names = only.split(",");
  const unknown = names.filter((name) => !runtimeNames.some((known) => known === name));
  if (unknown.length > 0) throw new Error(`Unknown runtime "${unknown.join(", ")}"`);
  return runtimeNames.filter((name) => names.includes(name));
}

function numberOf(name: "jobs" | "timeout"): number {
  const number = Number(values[name]);
  if (number > 0) return number;
  throw new TypeError(`--${name} must be a number above 0, not "${values[name]}"`);
}

await runMain(async () => {
  const { totals } = await runTests({
    runtimes: runtimesNamed(values.only),
    paths: positionals,
    filter: values.filter,
    jobs: numberOf("jobs"),
    timeoutMs: numberOf("timeout") * 1000,
    log: (line) => console.log(line),
  });
  console.log(describeTotals(totals));
  if (totals.failed > 0) process.exitCode = 1;
});
