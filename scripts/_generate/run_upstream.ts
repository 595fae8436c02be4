/** Runs a native binary, which writes its protocol as TypeScript files into a folder. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import {
  packageCandidates,
  packageFolder,
  UPSTREAM_PACKAGE,
} from "../../src/process/runtime_package.ts";
import { withScratch } from "../_lib/interruption.ts";
import { projectRoot } from "../_lib/project.ts";
import { releaseVersion } from "../_lib/release_version.ts";

/** The folders with the upstream files, for the whole protocol and for its stable part. */
export interface UpstreamFolders {
  readonly experimental: string;
  /** What a client sees without enabling the experimental API. */
  readonly stable: string;
  readonly version: string;
}

/** Returns the path of the native binary of this platform below the folder `node_modules` of `root`. */
export function findNativeBinary(root: string = projectRoot): string {
  const { platform, arch } = process;
  const folder = packageFolder(platform, root, UPSTREAM_PACKAGE);
  const binary = packageCandidates(platform, arch, folder, UPSTREAM_PACKAGE)?.find(existsSync);
  if (binary === undefined) {
    throw new Error(`Cannot find the runtime of "${platform}-${arch}" beside ${folder}`);
  }
  return binary;
}

/** Returns the version of Codex that `package.json` pins; another one may be installed. */
export function pinnedCodex(): string {
  const { dependencies } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
  return dependencies[UPSTREAM_PACKAGE];
}

/**
 * Calls `use` with folders that hold the fresh files of a binary, then removes them.
 *
 * @param binary defaults to the pinned one
 * @throws {Error} if `binary` is omitted and the installed binary does not have the pinned version
 */
export async function withUpstream<T>(
  use: (folders: UpstreamFolders) => T,
  binary?: string,
): Promise<Awaited<T>> {
  const program = binary ?? findNativeBinary();
  return await withScratch("codex-generate-", async (folder) => {
    const home = join(folder, "home");
    mkdirSync(home);
    const env = { ...process.env, CODEX_HOME: home };
    const run = (...args: string[]): string =>
      execFileSync(program, args, { env, encoding: "utf8", stdio: "pipe" });
    const version = releaseVersion(run("--version"));
    if (binary === undefined && version !== pinnedCodex()) {
      throw new Error(`Cannot generate: the binary is "${version}", the pin "${pinnedCodex()}"`);
    }
    const [experimental, stable] = [join(folder, "experimental"), join(folder, "stable")];
    run("app-server", "generate-ts", "--experimental", "--out", experimental);
    run("app-server", "generate-ts", "--out", stable);
    return await use({ experimental, stable, version });
  });
}
