// deno-lint-ignore-file no-console -- a script reports to its caller
/** Checks what a registry would be given: `deno task check:npm`. */
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { RUNTIME_VERSION } from "../src/process/runtime_version.ts";
import { runCommand } from "./_lib/command.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { withScratch } from "./_lib/interruption.ts";
import { projectRoot } from "./_lib/project.ts";
import {
  browserFaults,
  consumerFaults,
  consumers,
  exportFaults,
  layoutFaults,
  makeConsumer,
} from "./_npm/check.ts";
import { buildPackage, type NpmManifest, packPackage } from "./_npm/package.ts";

const help =
  `Builds the npm package into a temporary folder, packs it, and checks what a registry would be given:
files, exports, publint, Are The Types Wrong, a bundle for browsers, and the types in programs of consumers.

  deno task check:npm [--folder=FOLDER] [--quick]

  --folder  checks the package in FOLDER, which is built already
  --quick   compiles a consumer with each compiler once`;

const { values } = commandLine({
  help,
  options: { folder: { type: "string" }, quick: { type: "boolean", default: false } },
});

async function main(work: string): Promise<void> {
  const folder = resolve(values.folder ?? join(work, "package"));
  if (values.folder === undefined) await buildPackage({ out: folder });
  const manifest: NpmManifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  mkdirSync(join(work, "tarball"));
  const packed = await packPackage(folder, join(work, "tarball"));
  const { tarball, files, size, unpackedSize } = packed;
  report(
    `files (${files.length}, ${size} bytes packed, ${unpackedSize} unpacked)`,
    layoutFaults(folder, packed),
  );
  report("publint", await tool("publint/src/cli.js", "run", tarball, "--strict"));
  const attw = ["--profile", "esm-only"];
  report("types resolve", await tool("@arethetypeswrong/cli/dist/index.js", tarball, ...attw));
  report("exports", await exportFaults(folder, manifest));
  const consumer = join(work, "consumer");
  makeConsumer(folder, consumer);
  for (const one of consumers(values.quick)) {
    report(Object.values(one).join(", "), await consumerFaults(one, consumer));
  }
  report("bundle for browsers", await browserFaults(consumer, RUNTIME_VERSION));
}

async function tool(path: string, ...args: readonly string[]): Promise<string[]> {
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
