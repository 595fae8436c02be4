import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../_lib/project.ts";
import type { NpmManifest } from "../_npm/manifest.ts";
import { packPackage } from "../_npm/pack_package.ts";
import { checksumLines, sha256 } from "./checksums.ts";
import { billOfMaterials, type LockedPackage } from "./sbom.ts";

/** What the artifacts are of. */
export interface Release {
  readonly version: string;
  /** The version of Codex in it. */
  readonly runtime: string;
  readonly notes: string;
  /** The day, as `2026-11-20`. */
  readonly date: string;
}

/**
 * Fills `release/`: the archive for npm, its bill of materials, the notes, and the checksums of them. What was in there goes.
 *
 * @throws {Error} when the package that was built is not the planned one
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
  const lock = JSON.parse(readFileSync(join(projectRoot, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  const bill = { manifest, sha256: sha256(tarball), locked: lock.packages, date: release.date };
  const files = [tarball, join(out, "sbom.cdx.json"), join(out, "NOTES.md")] as const;
  writeFileSync(files[1], billOfMaterials(bill));
  writeFileSync(files[2], `${release.notes}\n`);
  const sums = join(out, "SHA256SUMS");
  writeFileSync(sums, checksumLines(files));
  return [...files, sums];
}
