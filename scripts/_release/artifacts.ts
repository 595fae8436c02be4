/** Makes the files of a release: the npm archive, its bill of materials, the notes and the checksums. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type CommandResult, runCommand } from "../_lib/command.ts";
import { withScratch } from "../_lib/interruption.ts";
import { projectRoot } from "../_lib/project.ts";
import { type NpmManifest, packPackage } from "../_npm/package.ts";
import type { ReleasePlan } from "./plan.ts";
import type { Manifest } from "./versions.ts";

/** The release that the files describe. */
export interface Release extends Pick<ReleasePlan, "version" | "runtime" | "notes"> {
  /** The day, such as `2026-11-20`. */
  readonly date: string;
}

/**
 * Fills `release/`, replacing what was there. Returns the paths of the files.
 *
 * @throws {Error} if `npm/` does not hold the planned package
 */
export async function writeArtifacts(release: Release): Promise<string[]> {
  const built = join(projectRoot, "npm");
  const out = join(projectRoot, "release");
  const manifest = JSON.parse(readFileSync(join(built, "package.json"), "utf8")) as NpmManifest;
  const holds = `${manifest.version} with Codex ${manifest.dependencies["@openai/codex"]}`;
  const wanted = `${release.version} with Codex ${release.runtime}`;
  if (holds !== wanted) throw new Error(`npm/ holds ${holds}, not ${wanted}`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const { tarball } = await packPackage(built, out);
  const files = [tarball, join(out, "sbom.cdx.json"), join(out, "NOTES.md")] as const;
  const bill = { manifest, sha256: sha256(tarball), date: release.date };
  writeFileSync(files[1], await billOfMaterials(bill));
  writeFileSync(files[2], `${release.notes}\n`);
  const sums = join(out, "SHA256SUMS");
  writeFileSync(sums, checksumLines(files));
  return [...files, sums];
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Returns the lines that `sha256sum --check` reads, sorted by file name. */
export function checksumLines(paths: readonly string[]): string {
  return [...paths].sort((a, b) => basename(a) < basename(b) ? -1 : 1)
    .map((path) => `${sha256(path)}  ${basename(path)}\n`).join("");
}

/** The package that a bill of materials describes. */
export interface BillOptions {
  readonly manifest: Pick<NpmManifest, "name" | "version" | "license" | "dependencies">;
  /** The SHA-256 of the published archive. */
  readonly sha256: string;
  /** The day of the release, such as `2026-11-20`. */
  readonly date: string;
}

/**
 * Returns the bill of materials of the package and its locked dependencies, as CycloneDX JSON from `npm sbom`. The same
 * input gives the same text.
 *
 * @throws {Error} if `package-lock.json` has another version of a dependency
 */
export async function billOfMaterials(
  { manifest, sha256, date }: BillOptions,
): Promise<string> {
  const { packages } = JSON.parse(readFileSync(join(projectRoot, "package-lock.json"), "utf8")) as {
    packages: Record<string, Manifest>;
  };
  const locked: Record<string, unknown> = {};
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    const entry = packages[`node_modules/${name}`];
    if (entry?.version !== version) {
      throw new Error(`package-lock.json has ${name} ${entry?.version}, not ${version}`);
    }
    for (const one of [name, ...Object.keys(entry.optionalDependencies ?? {})]) {
      locked[`node_modules/${one}`] = { ...packages[`node_modules/${one}`], dev: undefined };
    }
  }
  const bill = await withScratch("sbom-", async (folder) => {
    const { name, version } = manifest;
    const lock = { name, version, lockfileVersion: 3, packages: { "": manifest, ...locked } };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
    const args = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only"];
    const { code, stdout, output } = await runCommand("npm", args, { cwd: folder });
    if (code !== 0) throw new Error(`Cannot make the bill of materials:\n${output}`);
    return JSON.parse(stdout);
  });
  // npm writes a random number, the time and the name of the folder.
  bill.serialNumber = "urn:uuid:" +
    sha256.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-8$3-8$4-$5");
  bill.metadata.timestamp = `${date}T00:00:00.000Z`;
  Object.assign(bill.metadata.component, {
    name: manifest.name,
    hashes: [{ alg: "SHA-256", content: sha256 }],
  });
  return JSON.stringify(bill, null, 2) + "\n";
}

/** Runs `npm view` with these arguments. */
export type NpmView = (
  args: readonly string[],
) => Promise<Pick<CommandResult, "code" | "output" | "stdout">>;

/**
 * Checks that `@openai/codex` and its package for each platform are published in this version.
 *
 * @throws {Error} if one of them is not, or the registry does not answer
 */
export async function checkPublished(version: string, view: NpmView): Promise<void> {
  const ask = async (spec: string, field: string): Promise<string> => {
    const { code, stdout, output } = await view([spec, field, "--json"]);
    if (code === 0 && stdout.trim() !== "") return stdout;
    if (code === 0 || output.includes("E404")) {
      throw new Error(`Cannot release: the registry has no ${spec}`);
    }
    throw new Error(`Cannot release: the registry does not answer for ${spec}\n${output.trim()}`);
  };
  const codex = `@openai/codex@${version}`;
  const aliases = Object.values<string>(JSON.parse(await ask(codex, "optionalDependencies")));
  if (aliases.length === 0) {
    throw new Error(`Cannot release: ${codex} has no package for any platform`);
  }
  await Promise.all(aliases.map((target) => ask(target.replace(/^npm:/, ""), "version")));
}
