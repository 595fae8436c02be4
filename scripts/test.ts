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
  --timeout  how many seconds one process may take; the default is 900, and 30 more for each file
  --slowest  prints this many of the files that took longest`;

const { values, positionals } = commandLine({
  help,
  words: [0, Infinity],
  options: {
    all: { type: "boolean", default: false },
    filter: { type: "string" },
    only: { type: "string" },
    jobs: { type: "string" },
    timeout: { type: "string" },
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

function numberOf(name: "jobs" | "timeout" | "slowest"): number | undefined {
  const text = values[name];
  if (text === undefined || Number(text) > 0) return text === undefined ? undefined : Number(text);
  throw new TypeError(`--${name} must be a number above 0, not "${text}"`);
}

await runMain(async () => {
  const everything = values.all || positionals.length > 0;
  const files = testFiles(positionals).filter((file) => everything || kindOf(file) === "unit");
  const runtimes = runtimesNamed(values.only ?? (everything ? undefined : "deno"));
  const [jobs, slowest, seconds] = [numberOf("jobs"), numberOf("slowest"), numberOf("timeout")];
  if (!runtimes.includes("deno") && files.every((file) => kindOf(file) === "tooling")) {
    throw new Error(`Tests of the tooling run only on Deno, not on ${runtimes.join(" or ")}`);
  }
  const { totals, runs } = await runTests({
    runtimes,
    files,
    filter: values.filter,
    jobs: jobs ?? defaultJobs(),
    timeoutMs: seconds && seconds * 1000,
    log: (line) => console.log(line),
  });
  for (const line of slowestFiles(runs, slowest ?? 0)) console.log(line);
  console.log(describeTotals(totals));
  if (totals.failed > 0) process.exitCode = 1;
});
