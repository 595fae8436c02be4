/** The path operations needed to find a program, for any platform. */

/** Joins a folder and names below it. */
export function joinPath(platform: string, folder: string, ...names: readonly string[]): string {
  const separator = separatorOf(platform);
  const base = folder.endsWith(separator) ? folder.slice(0, -1) : folder;
  return [base, ...names].join(separator);
}

/** Returns the parent folder of a path; `undefined` for a root. */
export function parentPath(platform: string, path: string): string | undefined {
  const trimmed = trimEnd(platform, path);
  const cut = lastSeparator(platform, trimmed);
  if (cut < 0 || cut === trimmed.length - 1) return undefined;
  // A share has no parent: `\\server\share`.
  if (platform === "win32" && /^[\\/]{2}[^\\/]+[\\/][^\\/]+$/.test(trimmed)) return undefined;
  // A root keeps its separator: `/` and `C:\`.
  const isRoot = cut === 0 || (platform === "win32" && cut === 2 && trimmed[1] === ":");
  return trimmed.slice(0, isRoot ? cut + 1 : cut);
}

/** Returns the last name of a path. */
export function baseName(platform: string, path: string): string {
  const trimmed = trimEnd(platform, path);
  return trimmed.slice(lastSeparator(platform, trimmed) + 1);
}

/** Returns the path of a `file:` URL, without a trailing separator. */
export function pathOfFileUrl(platform: string, { pathname, host }: URL): string {
  const path = decodeURIComponent(pathname);
  if (platform !== "win32") return trimEnd(platform, path);
  // `file:///C:/sdk` has no host; `file://server/share/sdk` is on another machine.
  const onDrive = host === "" ? path.slice(1) : `//${host}${path}`;
  return trimEnd(platform, onDrive.replaceAll("/", "\\"));
}

/** Returns whether a path is independent of the working directory. */
export function isAbsolutePath(platform: string, path: string): boolean {
  return platform === "win32" ? /^(?:[a-zA-Z]:[\\/]|[\\/]{2})/.test(path) : path.startsWith("/");
}

/** Returns whether a command is a path, rather than a name to look up on PATH. */
export function hasSeparator(platform: string, path: string): boolean {
  return lastSeparator(platform, path) >= 0;
}

/** Returns the folder and all its parents, innermost first. */
export function selfAndAncestors(platform: string, folder: string): string[] {
  const folders: string[] = [];
  for (let at: string | undefined = folder; at !== undefined; at = parentPath(platform, at)) {
    folders.push(at);
  }
  return folders;
}

function separatorOf(platform: string): string {
  return platform === "win32" ? "\\" : "/";
}

function lastSeparator(platform: string, path: string): number {
  const slash = path.lastIndexOf("/");
  return platform === "win32" ? Math.max(slash, path.lastIndexOf("\\")) : slash;
}

function trimEnd(platform: string, path: string): string {
  const ends = path.endsWith("/") || (platform === "win32" && path.endsWith("\\"));
  return ends && path.length > 1 && !path.endsWith(":\\") ? path.slice(0, -1) : path;
}
