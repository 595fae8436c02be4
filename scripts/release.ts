// deno-lint-ignore-file no-console -- a script reports to its caller
/** Makes a release candidate: `deno task release -- <version>`. `--help` says what it does. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { findNativeBinary } from "./_generate/run_upstream.ts";
import { type CommandResult, runCommand } from "./_lib/command.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { denoPath, projectRoot } from "./_lib/project.ts";
import { releaseVersion } from "./_lib/release_version.ts";
import { notesOf } from "./_release/changelog.ts";
import { codexVersionFaults, pinOf } from "./_release/codex_versions.ts";
import { checkPublished } from "./_release/published_codex.ts";
import { planRelease, type ReleasePlan } from "./_release/release_plan.ts";
import { runScript, runStep } from "./_release/run_step.ts";
import { type Release, writeArtifacts } from "./_release/write_artifacts.ts";

const help = `Makes a release candidate from a clean tree, and publishes nothing.

  deno task release -- <version> [--codex=VERSION] [--dry] [--prepare] [--skip-gate]
  deno task release -- --artifacts

  1. Writes the version (deno.json and its copies) and the section of CHANGELOG.md. For another Codex also its pins,
     package-lock.json, node_modules, the generated types, docs/api.md and the pinned exports; then compares every
     place that names a version of Codex.
  2. Runs the gate.
  3. Builds npm/ and runs both publications dry.
  4. Fills release/: the archive for npm, sbom.cdx.json (CycloneDX), NOTES.md, SHA256SUMS.

  --codex      the version of Codex; defaults to the one in use where the version fits it
  --dry        only asks the registry for that Codex, and says what it would write and run
  --prepare    only the first step, and the section of CHANGELOG.md stays open
  --skip-gate  to try this command out: the result is not a candidate
  --artifacts  only the fourth step, for the version that the tree has and npm/ as it was built

If a step fails, mend, commit, and run the same command again; it may be run until the version has a tag.
Versions: docs/releasing.md.`;

const { values, positionals: [version] } = commandLine({
  help,
  words: process.argv.includes("--artifacts") ? [0, 0] : [1, 1],
  options: {
    codex: { type: "string" },
    dry: { type: "boolean", default: false },
    prepare: { type: "boolean", default: false },
    artifacts: { type: "boolean", default: false },
    "skip-gate": { type: "boolean", default: false },
  },
});
/** The table that `deno task compat` writes. */
const NEWER_FIELDS = "src/protocol/newer_fields.ts";
const date = new Date().toISOString().slice(0, 10);

function read(file: string): string {
  return readFileSync(join(projectRoot, file), "utf8");
}

async function main(version: string): Promise<void> {
  const request = { version, codex: values.codex, date, tagged: await taggedVersions() };
  const plan = planRelease({ ...request, keepOpen: values.prepare }, read);
  console.log(`${version} with Codex ${plan.runtime}, on npm as "${plan.tag}"`);
  for (const file of plan.files.keys()) console.log(`  writes ${file}`);
  if (plan.raisesRuntime) {
    console.log(
      "  writes package-lock.json, src/generated/, docs/api.md, tests/_data/exports.json",
    );
    await checkPublished(plan.runtime, npmView);
  }
  const next = values.prepare ? "Then nothing else" : "Then the gate, both dry runs, and release/";
  if (values.dry) return console.log(`${next}\n\n${plan.notes}`);
  await checkTree();
  await prepare(plan);
  if (values.prepare) return await reportPrepared(plan);
  if (!values["skip-gate"]) await runScript("ok");
  // The compiler whose work the gate has checked.
  await runScript("build_npm", "--builder=tsc");
  await runStep("npm", ["publish", "--dry-run", `--tag=${plan.tag}`], join(projectRoot, "npm"));
  await runStep(denoPath(), ["publish", "--dry-run", "--allow-dirty"]);
  await artifacts(plan);
  console.log(
    values["skip-gate"]
      ? "Not a candidate: the gate was left out"
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
  await artifacts({ version, runtime: pinOf({ read }), notes });
}

async function checkTree(): Promise<void> {
  const output = await git("status", "--porcelain");
  if (output !== "") {
    throw new Error(`Cannot release: the tree has changes that are not committed\n${output}`);
  }
}

/** Writes the versions and what follows from another Codex, also where an earlier run stopped half-way. */
async function prepare({ files, raisesRuntime }: ReleasePlan): Promise<void> {
  for (const [file, text] of files) writeFileSync(join(projectRoot, file), text);
  if (raisesRuntime || (await versionFaults()).length > 0) {
    // The lock file alone first: an installation beside other platforms' entries would drop them.
    await runStep("npm", ["install", "--package-lock-only", "--ignore-scripts"]);
    await runStep("node", ["scripts/setup.mjs"]);
    await runScript("generate_types");
    await runScript("check_exports", "--write");
  }
  await runScript("generate_api_docs");
  const faults = await versionFaults();
  if (faults.length > 0) throw new Error(`Cannot release: ${faults.join("; ")}`);
}

/** The places whose version of Codex is not the pin's. */
async function versionFaults(): Promise<string[]> {
  const { stdout } = await runCommand(findNativeBinary(), ["--version"]);
  return codexVersionFaults({ read, binary: releaseVersion(stdout) });
}

/** Lists the sentences that name an older Codex: some are measurements that somebody has to repeat. */
async function reportPrepared({ version, runtime }: ReleasePlan): Promise<void> {
  const where = ["README.md", "docs", "examples", "src", "transports"];
  const records = [
    "docs/adr",
    "docs/api",
    "docs/compatibility.md",
    "src/generated",
    NEWER_FIELDS,
  ];
  const { stdout } = await runCommand("git", [
    ...["grep", "-nE", "\\b0\\.[0-9]{3}\\b", "--"],
    ...[...where, ...records.map((path) => `:!${path}`)],
  ]);
  const isOlder = (found: string): boolean => !runtime.startsWith(found);
  const older = stdout.split("\n")
    .filter((line) => line.match(/\b0\.\d{3}(?:\.\d+)?\b/g)?.some(isOlder));
  if (older.length > 0) console.log(`\nSentences that name an older Codex:\n${older.join("\n")}`);
  console.log(`Prepared ${version} with Codex ${runtime}: docs/releasing.md says what to look at`);
}

async function taggedVersions(): Promise<string[]> {
  const tags = await git("tag", "--list", "v*");
  return tags.split("\n").filter((tag) => tag !== "").map((tag) => tag.slice(1));
}

async function git(...args: string[]): Promise<string> {
  const { code, stdout, output } = await runCommand("git", args);
  if (code !== 0) throw new Error(`Cannot release: git ${args[0]} failed\n${output}`);
  return stdout;
}

function npmView(args: readonly string[]): Promise<CommandResult> {
  return runCommand("npm", ["view", ...args], { timeoutMs: 60_000 });
}

await runMain(() => version === undefined ? artifactsAsIs() : main(version));
