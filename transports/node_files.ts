/** What Bun and Node have in common: files, environment and platform, through the `node:` modules. */
import { open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Host, PathKind } from "../src/process/host.ts";
import { hasPlugAndPlay, resolvedPackage } from "./node_resolution.ts";

/** A host with all of it but the name of the runtime and the spawner. */
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

// deno-lint-ignore require-await -- Deno's takes a while
async function pluggedPackage(wanted: string): Promise<string | undefined> {
  const url = moduleUrl();
  return url === undefined ? undefined : resolvedPackage(wanted, url);
}

/** Where the modules are that `bun build --compile` put into a program: in no folder of the disk. */
const EMBEDDED_BY_BUN = /^file:\/\/\/(?:[A-Z]:\/~BUN|\$bunfs|%24bunfs)\//i;

/** The folder of this module; none in a program that carries its modules in itself. */
function moduleFolder(): string[] {
  const url = moduleUrl();
  return url === undefined ? [] : [dirname(fileURLToPath(url))];
}

function moduleUrl(): string | undefined {
  const url = (import.meta as { url?: string }).url;
  return url?.startsWith("file:") && !EMBEDDED_BY_BUN.test(url) ? url : undefined;
}
