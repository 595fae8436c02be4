import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { denoPath, projectRoot } from "./project.ts";

/** Checks the imports of the library in a folder against `scripts/layers.mjs`; returns the problems, one line each. */
export async function layerFaults(root: string = projectRoot): Promise<string[]> {
  const cruise = join(projectRoot, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const rules = `--config=${join(projectRoot, "scripts/layers.mjs")}`;
  const entries = readdirSync(root).filter((name) => name.endsWith(".ts"));
  const sources = [...entries, "transports", "src"];
  const args = ["run", "-A", cruise, rules, "--output-type=err", ...sources];
  const { code, output } = await runCommand(denoPath(), args, { cwd: root });
  const faults = [...output.matchAll(/^\s*error (.*)$/gm)].map(([, fault = ""]) => fault);
  if (code !== 0 && faults.length === 0) throw new Error(`dependency-cruiser failed:\n${output}`);
  return faults;
}
