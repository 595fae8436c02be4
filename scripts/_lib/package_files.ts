import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder, projectRoot } from "./project.ts";

/** Returns the package's entry points from `deno.json`: `{ ".": "mod.ts", ... }`. */
export function entryPoints(): Record<string, string> {
  const config: unknown = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8"));
  const { exports } = config as { exports: Record<string, string> };
  return Object.fromEntries(
    Object.entries(exports).map(([name, path]) => [name, path.replace(/^\.\//, "")]),
  );
}

export function libraryFiles(): string[] {
  const files = new Set([
    ...Object.values(entryPoints()),
    ...filesUnder("src", ".ts"),
    ...filesUnder("transports", ".ts"),
  ]);
  return [...files].sort();
}
