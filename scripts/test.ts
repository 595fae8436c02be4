/**
 * Runs the same test files on Deno, Bun and Node and adds up what their reports say.
 *
 *     deno task test [FILE or FOLDER]... [--filter=TEXT] [--only=deno,bun,node] [--jobs=N] [--timeout=SECONDS]
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { defaultJobs, describeTotals, runTests } from "./_lib/run_tests.ts";
import { type RuntimeName, runtimeNames } from "./_lib/test_runners.ts";

function runtimesNamed(only: string | undefined): RuntimeName[] {
  if (only === undefined) return [...runtimeNames];
  const names = only.split(",");
  const unknown = names.filter((name) => !runtimeNames.some((known) => known === name));
  if (unknown.length > 0) throw new Error(`Unknown runtime "${unknown.join(", ")}"`);
  return runtimeNames.filter((name) => names.includes(name));
}

async function main(args: string[]): Promise<boolean> {
  const { values, positionals } = parseArgs({
    args: args.filter((arg) => arg !== "--"),
    allowPositionals: true,
    options: {
      filter: { type: "string" },
      only: { type: "string" },
      jobs: { type: "string" },
      timeout: { type: "string", default: "180" },
    },
  });
  const { totals } = await runTests({
    runtimes: runtimesNamed(values.only),
    paths: positionals,
    filter: values.filter,
    jobs: values.jobs === undefined ? defaultJobs() : Number(values.jobs),
    timeoutMs: Number(values.timeout) * 1000,
    log: (line) => console.log(line),
  });
  console.log(describeTotals(totals));
  return totals.failed === 0;
}

process.exitCode = await main(process.argv.slice(2)) ? 0 : 1;
