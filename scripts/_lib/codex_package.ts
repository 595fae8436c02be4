import process from "node:process";
import { platformSuffix, UPSTREAM_PACKAGE } from "../../src/process/runtime_package.ts";
import { findNativeBinary } from "../_generate/run_upstream.ts";
import { runCommand } from "./command.ts";
import { withScratch } from "./interruption.ts";
import { releaseVersion } from "./release_version.ts";

/**
 * Calls `use` with the native binary of a Codex for this platform. npm verifies the package and keeps it in its cache.
 *
 * @param install installs an npm package below `<folder>/node_modules`
 * @throws {TypeError} if `version` is not a version
 * @throws {Error} if there is no such package, or this platform has none
 */
export async function withCodex<T>(
  version: string,
  use: (binary: string) => T | Promise<T>,
  install: (folder: string, spec: string) => Promise<void> = installPackage,
): Promise<T> {
  const whole = `${releaseVersion(version)}-${platformSuffix(process.platform, process.arch)}`;
  return await withScratch("codex-package-", async (folder) => {
    await install(folder, `${UPSTREAM_PACKAGE}@${whole}`);
    return await use(findNativeBinary(folder));
  });
}

/** Returns the newest version of Codex that npm has under its tag `latest`. */
export async function newestCodex(): Promise<string> {
  const { code, stdout, output } = await runCommand("npm", ["view", UPSTREAM_PACKAGE, "version"]);
  if (code !== 0) throw new Error(`Cannot find the newest Codex:\n${output}`);
  return releaseVersion(stdout);
}

async function installPackage(folder: string, spec: string): Promise<void> {
  const flags =
    "--prefer-offline --no-save --no-package-lock --ignore-scripts --no-audit --no-fund";
  const args = ["install", `--prefix=${folder}`, ...flags.split(" "), spec];
  const { code, output } = await runCommand("npm", args, { cwd: folder, timeoutMs: 600_000 });
  if (code !== 0) throw new Error(`Cannot fetch ${spec}:\n${output}`);
}
