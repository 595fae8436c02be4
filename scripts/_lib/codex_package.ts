/** Fetches the native binary of any published Codex and caches it. */
import { accessSync, constants, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import {
  packageCandidates,
  packageFolder,
  platformSuffix,
  UPSTREAM_PACKAGE,
} from "../../src/process/runtime_package.ts";
import { runCommand } from "./command.ts";
import { withScratch } from "./interruption.ts";
import { releaseVersion } from "./release_version.ts";

const { platform, arch } = process;

/** The cache folder, and how packages are installed. */
export interface FetchOptions {
  /** The folder of the cache; defaults to {@linkcode cacheFolder}. */
  readonly cache?: string;
  /** Installs an npm package below `<folder>/node_modules`; defaults to npm, which verifies its integrity. */
  readonly install?: (folder: string, spec: string) => Promise<void>;
}

/**
 * Returns the path of the native binary of a Codex for this platform, fetched from npm unless it is in the cache.
 * Several runs may fetch the same version concurrently.
 *
 * @throws {TypeError} if `version` is not a version
 * @throws {Error} if there is no such package, or this platform has none
 */
export async function fetchCodex(
  version: string,
  { cache = cacheFolder(), install = installPackage }: FetchOptions = {},
): Promise<string> {
  const whole = `${releaseVersion(version)}-${platformSuffix(platform, arch)}`;
  const kept = join(cache, `codex-${whole}`);
  if (!existsSync(kept)) {
    // In the cache itself, so that the move is a rename: a package is there completely or not at all.
    await withScratch(join(cache, ".fetch-"), async (folder) => {
      await install(folder, `${UPSTREAM_PACKAGE}@${whole}`);
      const installed = packageFolder(platform, folder, UPSTREAM_PACKAGE);
      findBinary(installed);
      try {
        renameSync(installed, kept);
      } catch (error) {
        // Another run was faster.
        if (!existsSync(kept)) throw error;
      }
    });
  }
  return findBinary(kept);
}

/** Returns the newest version of Codex that npm has under its tag `latest`. */
export async function newestCodex(): Promise<string> {
  const { code, stdout, output } = await runCommand("npm", ["view", UPSTREAM_PACKAGE, "version"]);
  if (code !== 0) throw new Error(`Cannot find the newest Codex:\n${output}`);
  return releaseVersion(stdout);
}

/** Returns the folder where fetched packages are kept: in the user's cache, or else among the temporary files. */
export function cacheFolder(): string {
  const folders = cacheFolders(platform, process.env, homedir());
  const owner = process.getuid?.();
  const folder = folders.find((path) => {
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      accessSync(path, constants.W_OK);
      // Nobody else may have put an executable there.
      return owner === undefined || statSync(path).uid === owner;
    } catch {
      return false;
    }
  });
  if (folder === undefined) throw new Error(`Cannot write to any of ${folders.join(", ")}`);
  return folder;
}

/** Lists where the cache may be on a platform, best first. */
export function cacheFolders(
  system: string,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string[] {
  const user = env["XDG_CACHE_HOME"] ||
    (system === "win32" && env["LOCALAPPDATA"]) ||
    join(home, system === "darwin" ? "Library/Caches" : ".cache");
  const own = `codex-app-server-sdk-${process.getuid?.() ?? "cache"}`;
  return [join(user, "codex-app-server-sdk"), join(tmpdir(), own)];
}

async function installPackage(folder: string, spec: string): Promise<void> {
  const { code, output } = await runCommand("npm", [
    "install",
    `--prefix=${folder}`,
    "--no-save",
    "--no-package-lock",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    spec,
  ], { cwd: folder, timeoutMs: 600_000 });
  if (code !== 0) throw new Error(`Cannot fetch ${spec}:\n${output}`);
}

function findBinary(folder: string): string {
  const binary = packageCandidates(platform, arch, folder, UPSTREAM_PACKAGE)?.find(existsSync);
  if (binary === undefined) throw new Error(`Cannot find an executable in ${folder}`);
  return binary;
}
