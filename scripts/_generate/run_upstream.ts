/** Runs the pinned native binary, which writes its protocol as TypeScript files into a folder. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { withScratch } from "../_lib/interruption.ts";
import { releaseVersion } from "../_lib/release_version.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const TARGETS: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-musl",
  "linux-arm64": "aarch64-unknown-linux-musl",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
  "win32-x64": "x86_64-pc-windows-msvc",
  "win32-arm64": "aarch64-pc-windows-msvc",
};

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
  const platform = `${process.platform}-${process.arch}`;
  const target = TARGETS[platform];
  if (target === undefined) {
    throw new Error(`Cannot find the runtime: no package for "${platform}"`);
  }
  const name = process.platform === "win32" ? "codex.exe" : "codex";
  const folder = join(ROOT, "node_modules", "@openai", `codex-${platform}`);
  return join(folder, "vendor", target, "bin", name);
}

/**
 * Calls `use` with folders that hold fresh upstream files, then removes them.
 *
 * @throws {Error} if the binary is not of the version that the root `package.json` pins
 */
export async function withUpstream<T>(use: (folders: UpstreamFolders) => T): Promise<Awaited<T>> {
  return await withScratch("codex-generate-", async (folder) => {
    const home = join(folder, "home");
    await mkdir(home);
    const env = { ...process.env, CODEX_HOME: home };
    const run = (...args: string[]): string =>
      execFileSync(findNativeBinary(), args, { env, encoding: "utf8", stdio: "pipe" });
    const experimental = join(folder, "experimental");
    const stable = join(folder, "stable");
    run("app-server", "generate-ts", "--experimental", "--out", experimental);
    run("app-server", "generate-ts", "--out", stable);
    const version = releaseVersion(run("--version"));
    const pinned = pinnedVersion();
    if (version !== pinned) {
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
