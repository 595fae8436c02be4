/** Makes a release candidate: `deno task release -- <version>`. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pinnedCodex } from "./_generate/run_upstream.ts";
import { runCommand } from "./_lib/command.ts";
import { commandLine, runMain } from "./_lib/command_line.ts";
import { denoPath, projectRoot } from "./_lib/project.ts";
import { cutChangelog, notesOf } from "./_release/changelog.ts";
import { distTag, runtimeFor, stampVersions, versionFault } from "./_release/versions.ts";

const help = `Makes a release candidate from a clean tree, and publishes nothing.

  deno task release -- <version> [--codex=VERSION] [--dry] [--prepare]
  deno task release -- --artifacts

  1. Writes the version (deno.json and its copies), the section of CHANGELOG.md and the pins of Codex; then
     package-lock.json, node_modules, the generated types, docs/api/ and the pinned exports, which follow from them.
  2. Runs the gate.
  3. Builds npm/ and runs both publications dry.
  4. Fills release/: the archive for npm, and NOTES.md.

  --codex      the version of Codex; defaults to the pinned one where the version fits it
  --dry        only prints what it would write, and the notes
  --prepare    only the first step, and the section of CHANGELOG.md stays open
  --artifacts  only the fourth step, for the version of the tree and npm/ as it was built

If a step fails, fix it, commit, and run the same command again; it may be repeated until the version has a tag.
Versions: docs/releasing.md.`;

const { values, positionals } = commandLine({
  help,
  words: process.argv.includes("--artifacts") ? [0, 0] : [1, 1],
  options: {
    codex: { type: "string" },
    dry: { type: "boolean", default: false },
    prepare: { type: "boolean", default: false },
    artifacts: { type: "boolean", default: false },
  },
});

function read(file: string): string {
  return readFileSync(join(projectRoot, file), "utf8");
}

async function main(version: string): Promise<void> {
  const runtime = values.codex ?? runtimeFor(version, pinnedCodex());
  const tags = await git("tag", "--list", "v*");
  const released = tags.split("\n").map((tag) => tag.slice(1));
  const fault = versionFault({ version, runtime, released });
  if (fault !== undefined) throw new TypeError(`Cannot release: ${fault}`);
  const files = stampVersions({ version, runtime }, read);
  const date = new Date().toISOString().slice(0, 10);
  const changelog = cutChangelog(read("CHANGELOG.md"), { version, runtime, date });
  if (!values.prepare) files.set("CHANGELOG.md", changelog);
  console.log(`${version} with Codex ${runtime}, on npm as "${distTag(version)}"`);
  console.log(`  writes ${[...files.keys()].join(", ")}`);
  if (values.dry) return console.log(`\n${notesOf(changelog, version)}`);
  const changes = await git("status", "--porcelain");
  if (changes !== "") {
    throw new Error(`Cannot release: the tree has uncommitted changes\n${changes}`);
  }
  for (const [file, text] of files) writeFileSync(join(projectRoot, file), text);
  // First the lock file alone: an installation beside it would drop the entries of other platforms.
  run("npm", ["install", "--package-lock-only", "--ignore-scripts"]);
  run("node", ["scripts/setup.mjs"]);
  runScript("generate_types");
  runScript("check_exports", "--write");
  runScript("generate_api_docs");
  if (values.prepare) {
    return console.log(`Prepared ${version}: docs/releasing.md says what to review`);
  }
  runScript("ok");
  runScript("build_npm");
  run("npm", ["publish", "--dry-run", `--tag=${distTag(version)}`], "npm");
  run(denoPath(), ["publish", "--dry-run", "--allow-dirty"]);
  writeArtifacts();
  console.log(`A candidate. Commit "Release ${version}", tag it v${version}, push both: \
.github/workflows/release.yml publishes`);
}

/** Fills `release/` from `npm/`, replacing what was there. */
function writeArtifacts(): void {
  const { version } = JSON.parse(read("deno.json")) as { version: string };
  const built = JSON.parse(read("npm/package.json")) as { version: string };
  if (built.version !== version) throw new Error(`npm/ holds ${built.version}, not ${version}`);
  const out = join(projectRoot, "release");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  run("npm", ["pack", "./npm", "--pack-destination=release"]);
  writeFileSync(join(out, "NOTES.md"), `${notesOf(read("CHANGELOG.md"), version)}\n`);
}

async function git(...args: string[]): Promise<string> {
  const { code, stdout, output } = await runCommand("git", args);
  if (code !== 0) throw new Error(`Cannot release: git ${args[0]} failed\n${output}`);
  return stdout;
}

function runScript(name: string, ...args: string[]): void {
  run(denoPath(), ["run", "-A", `scripts/${name}.ts`, ...args]);
}

/** Runs a command with its output in sight. */
function run(program: string, args: readonly string[], folder = "."): void {
  const shown = [program, ...args].join(" ");
  console.log(`\n> ${shown}`);
  const { status, signal, error } = spawnSync(program, args, {
    cwd: join(projectRoot, folder),
    shell: process.platform === "win32" && program === "npm",
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status === 0) return;
  throw new Error(`${shown} ended with ${error?.message ?? signal ?? status}: no candidate`);
}

await runMain(() => values.artifacts ? writeArtifacts() : main(positionals[0] ?? ""));
