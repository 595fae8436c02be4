/** Repeats work for long on Deno, Bun and Node, and prints its time and memory part by part: `deno task soak [FACTOR]`. */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { bunPath, denoPath, projectRoot } from "../../scripts/_lib/project.ts";
import { growthIn, soak, SOAKS } from "./_soak.ts";

/** Milliseconds for one runtime. */
const LIMIT_MS = 1_800_000;
const RUNTIMES: readonly (readonly [string, ...string[]])[] = [
  [denoPath(), "run", "-A"],
  [bunPath()],
  ["node", "--import", "tsx"],
];

/** Soaks this runtime; returns whether all stayed flat. */
async function soakHere(factor: number): Promise<boolean> {
  const { versions } = process;
  const name = versions["deno"] !== undefined
    ? "deno"
    : versions["bun"] !== undefined
    ? "bun"
    : "node";
  let isFlat = true;
  for (const each of SOAKS) {
    const parts = await soak(each, factor);
    const growth = growthIn(parts);
    isFlat &&= growth.length === 0;
    const row = (title: string, of: readonly (number | string)[]): void =>
      console.log(`  ${title.padEnd(12)}${of.map((value) => String(value).padStart(9)).join("")}`);
    console.log(`${name}: ${each.name}, ${each.times * factor} in each part ${growth.join("; ")}`);
    row("\u00b5s each", parts.map(({ microseconds }) => Math.round(microseconds)));
    row("MB in use", parts.map(({ heapBytes }) => (heapBytes / 1e6).toFixed(2)));
    row("handles", parts.map(({ handles }) => handles));
  }
  return isFlat;
}

const [factor = "20", here] = process.argv.slice(2);
if (here !== undefined) process.exitCode = await soakHere(Number(factor)) ? 0 : 1;
else {
  for (const [program, ...args] of RUNTIMES) {
    const { status } = spawnSync(program, [...args, "tests/faults/soak.ts", factor, "here"], {
      cwd: projectRoot,
      stdio: "inherit",
      timeout: LIMIT_MS,
    });
    if (status !== 0) process.exitCode = 1;
  }
}
