/** Runs a native binary, the pinned one by default, which writes its protocol as TypeScript files into a folder. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  packageCandidates,
  packageFolder,
  UPSTREAM_PACKAGE,
} from "../../src/process/runtime_package.ts";
import { withScratch } from "../_lib/interruption.ts";
import { releaseVersion } from "../_lib/release_version.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Where the upstream files of both faces of the protocol were written. */
export interface UpstreamFolders {
  /** The whole protocol. */
  readonly experimental: string;
  /** What a client sees without asking for the experimental API. */
  readonly stable: string;
  /** The version of the binary that wrote the files. */
  readonly version: string;
}

/** Returns the path of the native binary of this platform below `node_modules`. */
export function findNativeBinary(): string {
  const { platform, arch } = process;
  const folder = packageFolder(platform, ROOT, UPSTREAM_PACKAGE);
  const binary = packageCandidates(platform, arch, folder, UPSTREAM_PACKAGE)?.find(existsSync);
  if (binary === undefined) {
    throw new Error(`Cannot find the runtime of "${platform}-${arch}" beside ${folder}`);
  }
  return binary;
}

/**
 * Calls `use` with folders that hold the fresh files of a binary, then removes them.
 *
 * @param binary defaults to the pinned one
 * @throws {Error} if `binary` is left out and that below `node_modules` is not of the version that the root
 *   `package.json` pins
 */
export async function withUpstream<T>(
  use: (folders: UpstreamFolders) => T,
  binary?: string,
): Promise<Awaited<T>> {
  const program = binary ?? findNativeBinary();
  return await withScratch("codex-generate-", async (folder) => {
    const home = join(folder, "home");
    await mkdir(home);
    const env = { ...process.env, CODEX_HOME: home };
    const run = (...args: string[]): string =>
      execFileSync(program, args, { env, encoding: "utf8", stdio: "pipe" });
    const experimental = join(folder, "experimental");
    const stable = join(folder, "stable");
    run("app-server", "generate-ts", "--experimental", "--out", experimental);
    run("app-server", "generate-ts", "--out", stable);
    const version = releaseVersion(run("--version"));
    const pinned = pinnedVersion();
    if (binary === undefined && version !== pinned) {
      throw new Error(`Cannot generate: the binary is "${version}", the pin "${pinned}"`);
    }
    return await use({ experimental, stable, version });
  });
}

/** The pin itself, not the package that is installed: an old one may have stayed there. */
function pinnedVersion(): string | undefined {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return dependencies["@openai/codex"];
}
