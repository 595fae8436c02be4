/** Runs the tests: `deno task test` and `deno task test:all`. `--help` says what it does. */
import process from "node:process";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { defaultJobs, describeTotals, runTests, slowestFiles } from "./_lib/run_tests.ts";
import { kindOf, type RuntimeName, runtimeNames, testFiles } from "./_lib/test_batches.ts";

const help = `Runs tests: by default the unit tests on Deno, in one process.

  deno task test [--filter=TEXT] [--only=deno,bun,node]
  deno task test FILE or FOLDER... [--filter=TEXT] [--only=deno,bun,node]
  deno task test:all

  --filter   only tests with this text in their names
  --only     only on these runtimes; the default for named files is all three
  --jobs     how many processes run at once
  --timeout  how many seconds one process may take
  --slowest  prints this many of the files that took longest`;

const { values, positionals } = commandLine({
  help,
  words: [0, Infinity],
  options: {
    all: { type: "boolean", default: false },
    filter: { type: "string" },
    only: { type: "string" },
    jobs: { type: "string", default: String(defaultJobs()) },
    timeout: { type: "string", default: "600" },
    slowest: { type: "string" },
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
  const everything = values.all || positionals.length > 0;
  const files = testFiles(positionals).filter((file) => everything || kindOf(file) === "unit");
  const { totals, runs } = await runTests({
    runtimes: runtimesNamed(values.only ?? (everything ? undefined : "deno")),
    files,
    filter: values.filter,
    jobs: numberOf("jobs"),
    timeoutMs: numberOf("timeout") * 1000,
    log: (line) => console.log(line),
  });
  for (const line of slowestFiles(runs, Number(values.slowest ?? 0))) console.log(line);
  console.log(describeTotals(totals));
  if (totals.failed > 0) process.exitCode = 1;
});
