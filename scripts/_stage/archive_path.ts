import { posix } from "node:path";

/** Characters that a name must not have: `\` and `:` have a meaning on Windows. */
// deno-lint-ignore no-control-regex -- a name with such characters is what it looks for
const NOT_IN_A_NAME = /[\\:\x00-\x1f]/;

/**
 * Returns the path of an entry in its shortest form; empty for the root of the archive.
 *
 * @throws {Error} if the path leaves the archive, or means different things on different systems
 */
export function entryPath(stored: string): string {
  const path = inside(stored);
  if (path === undefined || stored.split("/").includes("..")) {
    throw new Error(`the path of the entry ${JSON.stringify(stored)} is not a plain relative one`);
  }
  return path;
}

/**
 * Returns the path that a link points to, relative to the root of the archive.
 *
 * @param base the folder that the target is relative to
 * @throws {Error} if the target lies outside
 */
export function linkTarget(link: string, base: string, target: string): string {
  const path = posix.isAbsolute(target) ? undefined : inside(posix.join(base, target));
  if (path === undefined) {
    throw new Error(`the link "${link}" leads out of the archive, to ${JSON.stringify(target)}`);
  }
  return path;
}

function inside(stored: string): string | undefined {
  const path = posix.normalize(stored).replace(/\/$/, "");
  const leaves = posix.isAbsolute(path) || path === ".." || path.startsWith("../");
  if (stored === "" || leaves || NOT_IN_A_NAME.test(path)) return undefined;
  return path === "." ? "" : path;
}
