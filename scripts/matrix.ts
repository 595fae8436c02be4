/** Runs the package with every installer on every runtime: `deno task matrix`. `--help` says what it does. */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { formatMarkdown } from "./_lib/format_markdown.ts";
import { withScratch } from "./_lib/interruption.ts";
import { projectRoot } from "./_lib/project.ts";
import { cellsToRun } from "./_matrix/cells.ts";
import { describeMatrix, failuresOf, type MatrixReport } from "./_matrix/report.ts";
import { installerVersions } from "./_matrix/installers.ts";
import { runPublished } from "./_matrix/published.ts";
import { runStaged } from "./_matrix/staged.ts";
import { installTools } from "./_matrix/tools.ts";
import { type Builder, builderNamed, buildPackage } from "./_npm/build_package.ts";
import type { NpmManifest } from "./_npm/manifest.ts";

const help =
  `Publishes the package to a registry on this machine, installs it with every package manager, and runs a
turn on every runtime; the same with staged packages; then the conformance suite on the installed package. The tables go
to docs/matrix.md.

  deno task matrix [--quick] [--builder=dnt|tsc | --package=FOLDER]

  --quick    each installer and each runtime once; writes nothing
  --builder  what compiles the package; defaults to tsc (see build:npm --help)
  --package  the package in FOLDER, which is built already`;

const { values } = commandLine({
  help,
  options: {
    quick: { type: "boolean", default: false },
    builder: { type: "string" },
    package: { type: "string" },
  },
});
const started = performance.now();

function log(line: string): void {
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}

/** The package that is published: the one that is there already, or a new one. */
async function packageFor(folder: string, builder: Builder): Promise<string> {
  if (values.package !== undefined) return resolve(values.package);
  const out = join(folder, "npm");
  const { name, version } = await buildPackage({ out, builder });
  log(`${name}@${version} is built`);
  return out;
}

async function run(folder: string): Promise<MatrixReport> {
  const plan = cellsToRun(values.quick);
  const built = await packageFor(folder, builderNamed(values.builder));
  const manifest = JSON.parse(await readFile(join(built, "package.json"), "utf8")) as NpmManifest;
  const sdk = { name: manifest.name, version: manifest.version };
  const tools = await installTools(log);
  const packer = values.quick ? "pnpm" : "npm";
  const [staged, published] = await Promise.all([
    runStaged({
      ...{ rows: plan.staged, tools, folder: join(folder, "staged"), sdk, built, packer },
      log: (line) => log(`staged: ${line}`),
    }),
    runPublished({ plan, tools, folder: join(folder, "registry"), sdk, built, log }),
  ]);
  return {
    platform: `${process.platform}-${process.arch}`,
    sdk,
    installers: await installerVersions(tools),
    staged,
    ...published,
  };
}

async function main(folder: string): Promise<void> {
  const report = await run(folder);
  const page = formatMarkdown(describeMatrix(report));
  console.log(`\n${page}`);
  const failures = failuresOf(report);
  if (failures.length > 0) {
    console.log(`Failed: ${failures.join("; ")}`);
    process.exitCode = 1;
  } else if (!values.quick) {
    await writeFile(join(projectRoot, "docs", "matrix.md"), page);
    console.log("Written to docs/matrix.md");
  }
}

await runMain(() => withScratch("codex-matrix-", main));
