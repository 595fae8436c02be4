/** What Bun and Node have in common: files, environment and platform, through the `node:` modules. */
import { open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Host, PathKind } from "../src/process/host.ts";

/** A host with all of it but the name of the runtime and the spawner. */
export function nodeHost(own: Pick<Host, "runtime" | "spawn">): Host {
  return {
    ...own,
    platform: process.platform,
    arch: process.arch,
    searchFolders: moduleFolder(),
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

/** The folder of this module; none in a bundle that knows no URL of its own. */
function moduleFolder(): string[] {
  const url = (import.meta as { url?: string }).url;
  return url?.startsWith("file:") ? [dirname(fileURLToPath(url))] : [];
}
