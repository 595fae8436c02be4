/** Which paths a file change touches, with symbolic links resolved. */
import type { PeerFiles } from "../../transport/transport.ts";
import { isAbsolutePath } from "../../util/absolute_path.ts";
import { isRecord } from "../../util/is_record.ts";
import { waitAtMost } from "../../util/timer.ts";

/** Reads one symbolic link: its target, or `undefined` for anything else. */
export type ReadLink = PeerFiles["readLink"];

/** The paths of a file change and the directory to compare them with; all absolute, without links. */
export interface TouchedPaths {
  readonly paths: readonly string[];
  readonly cwd: string | null;
}

/** What is read of the disk. */
export interface TouchedPathsOptions {
  readonly cwd: string | null;
  readonly readLink: ReadLink;
  readonly signal?: AbortSignal;
}

/** Milliseconds for reading the links: a network drive may not answer. */
const READ_MS = 5_000;

/** Maximum number of links on the way to one file, as in Linux. */
const MAX_LINKS = 40;

/**
 * Resolves the paths that a request names. `null` if they cannot all be known: the request is malformed, a path is relative,
 * or the links cannot be read.
 */
export async function resolvePaths(
  named: readonly unknown[],
  { cwd, readLink, signal }: TouchedPathsOptions,
): Promise<TouchedPaths | null> {
  if (named.length === 0) return null;
  const names = named.filter((path): path is string =>
    typeof path === "string" && isAbsolutePath(path)
  );
  if (names.length < named.length) return null;
  const resolve = async (): Promise<TouchedPaths> => ({
    paths: [...new Set((await Promise.all(names.map((path) => touched(path, readLink)))).flat())],
    cwd: cwd !== null && isAbsolutePath(cwd) ? (await touched(cwd, readLink)).at(-1) ?? null : null,
  });
  try {
    return await waitAtMost(resolve(), READ_MS, signal) ?? null;
  } catch {
    return null;
  }
}

/** Returns the paths in a list of changes and the targets of its moves. A non-string entry means that the list is malformed. */
export function changedPaths(
  changes: readonly (readonly [path: unknown, change: unknown])[],
): unknown[] {
  return changes.flatMap(([path, change]) => {
    if (!isRecord(change) || typeof change.type !== "string") return [undefined];
    const { move_path: target } = change;
    return target == null ? [path] : [path, target];
  });
}

/** The place of a path, and what it leads to if that is a link. */
async function touched(path: string, readLink: ReadLink): Promise<string[]> {
  const [root, names] = split(path);
  const name = names.pop();
  if (name === undefined) return [root];
  const folder = await follow(root, names, readLink);
  const place = name === ".." ? parent(folder) : join(folder, name);
  const end = await follow(folder, [name], readLink);
  return end === place ? [place] : [place, end];
}

/** Follows names from a folder without links; a missing file is not a link. */
async function follow(from: string, names: readonly string[], readLink: ReadLink): Promise<string> {
  const left = [...names];
  let at = from;
  for (let links = 0, name = left.shift(); name !== undefined; name = left.shift()) {
    const place = name === ".." ? parent(at) : join(at, name);
    const target = name === ".." ? undefined : await readLink(place);
    if (target === undefined) {
      at = place;
      continue;
    }
    if (++links > MAX_LINKS) throw new Error("there are too many links");
    if (isAbsolutePath(target)) {
      const [root, below] = split(target);
      at = root;
      left.unshift(...below);
    } else left.unshift(...namesIn(target, at));
  }
  return at;
}

/** The root of a path, such as `/` or `C:\`, and the names below it. */
function split(path: string): [root: string, names: string[]] {
  if (path.startsWith("/")) return ["/", namesIn(path, "/")];
  const drive = /^(?:[A-Za-z]:|\\\\[^\\/]+[\\/]+[^\\/]+)/.exec(path)?.[0] ?? "";
  const root = `${drive}\\`;
  return [root, namesIn(path.slice(drive.length), root)];
}

/** The names in a path, by the separator of a folder on the same machine. */
function namesIn(path: string, folder: string): string[] {
  const names = path.split(folder.startsWith("/") ? "/" : /[\\/]/);
  return names.filter((name) => name !== "" && name !== ".");
}

function join(folder: string, name: string): string {
  const separator = folder.startsWith("/") ? "/" : "\\";
  return folder.endsWith(separator) ? folder + name : folder + separator + name;
}

function parent(folder: string): string {
  const [root, names] = split(folder);
  return names.slice(0, -1).reduce(join, root);
}
