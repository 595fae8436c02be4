/** Runs the tests: `deno task test` and `deno task test:all`. `--help` says what it does. */
import process from "node:process";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { describeTotals, runTests } from "./_lib/run_tests.ts";
import { kindOf, type RuntimeName, runtimeNames, testFiles } from "./_lib/test_batches.ts";

const { values, positionals } = commandLine({
  help: `Runs tests: by default the unit tests on Deno, in one process.

  deno task test [--filter=TEXT] [--only=deno,bun,node]
  deno task test FILE or FOLDER... [--filter=TEXT] [--only=deno,bun,node]
  deno task test:all

  --filter  only tests with this text in their names
  --only    only on these runtimes; the default for named files is all three`,
  words: [0, Infinity],
  options: {
    all: { type: "boolean", default: false },
    filter: { type: "string" },
    only: { type: "string" },
  },
});

function runtimesNamed(only: string = runtimeNames.join(",")): RuntimeName[] {
  const names = only.split(",");
  const unknown = names.filter((name) => !runtimeNames.some((known) => known === name));
  if (unknown.length > 0) throw new Error(`Unknown runtime "${unknown.join(", ")}"`);
  return runtimeNames.filter((name) => names.includes(name));
}

await runMain(async () => {
  const everything = values.all || positionals.length > 0;
  const files = testFiles(positionals).filter((file) => everything || kindOf(file) === "unit");
  const runtimes = runtimesNamed(values.only ?? (everything ? undefined : "deno"));
  if (!runtimes.includes("deno") && files.every((file) => kindOf(file) === "tooling")) {
    throw new Error(`Tests of the tooling run only on Deno, not on ${runtimes.join(" or ")}`);
  }
  const totals = await runTests({ runtimes, files, filter: values.filter });
  console.log(describeTotals(totals));
  if (totals.failed > 0) process.exitCode = 1;
});
