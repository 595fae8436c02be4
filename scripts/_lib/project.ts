import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

export const projectRoot: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * The project's own Deno, under a different spelling of its path: when Deno's `node:child_process` starts Deno's exact
 * path, it treats it as Node and grants the child every permission.
 */
export function denoPath(): string {
  return [projectRoot, "node_modules", "deno", ".", withExe("deno")].join("/");
}

export function bunPath(): string {
  return join(projectRoot, "node_modules", "bun", "bin", "bun.exe");
}

/** The project's own esbuild: the executable itself, not its launcher. */
export function esbuildPath(): string {
  const { platform, arch } = process;
  const name = platform === "win32" ? "esbuild.exe" : join("bin", "esbuild");
  return join(projectRoot, "node_modules", "@esbuild", `${platform}-${arch}`, name);
}

function withExe(name: string): string {
  return process.platform === "win32" ? `${name}.exe` : name;
}

/** Returns the files below `folder` whose path ends with `ending`, relative to `root`, with `/`, sorted. */
export function filesUnder(folder: string, ending: string, root: string = projectRoot): string[] {
  const start = join(root, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}
