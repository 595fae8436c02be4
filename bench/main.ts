/**
 * Runs the benchmarks on Deno, Bun and Node, one after another, and writes `bench/results.json` and the tables of
 * `docs/performance.md`: `deno task bench [deltas|pipe|scale|sockets|turn]...`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { commandLine } from "../scripts/_lib/command_line.ts";
import { bunPath, denoPath, projectRoot } from "../scripts/_lib/project.ts";
import { type Result, RESULTS_VARIABLE } from "./_lib/results.ts";

const runtimes: readonly (readonly [string, ...string[]])[] = [
  [denoPath(), "run", "-A"],
  [bunPath()],
  ["node", "--import", "tsx"],
];
/** The time limit for one benchmark on one runtime, which takes about 15 seconds. */
const LIMIT_MS = 300_000;
const known = ["deltas", "pipe", "scale", "sockets", "turn"];
const { positionals: wanted } = commandLine({
  help: `Runs the benchmarks on Deno, Bun and Node, one after another, and writes
bench/results.json and the tables of docs/performance.md.

  deno task bench [deltas|pipe|scale|sockets|turn]...`,
  words: [0, Infinity],
});
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`Unknown benchmark "${unknown}"; expected one of: ${known.join(", ")}`);
  process.exit(2);
}

const chosen = wanted.length === 0 ? known : wanted;
const folder = mkdtempSync(join(tmpdir(), "bench-"));
const lines = join(folder, "results");
let failed = false;
for (const name of chosen) {
  console.log(`\n${name}`);
  for (const [program, ...args] of runtimes) {
    const { status } = spawnSync(program, [...args, `bench/${name}.ts`], {
      cwd: projectRoot,
      env: { ...process.env, [RESULTS_VARIABLE]: lines },
      stdio: "inherit",
      timeout: LIMIT_MS,
    });
    failed ||= status !== 0;
  }
}
const fresh = existsSync(lines)
  ? readFileSync(lines, "utf8").trim().split("\n").map((line): Result => JSON.parse(line))
  : [];
rmSync(folder, { recursive: true });
if (!failed) {
  const kept = oldResults().filter(({ bench }) => !chosen.includes(bench));
  const results = [...kept, ...fresh].sort((a, b) =>
    known.indexOf(a.bench) - known.indexOf(b.bench)
  );
  writeFileSync(resultsFile(), JSON.stringify(results, undefined, 2) + "\n");
  writeTables(results);
}
process.exit(failed ? 1 : 0);

function resultsFile(): string {
  return join(projectRoot, "bench", "results.json");
}

function oldResults(): readonly Result[] {
  const file = resultsFile();
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) as readonly Result[] : [];
}

/** Replaces the table after each marker such as `<!-- bench: pipe -->`; the formatter aligns it. */
function writeTables(results: readonly Result[]): void {
  const page = join(projectRoot, "docs", "performance.md");
  const text = readFileSync(page, "utf8").replaceAll(
    /(<!-- bench: (\w+) -->\n)[^]*?(?=\n<!-- end -->)/g,
    (_all, marker: string, bench: string) =>
      marker + "\n" + tableOf(results.filter((result) => result.bench === bench)),
  );
  writeFileSync(page, text);
  spawnSync(denoPath(), ["fmt", "-q", page, resultsFile()], { cwd: projectRoot });
}

/** A row per variant, a column per runtime: the time, and how many times that of the first variant it is. */
function tableOf(results: readonly Result[]): string {
  if (results.length === 0) return "";
  const names = [...new Set(results.map(({ runtime }) => runtime))];
  const rows = Map.groupBy(results, ({ task, variant }) => `${task} | ${variant}`);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const head = line(["task", "variant", ...names]) + line(["-", "-", ...names.map(() => "-")]);
  const cell = (result: Result | undefined): string => {
    if (result === undefined) return "";
    const { medianMs, cpuMs, ofFirst } = result;
    return `${cpuMs === undefined ? "" : "CPU "}${cpuMs ?? medianMs} ms (${ofFirst})`;
  };
  return head +
    [...rows].map(([row, cells]) =>
      line([row, ...names.map((name) => cell(cells.find(({ runtime }) => runtime === name)))])
    ).join("");
}
