/** Runs the benchmarks on Deno, Bun and Node, one after another: `deno task bench [deltas|pipe|sockets|turn]...`. */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { commandLine } from "../scripts/_lib/command_line.ts";
import { bunPath, denoPath, projectRoot } from "../scripts/_lib/project.ts";

const runtimes: readonly (readonly [string, ...string[]])[] = [
  [denoPath(), "run", "-A"],
  [bunPath()],
  ["node", "--import", "tsx"],
];
/** The time limit for one benchmark on one runtime, which takes about 15 seconds. */
const LIMIT_MS = 300_000;
const known = ["deltas", "pipe", "sockets", "turn"];
const { positionals: wanted } = commandLine({
  help: `Runs the benchmarks on Deno, Bun and Node, one after another: docs/performance.md.

  deno task bench [deltas|pipe|sockets|turn]...`,
  words: [0, Infinity],
});
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`Unknown benchmark "${unknown}"; expected one of: ${known.join(", ")}`);
  process.exit(2);
}

let failed = false;
for (const name of wanted.length === 0 ? known : wanted) {
  console.log(`\n${name}`);
  for (const [program, ...args] of runtimes) {
    const { status } = spawnSync(program, [...args, `bench/${name}.ts`], {
      cwd: projectRoot,
      stdio: "inherit",
      timeout: LIMIT_MS,
    });
    failed ||= status !== 0;
  }
}
process.exit(failed ? 1 : 0);
