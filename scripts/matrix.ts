/** Runs the package with every installer on every runtime: `deno task matrix`. */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { RUNTIME_VERSION } from "../src/process/runtime_version.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { formatCode } from "./_lib/format_code.ts";
import { withScratch } from "./_lib/interruption.ts";
import { projectRoot } from "./_lib/project.ts";
import { type Cell, cellsToRun, installerVersions, type Plan, runRows } from "./_matrix/cells.ts";
import { runConformance } from "./_matrix/conformance.ts";
import { describeMatrix, failuresOf, type MatrixReport } from "./_matrix/report.ts";
import { installTools, LocalRegistry, type Tools } from "./_matrix/tools.ts";
import { buildPackage, type NpmManifest } from "./_npm/package.ts";
import { stageRuntime } from "./_stage/stage_runtime.ts";
import { stageSdk } from "./_stage/stage_sdk.ts";

const help =
  `Publishes the package to a registry on this machine, installs it with every package manager, and runs a
turn on every runtime; the same with staged packages; then the conformance suite on the installed package. Writes the
tables to docs/matrix.md.

  deno task matrix [--quick] [--package=FOLDER]

  --quick    each package manager and each runtime once, without staged packages; writes nothing
  --package  the package in FOLDER, which is built already`;

const { values } = commandLine({
  help,
  options: { quick: { type: "boolean", default: false }, package: { type: "string" } },
});
const started = performance.now();
/** The name of the staged runtime. */
const STAGED = "@codex-app-server/runtime";

function log(line: string): void {
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}

interface Run {
  readonly plan: Plan;
  readonly tools: Tools;
  /** The built package. */
  readonly built: string;
  readonly sdk: { readonly name: string; readonly version: string };
  readonly folder: string;
}

async function run(folder: string): Promise<MatrixReport> {
  const built = resolve(values.package ?? join(folder, "npm"));
  if (values.package === undefined) await buildPackage(built);
  const manifest = JSON.parse(await readFile(join(built, "package.json"), "utf8")) as NpmManifest;
  const sdk = { name: manifest.name, version: manifest.version };
  const tools = await installTools(log);
  const options: Run = { plan: cellsToRun(values.quick), tools, built, sdk, folder };
  const [staged, published] = await Promise.all([runStaged(options), runPublished(options)]);
  const platform = `${process.platform}-${process.arch}`;
  const installers = values.quick ? {} : await installerVersions(tools);
  return { platform, sdk, installers, staged, ...published };
}

/** Publishes the SDK to a registry that proxies the public one, and runs it and its conformance suite from there. */
async function runPublished(
  { plan, tools, built, sdk, folder }: Run,
): Promise<Pick<MatrixReport, "published" | "conformance">> {
  const registry = await LocalRegistry.start(join(folder, "registry"), tools, true);
  try {
    await registry.publish(built);
    const from = { tools, registry: registry.url, sdk, log };
    const published = await runRows(plan.published, { ...from, executable: "@openai" });
    return { published, conformance: await runConformance(plan.conformance, from) };
  } finally {
    await registry.close();
  }
}

/** Stages the runtime of this machine and an SDK for it, and runs them from a registry that has nothing else. */
async function runStaged({ plan, tools, built, sdk, folder }: Run): Promise<Cell[]> {
  if (plan.staged.length === 0) return [];
  const tag = `${process.platform}-${process.arch}`;
  const [runtime, staged] = [join(folder, "staged-runtime"), join(folder, "staged-sdk")];
  await stageRuntime({
    folder: runtime,
    input: join(projectRoot, "node_modules", "@openai", `codex-${tag}`),
    codexVersion: RUNTIME_VERSION,
    platformTag: tag,
    runtimePackage: STAGED,
  });
  await stageSdk({
    ...{ folder: staged, runtimeVersion: RUNTIME_VERSION, runtimePackage: STAGED },
    ...{ platformTags: [tag], built },
  });
  const registry = await LocalRegistry.start(join(folder, "staged-registry"), tools, false);
  try {
    await registry.publish(runtime);
    await registry.publish(staged);
    const from = { tools, registry: registry.url, sdk, executable: STAGED };
    return await runRows(plan.staged, { ...from, log: (line) => log(`staged: ${line}`) });
  } finally {
    await registry.close();
  }
}

await runMain(() =>
  withScratch("codex-matrix-", async (folder) => {
    const report = await run(folder);
    const page = formatCode(describeMatrix(report));
    console.log(`\n${page}`);
    const failures = failuresOf(report);
    if (failures.length > 0) {
      console.log(`Failed: ${failures.join("; ")}`);
      process.exitCode = 1;
    } else if (!values.quick) {
      await writeFile(join(projectRoot, "docs", "matrix.md"), page);
      console.log("Written to docs/matrix.md");
    }
  })
);
