// deno-lint-ignore-file no-console -- a script reports to its caller
/**
 * Builds the npm package into a temporary folder, packs it, and checks what a registry would be given: the files, the
 * exports against those of JSR, publint, Are The Types Wrong, and the types in the programs of consumers.
 *
 *     deno task check:npm [--builder=dnt|tsc] [--folder=FOLDER]
 *
 * `--folder` checks a package that is built already.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { runCommand } from "./_lib/command.ts";
import { projectRoot } from "./_lib/project.ts";
import { buildPackage } from "./_npm/build_package.ts";
import { checkConsumers } from "./_npm/consumer_types.ts";
import { exportFaults } from "./_npm/export_faults.ts";
import { layoutFaults } from "./_npm/layout_faults.ts";
import type { NpmManifest } from "./_npm/manifest.ts";
import { packPackage } from "./_npm/pack_package.ts";

const { values } = parseArgs({
  options: { builder: { type: "string", default: "tsc" }, folder: { type: "string" } },
});

async function main(work: string): Promise<void> {
  const folder = values.folder ?? join(work, "package");
  if (values.folder === undefined) {
    const builder = values.builder === "dnt" ? "dnt" : "tsc";
    await buildPackage({ out: folder, builder });
  }
  const manifest: NpmManifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  mkdirSync(join(work, "tarball"));
  const packed = await packPackage(folder, join(work, "tarball"));
  const { files, size, unpackedSize } = packed;
  report(`files (${files.length}, ${size} bytes packed, ${unpackedSize} unpacked)`, [
    ...layoutFaults(folder, manifest, packed),
  ]);
  report("exports", await exportFaults(folder, manifest));
  report("publint", await tool("publint/src/cli.js", ["run", packed.tarball, "--strict"]));
  report(
    "types resolve",
    await tool("@arethetypeswrong/cli/dist/index.js", [packed.tarball, "--profile", "esm-only"]),
  );
  for (const { name, fault, seconds } of await checkConsumers(folder, join(work, "consumer"))) {
    report(`${name} (${seconds.toFixed(1)} s)`, fault === undefined ? [] : [fault]);
  }
}

/** Runs a tool of npm; all it says is the fault when it fails. */
async function tool(path: string, args: readonly string[]): Promise<string[]> {
  const program = join(projectRoot, "node_modules", path);
  const { code, output } = await runCommand("node", [program, ...args]);
  return code === 0 ? [] : [output.trim() || `code ${code}`];
}

function report(name: string, faults: readonly string[]): void {
  console.log(`${faults.length === 0 ? "ok    " : "FAILED"} ${name}`);
  for (const fault of faults) console.log(fault.replace(/^/gm, "  | "));
  if (faults.length > 0) process.exitCode = 1;
}

const work = mkdtempSync(join(tmpdir(), "check-npm-"));
try {
  await main(work);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
