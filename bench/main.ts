/**
 * Runs the benchmarks on Deno, Bun and Node, one after another, and writes `bench/results.json` and the tables of
 * `docs/performance.md`: `deno task bench [NAME]...`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { commandLine } from "../scripts/_lib/command_line.ts";
import { denoPath, projectRoot } from "../scripts/_lib/project.ts";
import { installPackage } from "./_lib/installed.ts";
import { preparePython } from "./_lib/python_sdk.ts";
import { type Result, RESULTS_VARIABLE } from "./_lib/results.ts";
import { type Command, COMMANDS } from "./_lib/runtime.ts";

/** The time limit for one benchmark on one runtime; the longest, that of the fleet, takes four minutes. */
const LIMIT_MS = 900_000;
/** The benchmarks, in the order of the page. */
const NAMES: readonly string[] = [
  ...["decode", "pipe", "scale", "turn", "start", "sockets", "import", "bundle", "memory", "fleet"],
];
/** What runs on one runtime alone. */
const ONE_RUNTIME: Readonly<Record<string, readonly Command[]>> = {
  bundle: [COMMANDS.Deno],
  fleet: [COMMANDS.Node],
};
const { positionals: wanted, values: { quick } } = commandLine({
  help: `Runs the benchmarks on Deno, Bun and Node, one after another, and writes
bench/results.json and the tables of docs/performance.md: twelve minutes.

  deno task bench [--quick] [NAME]...

NAME is one of ${NAMES.join(", ")}.
--quick runs two rounds of each and writes nothing.`,
  options: { quick: { type: "boolean", default: false } },
  words: [0, Infinity],
});
const unknown = wanted.find((name) => !NAMES.includes(name));
if (unknown !== undefined) {
  console.error(`Unknown benchmark "${unknown}"; expected one of: ${NAMES.join(", ")}`);
  process.exit(2);
}

const chosen = wanted.length === 0 ? NAMES : NAMES.filter((name) => wanted.includes(name));
const folder = mkdtempSync(join(tmpdir(), "bench-"));
const lines = join(folder, "results");
let failed = false;
try {
  preparePython();
  if (["import", "bundle", "memory"].some((name) => chosen.includes(name))) {
    await installPackage(folder);
  }
  for (const name of chosen) {
    const start = performance.now();
    console.log(`\n${name}`);
    const commands = ONE_RUNTIME[name] ?? Object.values(COMMANDS);
    for (const [program, ...args] of commands) {
      const { status } = spawnSync(program, [...args, `bench/${name}.ts`, ...quick ? ["2"] : []], {
        cwd: projectRoot,
        env: { ...process.env, [RESULTS_VARIABLE]: lines },
        stdio: "inherit",
        timeout: LIMIT_MS,
      });
      failed ||= status !== 0;
    }
    console.log(`${name}: ${Math.round((performance.now() - start) / 1_000)} seconds`);
  }
  if (!failed && !quick) {
    const fresh = readFileSync(lines, "utf8").trim().split("\n")
      .map((line): Result => JSON.parse(line));
    const kept = oldResults().filter(({ bench }) => !chosen.includes(bench));
    const results = [...kept, ...fresh].sort((a, b) =>
      NAMES.indexOf(a.bench) - NAMES.indexOf(b.bench)
    );
    writeFileSync(resultsFile(), JSON.stringify(results, undefined, 2) + "\n");
    writeTables(results);
  }
} finally {
  rmSync(folder, { recursive: true });
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

/** A row per variant, a column per runtime: the value, and how many times that of the first variant it is. */
function tableOf(results: readonly Result[]): string {
  if (results.length === 0) return "";
  const names = [...new Set(results.map(({ runtime }) => runtime))];
  const rows = Map.groupBy(results, ({ task, variant }) => `${task} | ${variant}`);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const head = line(["task", "variant", ...names]) + line(["-", "-", ...names.map(() => "-")]);
  const cell = (result: Result | undefined): string =>
    result === undefined ? "" : `${result.median} ${result.unit} (${result.ofFirst})`;
  return head +
    [...rows].map(([row, cells]) =>
      line([row, ...names.map((name) => cell(cells.find(({ runtime }) => runtime === name)))])
    ).join("");
}
