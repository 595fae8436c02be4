// deno-lint-ignore-file no-console -- a script reports to its caller
/** Makes a release candidate: `deno task release -- <version>`. What it does is told by `--help`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { runCommand } from "./_lib/command.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { denoPath, projectRoot } from "./_lib/project.ts";
import { RUNTIME_VERSION } from "../src/process/runtime_version.ts";
import { notesOf } from "./_release/changelog.ts";
import { planRelease, type ReleasePlan } from "./_release/release_plan.ts";
import { runScript, runStep } from "./_release/run_step.ts";
import { type Release, writeArtifacts } from "./_release/write_artifacts.ts";

const help = `Makes a release candidate from a clean tree, and publishes nothing.

  deno task release -- <version> [--codex=VERSION] [--dry] [--skip-gate]
  deno task release -- --artifacts

  1. Writes the version (deno.json and its copies) and the section of CHANGELOG.md; with another Codex than now also its
     pins, package-lock.json, node_modules, the generated types and docs/api.md.
  2. Runs the gate.
  3. Builds npm/ and runs both publications dry.
  4. Fills release/: the archive for npm, sbom.cdx.json (CycloneDX), NOTES.md, SHA256SUMS.

  --codex      the version of Codex; unless told the one in use, where the version fits it
  --dry        only says what it would write and run
  --skip-gate  to try this command out: what comes of it is no candidate
  --artifacts  only the fourth step, for the version that the tree has and npm/ as it was built

Versions: docs/releasing.md.`;

const { values, positionals: [version] } = commandLine({
  help,
  words: process.argv.includes("--artifacts") ? [0, 0] : [1, 1],
  options: {
    codex: { type: "string" },
    dry: { type: "boolean", default: false },
    artifacts: { type: "boolean", default: false },
    "skip-gate": { type: "boolean", default: false },
  },
});
const date = new Date().toISOString().slice(0, 10);

function read(file: string): string {
  return readFileSync(join(projectRoot, file), "utf8");
}

async function main(version: string): Promise<void> {
  const plan = planRelease({ version, codex: values.codex, date }, read);
  console.log(`${version} with Codex ${plan.runtime}, on npm as "${plan.tag}"`);
  for (const file of plan.files.keys()) console.log(`  writes ${file}`);
  if (plan.raisesRuntime) console.log("  writes package-lock.json, src/generated/, docs/api.md");
  if (values.dry) return console.log(`Then the gate, both dry runs, and release/\n\n${plan.notes}`);
  await checkTree();
  await prepare(plan);
  if (!values["skip-gate"]) await runScript("ok");
  // The compiler whose work the gate has checked.
  await runScript("build_npm", "--builder=tsc");
  await runStep("npm", ["publish", "--dry-run", `--tag=${plan.tag}`], join(projectRoot, "npm"));
  await runStep(denoPath(), ["publish", "--dry-run", "--allow-dirty"]);
  await artifacts(plan);
  console.log(
    values["skip-gate"]
      ? "No candidate: the gate was left out"
      : `A candidate. Commit "Release ${version}", tag it v${version}, push both: .github/workflows/release.yml publishes`,
  );
}

async function artifacts(
  { version, runtime, notes }: Omit<Release, "date">,
): Promise<void> {
  const paths = await writeArtifacts({ version, runtime, notes, date });
  console.log(`\n${paths.map((path) => relative(projectRoot, path)).join("\n")}`);
}

/** The artifacts of the version that the tree has. */
async function artifactsAsIs(): Promise<void> {
  const { version } = JSON.parse(read("deno.json")) as { version: string };
  const notes = notesOf(read("CHANGELOG.md"), version);
  await artifacts({ version, runtime: RUNTIME_VERSION, notes });
}

async function checkTree(): Promise<void> {
  const { code, output } = await runCommand("git", ["status", "--porcelain"]);
  if (code !== 0 || output !== "") {
    throw new Error(`Cannot release: the tree has changes that are not committed\n${output}`);
  }
}

/** Writes the versions, and what follows from another Codex. */
async function prepare({ files, raisesRuntime }: ReleasePlan): Promise<void> {
  for (const [file, text] of files) writeFileSync(join(projectRoot, file), text);
  if (!raisesRuntime) return;
  // The lock file alone first: an install beside other platforms' entries would drop them.
  await runStep("npm", ["install", "--package-lock-only", "--ignore-scripts"]);
  await runStep("node", ["scripts/setup.mjs"]);
  await runScript("generate_types");
  await runScript("generate_api_docs");
}

await runMain(() => version === undefined ? artifactsAsIs() : main(version));
