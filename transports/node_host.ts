/** What Bun and Node have in common: files, environment, platform and packages, through `node:` modules. */
import { lstat, open, readlink, realpath, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Host, PathKind } from "../src/process/host.ts";

/** Creates a host from the name of the runtime and its spawner. */
export function nodeHost(own: Pick<Host, "runtime" | "spawn">): Host {
  return {
    ...own,
    platform: process.platform,
    arch: process.arch,
    searchFolders: moduleFolder(),
    ...(hasPlugAndPlay() ? { cachedPackage: pluggedPackage } : {}),
    cwd: () => process.cwd(),
    environment: () => process.env as Record<string, string>,
    variable: (name) => process.env[name],
    async look(path): Promise<PathKind> {
      try {
        const info = await stat(path);
        if (info.isDirectory()) return "directory";
        return info.isFile() ? "file" : "missing";
      } catch {
        return "missing";
      }
    },
    realPath: (path) => realpath(path).catch(() => path),
    async readLink(path): Promise<string | undefined> {
      try {
        return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
      } catch (error) {
        const { code } = error as { readonly code?: unknown };
        if (code === "ENOENT" || code === "ENOTDIR") return undefined;
        throw error;
      }
    },
    async magic(path): Promise<string> {
      try {
        const file = await open(path);
        try {
          const { buffer } = await file.read({ buffer: new Uint8Array(2) });
          return new TextDecoder().decode(buffer);
        } finally {
          await file.close();
        }
      } catch {
        return "";
      }
    },
  };
}

// deno-lint-ignore require-await -- Deno's counterpart is asynchronous
async function pluggedPackage(wanted: string): Promise<string | undefined> {
  const url = moduleUrl();
  return url === undefined ? undefined : resolvedPackage(wanted, url);
}

/** The location of modules embedded by `bun build --compile`, which is not on disk. */
const EMBEDDED_BY_BUN = /^file:\/\/\/(?:[A-Z]:\/~BUN|\$bunfs|%24bunfs)\//i;

/** Returns the folder of this module; none in a program that embeds its modules. */
function moduleFolder(): string[] {
  const url = moduleUrl();
  return url === undefined ? [] : [dirname(fileURLToPath(url))];
}

function moduleUrl(): string | undefined {
  const url = (import.meta as { url?: string }).url;
  return url?.startsWith("file:") && !EMBEDDED_BY_BUN.test(url) ? url : undefined;
}

/** Returns whether Yarn's Plug'n'Play resolves packages in this process: there is no `node_modules` to search. */
export function hasPlugAndPlay(): boolean {
  return process.versions["pnp"] !== undefined;
}

/**
 * Returns the folder of a runtime package, such as `@openai/codex@0.169.0`, that the module `from` depends on.
 * Prefers its package for this platform, which alone is unpacked on disk. `undefined` if it is not installed.
 */
export function resolvedPackage(wanted: string, from: string): string | undefined {
  const name = wanted.replace(/@[^@]*$/, "");
  const folder = folderOf(name, from);
  if (folder === undefined) return undefined;
  const platformPackage = `${name}-${process.platform}-${process.arch}`;
  return folderOf(platformPackage, join(folder, "package.json")) ?? folder;
}

function folderOf(name: string, from: string): string | undefined {
  try {
    return dirname(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}
