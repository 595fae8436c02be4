/**
 * Publishes the package to a registry on this machine, installs it with every package manager, and runs a turn on every
 * runtime; the same with staged packages; then the conformance suite on the installed package.
 *
 *     deno task matrix [--quick] [--builder=dnt|tsc | --package=npm]
 *
 * The whole matrix is written to docs/matrix.md; `--quick` runs each installer and each runtime once and writes nothing.
 * `--package` takes what `deno task build:npm` left behind instead of building anew.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { formatMarkdown } from "./_lib/format_markdown.ts";
import { projectRoot } from "./_lib/project.ts";
import { cellsToRun } from "./_matrix/cells.ts";
import { describeMatrix, failuresOf, type MatrixReport } from "./_matrix/report.ts";
import { installerVersions } from "./_matrix/installers.ts";
import { runPublished } from "./_matrix/published.ts";
import { runStaged } from "./_matrix/staged.ts";
import { installTools } from "./_matrix/tools.ts";
import { buildPackage } from "./_npm/build_package.ts";
import type { NpmManifest } from "./_npm/manifest.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
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
async function packageFor(folder: string): Promise<string> {
  const { builder, package: there } = values;
  if (there !== undefined) return resolve(there);
  if (builder !== undefined && builder !== "dnt" && builder !== "tsc") {
    throw new TypeError(`Unknown builder "${builder}": dnt or tsc`);
  }
  const out = join(folder, "npm");
  const { name, version } = await buildPackage({ out, builder, log });
  log(`${name}@${version} is built`);
  return out;
}

async function run(folder: string): Promise<MatrixReport> {
  const plan = cellsToRun(values.quick);
  const tools = await installTools(log);
  const built = await packageFor(folder);
  const manifest = JSON.parse(await readFile(join(built, "package.json"), "utf8")) as NpmManifest;
  const sdk = { name: manifest.name, version: manifest.version };
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

const folder = await mkdtemp(join(tmpdir(), "codex-matrix-"));
try {
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
} finally {
  await rm(folder, { recursive: true, force: true });
}
