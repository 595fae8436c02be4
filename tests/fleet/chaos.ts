/** Runs many jobs under blows, seed by seed, and prints what happened: `deno task chaos [postgres|redis] [JOBS] [SEED...]`. */
import process from "node:process";
import { chaos, type ChaosReport } from "./_chaos.ts";
import { runtime } from "../process/_current.ts";

const [store = "postgres", jobs = "200", ...seeds] = process.argv.slice(2);

function rowOf(seed: number, report: ChaosReport): string {
  const { blows, faults, ...rest } = report;
  const cells = [
    ...[runtime, store, seed, jobs, rest.steps, rest.attempts],
    Object.entries(blows).map(([name, times]) => `${name} ${times}`).join(", "),
    ...[rest.again, rest.stale, rest.questions, rest.askedAnew, rest.steered, rest.refused],
    ...[rest.events, Math.round(rest.storedBytes / 1_000), Math.round(rest.orphanBytes / 1_000)],
    ...[Math.round(rest.seconds), faults.length],
  ];
  return `| ${cells.join(" | ")} |`;
}

console.log(
  "| runtime | store | seed | jobs | steps | attempts | blows | again | stale | questions | anew | steered | refused | events | kB | orphans kB | s | faults |",
);
for (const seed of seeds.length > 0 ? seeds.map(Number) : [1]) {
  const report = await chaos({
    seed,
    store: store === "redis" ? "redis" : "postgres",
    jobs: Number(jobs),
    workers: 3,
    threadsPerServer: 4,
    lockMs: 3_000,
    recoverMs: 1_000,
    everyEvents: 25,
    limitMs: 1_500_000,
    ...(process.env["CHAOS_VERBOSE"] ? { onProgress: (text: string) => console.error(text) } : {}),
  });
  console.log(rowOf(seed, report));
  for (const fault of report.faults) console.log(`seed ${seed}: ${fault}`);
  if (report.faults.length > 0) process.exitCode = 1;
}
