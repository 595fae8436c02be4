/** A simulated host of any platform: files, variables and permissions. */
import { PermissionError } from "../../src/errors/start_errors.ts";
import type { Host, PathKind } from "../../src/process/host.ts";

/** The properties of a simulated host. */
export interface SimulatedHost {
  readonly runtime?: string;
  readonly platform?: string;
  readonly arch?: string;
  readonly cwd?: string;
  /** Paths of files; those in `scripts` start with `#!`. */
  readonly files?: readonly string[];
  readonly scripts?: readonly string[];
  readonly links?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the environment as a whole may not be read. */
  readonly hidesEnvironment?: boolean;
  /** Variables and paths (by prefix) that may not be read. */
  readonly denied?: readonly string[];
  readonly searchFolders?: readonly string[];
  readonly cachedPackage?: (wanted: string) => Promise<string | undefined>;
  readonly limitsPrograms?: boolean;
}

/** Creates a simulated host. */
export function simulatedHost(made: SimulatedHost): Host {
  const platform = made.platform ?? "linux";
  const cwd = made.cwd ?? (platform === "win32" ? "C:\\work" : "/work");
  const links = made.links ?? {};
  const files = [...(made.files ?? []), ...(made.scripts ?? [])];
  const resolve = (path: string): string => {
    for (const [from, to] of Object.entries(links)) {
      if (path === from || path.startsWith(`${from}/`)) return to + path.slice(from.length);
    }
    return path;
  };
  const separator = platform === "win32" ? "\\" : "/";
  const check = (name: string, flag: string): void => {
    if (made.denied?.some((prefix) => name.startsWith(prefix))) {
      throw new PermissionError(`read ${name}`, `${flag}=${name}`);
    }
  };
  return {
    runtime: made.runtime ?? "node",
    platform,
    arch: made.arch ?? "x64",
    spawn: () => Promise.reject(new Error("not spawned here")),
    searchFolders: made.searchFolders ?? [cwd],
    cwd: () => cwd,
    environment: () => made.hidesEnvironment ? undefined : made.environment ?? {},
    variable(name): string | undefined {
      check(name, "--allow-env");
      return made.environment?.[name];
    },
    look(path): Promise<PathKind> {
      try {
        check(path, "--allow-read");
      } catch (error) {
        return Promise.reject(error);
      }
      const real = resolve(path);
      if (files.includes(path) || files.includes(real)) return Promise.resolve("file");
      const isFolder = files.some((file) =>
        file.startsWith(path + separator) || file.startsWith(real + separator)
      );
      return Promise.resolve(isFolder ? "directory" : "missing");
    },
    readLink: () => Promise.resolve(undefined),
    realPath: (path) => Promise.resolve(resolve(path)),
    magic: (path) =>
      Promise.resolve(
        made.scripts?.some((one) => one === path || one === resolve(path)) ? "#!" : "\x7fE",
      ),
    ...(made.cachedPackage === undefined ? {} : { cachedPackage: made.cachedPackage }),
    ...(made.limitsPrograms === undefined
      ? {}
      : { limitsPrograms: () => Promise.resolve(made.limitsPrograms === true) }),
  };
}
