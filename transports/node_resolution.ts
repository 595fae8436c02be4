/** Packages as Node's own resolution finds them: under Yarn's Plug'n'Play there is no `node_modules` to look into. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";

/** Whether Yarn's hooks resolve packages in this process. */
export function hasPlugAndPlay(): boolean {
  return process.versions["pnp"] !== undefined;
}

/**
 * The folder of a runtime package, such as `@openai/codex@0.169.0`, that is a dependency of the module `from`: of its
 * package for this platform where it has one, as only that is no archive. `undefined` when it is not installed.
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
