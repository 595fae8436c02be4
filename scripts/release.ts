// deno-lint-ignore-file no-console -- a script reports to its caller
/** Makes a release candidate: `deno task release -- <version>`. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { findNativeBinary } from "./_generate/run_upstream.ts";
import { runCommand } from "./_lib/command.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { endWithScript, isEnding } from "./_lib/interruption.ts";
import { startCommand } from "./_lib/program.ts";
import { denoPath, projectRoot } from "./_lib/project.ts";
import { releaseVersion } from "./_lib/release_version.ts";
import { checkPublished, type Release, writeArtifacts } from "./_release/artifacts.ts";
import { notesOf, planRelease, type ReleasePlan } from "./_release/plan.ts";
import { codexVersionFaults, pinOf } from "./_release/versions.ts";

const help = `Makes a release candidate from a clean tree, and publishes nothing.

  deno task release -- <version> [--codex=VERSION] [--dry] [--prepare] [--skip-gate]
  deno task release -- --artifacts

  1. Writes the version (deno.json and its copies) and the section of CHANGELOG.md. For another Codex also its pins,
     package-lock.json, node_modules, the generated types, docs/api/ and the pinned exports; then compares every
     place that names a version of Codex.
  2. Runs the gate.
  3. Builds npm/ and runs both publications dry.
  4. Fills release/: the archive for npm, sbom.cdx.json (CycloneDX), NOTES.md, SHA256SUMS.

  --codex      the version of Codex; defaults to the pinned one where the version fits it
  --dry        only asks the registry for that Codex, and prints what it would write and run
  --prepare    only the first step, and the section of CHANGELOG.md stays open
  --skip-gate  to try this command: the result is not a candidate
  --artifacts  only the fourth step, for the version of the tree and npm/ as it was built

If a step fails, fix it, commit, and run the same command again; it may be repeated until the version has a tag.
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
const date = new Date().toISOString().slice(0, 10);
/** How long a step may take, in milliseconds; the gate is the longest. */
const STEP_MS = 3 * 60 * 60_000;

function read(file: string): string {
  return readFileSync(join(projectRoot, file), "utf8");
}

async function main(version: string): Promise<void> {
  const tags = await git("tag", "--list", "v*");
  const tagged = tags.split("\n").filter((tag) => tag !== "").map((tag) => tag.slice(1));
  const plan = planRelease(
    { version, codex: values.codex, date, tagged, keepOpen: values.prepare },
    read,
  );
  console.log(`${version} with Codex ${plan.runtime}, on npm as "${plan.tag}"`);
  for (const file of plan.files.keys()) console.log(`  writes ${file}`);
  if (plan.raisesRuntime) {
    console.log(
      "  writes package-lock.json, src/generated/, docs/api/, tests/_data/exports.json",
    );
    await checkPublished(plan.runtime, (args) => {
      return runCommand("npm", ["view", ...args], { timeoutMs: 60_000 });
    });
  }
  const next = values.prepare ? "Then nothing else" : "Then the gate, both dry runs, and release/";
  if (values.dry) return console.log(`${next}\n\n${plan.notes}`);
  const changes = await git("status", "--porcelain");
  if (changes !== "") {
    throw new Error(`Cannot release: the tree has uncommitted changes\n${changes}`);
  }
  await prepare(plan);
  if (values.prepare) return await reportPrepared(plan);
  if (!values["skip-gate"]) await runScript("ok");
  await runScript("build_npm");
  await runStep("npm", ["publish", "--dry-run", `--tag=${plan.tag}`], join(projectRoot, "npm"));
  await runStep(denoPath(), ["publish", "--dry-run", "--allow-dirty"]);
  await artifacts(plan);
  console.log(
    values["skip-gate"]
      ? "Not a candidate: the gate was skipped"
      : `A candidate. Commit "Release ${version}", tag it v${version}, push both: .github/workflows/release.yml publishes`,
  );
}

async function artifacts({ version, runtime, notes }: Omit<Release, "date">): Promise<void> {
  const paths = await writeArtifacts({ version, runtime, notes, date });
  console.log(`\n${paths.map((path) => relative(projectRoot, path)).join("\n")}`);
}

/** Makes the artifacts of the version that the tree has. */
async function artifactsAsIs(): Promise<void> {
  const { version } = JSON.parse(read("deno.json")) as { version: string };
  const notes = notesOf(read("CHANGELOG.md"), version);
  await artifacts({ version, runtime: pinOf({ read }), notes });
}

/** Writes the versions and what follows from another Codex, also where an earlier run stopped half-way. */
async function prepare({ files, raisesRuntime }: ReleasePlan): Promise<void> {
  for (const [file, text] of files) writeFileSync(join(projectRoot, file), text);
  if (raisesRuntime || (await versionFaults()).length > 0) {
    // First the lock file alone: an installation beside it would drop the entries of other platforms.
    await runStep("npm", ["install", "--package-lock-only", "--ignore-scripts"]);
    await runStep("node", ["scripts/setup.mjs"]);
    await runScript("generate_types");
    await runScript("check_exports", "--write");
  }
  await runScript("generate_api_docs");
  const faults = await versionFaults();
  if (faults.length > 0) throw new Error(`Cannot release: ${faults.join("; ")}`);
}

async function versionFaults(): Promise<string[]> {
  const { stdout } = await runCommand(findNativeBinary(), ["--version"]);
  return codexVersionFaults({ read, binary: releaseVersion(stdout) });
}

/** Lists the sentences that name an older Codex: some are measurements that have to be repeated. */
async function reportPrepared({ version, runtime }: ReleasePlan): Promise<void> {
  const where = ["README.md", "docs", "examples", "src", "transports"];
  const generated = ["docs/api", "docs/compatibility.md", "src/generated"];
  const records = ["docs/adr", ...generated, "src/protocol/newer_fields.ts"];
  const { stdout } = await runCommand("git", [
    ...["grep", "-nE", "\\b0\\.[0-9]{3}\\b", "--"],
    ...[...where, ...records.map((path) => `:!${path}`)],
  ]);
  const isOlder = (found: string): boolean => !runtime.startsWith(found);
  const older = stdout.split("\n")
    .filter((line) => line.match(/\b0\.\d{3}(?:\.\d+)?\b/g)?.some(isOlder));
  if (older.length > 0) console.log(`\nSentences that name an older Codex:\n${older.join("\n")}`);
  console.log(`Prepared ${version} with Codex ${runtime}: docs/releasing.md says what to review`);
}

async function git(...args: string[]): Promise<string> {
  const { code, stdout, output } = await runCommand("git", args);
  if (code !== 0) throw new Error(`Cannot release: git ${args[0]} failed\n${output}`);
  return stdout;
}

function runScript(name: string, ...args: string[]): Promise<void> {
  return runStep(denoPath(), ["run", "-A", `scripts/${name}.ts`, ...args]);
}

/** Runs a command with its output in sight. */
async function runStep(
  program: string,
  args: readonly string[],
  cwd: string = projectRoot,
): Promise<void> {
  const shown = [program, ...args].join(" ");
  console.log(`\n> ${shown}`);
  const start = startCommand(process.platform, program, args);
  const child = spawn(start.program, [...start.args], {
    ...{ cwd, shell: start.shell, timeout: STEP_MS },
    stdio: ["ignore", "inherit", "inherit"],
  });
  endWithScript(child);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("exit", (code) => {
      if (!isEnding()) resolve(code);
    });
  });
  if (code === 0) return;
  const end = code === null
    ? `did not end within ${STEP_MS / 60_000} minutes`
    : `exited with code ${code}`;
  throw new Error(`${shown} ${end}: there is no candidate`);
}

await runMain(() => version === undefined ? artifactsAsIs() : main(version));
