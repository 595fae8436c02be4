/** The npm package, built and installed beside its peers. */
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { buildPackage } from "../../scripts/_npm/package.ts";
import type { Sample } from "./alternate.ts";
import { jsonOf, thisRuntime } from "./runtime.ts";

/** The variable that names the folder where the package is installed. */
const INSTALLED_VARIABLE = "BENCH_INSTALLED";

/** The package, and those that it is compared with. */
export const OURS = "@codex-app-server/sdk";
export const PEERS: readonly string[] = ["@openai/codex-sdk", "@agentclientprotocol/sdk"];

/** Builds the package, installs it in a folder, and names that in `BENCH_INSTALLED` for the benchmarks that follow. */
export async function installPackage(folder: string): Promise<void> {
  await buildPackage(join(folder, "node_modules", OURS));
  for (const name of PEERS) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(projectRoot, "node_modules", name), link, "junction");
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const script = fileURLToPath(new URL("import_once.mjs", import.meta.url));
  copyFileSync(script, join(folder, "import_once.mjs"));
  process.env[INSTALLED_VARIABLE] = folder;
}

/** Returns the folder of `installPackage()`. */
export function installedIn(): string {
  const folder = process.env[INSTALLED_VARIABLE];
  if (folder === undefined) throw new Error("Run this benchmark with `deno task bench NAME`");
  return folder;
}

/** What one import took: CPU time, wall time, and the memory of the process after it. */
export interface Import extends Required<Sample> {
  readonly rssMb: number;
}

/** Imports a module in a new process of this runtime; nothing without a specifier. */
export function importOnce(specifier?: string): Promise<Import> {
  const args = specifier === undefined ? [] : [specifier];
  return jsonOf([...thisRuntime("js"), join(installedIn(), "import_once.mjs"), ...args]);
}
