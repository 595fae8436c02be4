/**
 * The CPU time of the first import in a new process: the built package, its sources where a runtime reads TypeScript, and the
 * packages of others.
 *
 * Run it with `deno task bench import`. The argument is the number of rounds, 9 by default.
 */
import process from "node:process";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { projectRoot } from "../scripts/_lib/project.ts";
import { alternate, type Variant } from "./_lib/alternate.ts";
import { importOnce, OURS, PEERS } from "./_lib/installed.ts";
import { PYTHON_SDK, pythonOnce } from "./_lib/python_sdk.ts";
import { report } from "./_lib/results.ts";
import { runtimeName } from "./_lib/runtime.ts";

const rounds = Number(process.argv[2] ?? 9);
const sources = pathToFileURL(join(projectRoot, "mod.ts")).href;
const python = pythonOnce("import");
const all = await alternate([
  { name: OURS, run: () => importOnce(OURS) },
  ...runtimeName().startsWith("Node")
    ? []
    : [{ name: "its sources", run: () => importOnce(sources) }],
  ...PEERS.map((name): Variant => ({ name, run: () => importOnce(name) })),
  ...python === undefined ? [] : [{ name: PYTHON_SDK, run: python }],
], { rounds, warmup: 1 });
console.log(`${runtimeName()}: ${rounds} rounds`);
report({ bench: "import", task: "in a new process", unit: "CPU ms" }, all);
