// deno-lint-ignore-file no-console -- a script reports to its caller
/** Checks what a registry would be given: `deno task check:npm`. `--help` says what it does. */
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { RUNTIME_VERSION } from "../src/process/runtime_version.ts";
import { runCommand } from "./_lib/command.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { withScratch } from "./_lib/interruption.ts";
import { projectRoot } from "./_lib/project.ts";
import { browserFaults } from "./_npm/browser_bundle.ts";
import { builderNamed, buildPackage } from "./_npm/build_package.ts";
import { checkConsumers } from "./_npm/consumer_types.ts";
import { exportFaults } from "./_npm/export_faults.ts";
import { layoutFaults } from "./_npm/layout_faults.ts";
import type { NpmManifest } from "./_npm/manifest.ts";
import { packPackage } from "./_npm/pack_package.ts";

const help =
  `Builds the npm package into a temporary folder, packs it, and checks what a registry would be given: the
files, the exports against those of JSR, publint, Are The Types Wrong, a bundle for browsers, and the types in the
programs of consumers.

  deno task check:npm [--builder=dnt|tsc] [--folder=FOLDER]

  --builder  what compiles the package; defaults to tsc (see build:npm --help)
  --folder   checks the package in FOLDER, which is built already`;

const { values } = commandLine({
  help,
  options: { builder: { type: "string" }, folder: { type: "string" } },
});

async function main(work: string): Promise<void> {
  const folder = resolve(values.folder ?? join(work, "package"));
  if (values.folder === undefined) {
    await buildPackage({ out: folder, builder: builderNamed(values.builder) });
  }
  const manifest: NpmManifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  mkdirSync(join(work, "tarball"));
  const packed = await packPackage(folder, join(work, "tarball"));
  const { files, size, unpackedSize } = packed;
  const faults = layoutFaults(folder, manifest, packed);
  report(`files (${files.length}, ${size} bytes packed, ${unpackedSize} unpacked)`, faults);
  if (faults.length > 0) return;
  report("exports", await exportFaults(folder, manifest));
  report("publint", await tool("publint/src/cli.js", ["run", packed.tarball, "--strict"]));
  report(
    "types resolve",
    await tool("@arethetypeswrong/cli/dist/index.js", [packed.tarball, "--profile", "esm-only"]),
  );
  const consumer = join(work, "consumer");
  for (const { name, fault, seconds } of await checkConsumers(folder, consumer)) {
    report(`${name} (${seconds.toFixed(1)} s)`, fault === undefined ? [] : [fault]);
  }
  report("bundle for browsers", await browserFaults(consumer, RUNTIME_VERSION));
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

await runMain(() => withScratch("check-npm-", main));
