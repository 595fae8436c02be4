/** The npm package that tests install: built once. */
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { until, withScratch } from "../../scripts/_lib/interruption.ts";
import { libraryFiles } from "../../scripts/_lib/package_files.ts";
import { filesUnder, projectRoot } from "../../scripts/_lib/project.ts";
import { buildPackage, type NpmManifest } from "../../scripts/_npm/package.ts";

const cache = join(projectRoot, "node_modules", ".cache");
const prefix = "codex-built-package-";

/** Milliseconds to wait for another process that builds the same. */
const BUILD_MS = 120_000;

/**
 * Puts the built npm package into a folder and returns its manifest. It is built once for all tests, and again when
 * anything changes that it is made from.
 */
export async function copyPackage(to: string): Promise<NpmManifest> {
  cpSync(await builtPackage(), to, { recursive: true });
  return JSON.parse(readFileSync(join(to, "package.json"), "utf8"));
}

async function builtPackage(): Promise<string> {
  const hash = createHash("sha256");
  const others = ["deno.json", "package-lock.json", "README.md", "CHANGELOG.md", "LICENSE"];
  for (const file of [...libraryFiles(), ...filesUnder("scripts", ".ts"), ...others]) {
    hash.update(`${file}\0`).update(readFileSync(join(projectRoot, file))).update("\0");
  }
  const folder = join(cache, prefix + hash.digest("hex").slice(0, 16));
  mkdirSync(cache, { recursive: true });
  const isBuilding = (): boolean =>
    readdirSync(cache).some((name) => join(cache, name).startsWith(`${folder}-`));
  await until(() => existsSync(folder) || !isBuilding(), BUILD_MS);
  if (existsSync(folder)) return folder;
  const older = readdirSync(cache).filter((name) =>
    name.startsWith(prefix) && !/-\w{6}$/.test(name)
  );
  for (const name of older) rmSync(join(cache, name), { recursive: true, force: true });
  await withScratch(`${folder}-`, async (unfinished) => {
    const built = join(unfinished, "package");
    await buildPackage(built);
    if (!existsSync(folder)) renameSync(built, folder);
  });
  return folder;
}
