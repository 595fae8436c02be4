/** The npm package that contains the runtime: its name, and where it keeps the native executable. */
import { joinPath, parentPath } from "./paths.ts";

/**
 * The package that the SDK was built against. `deno task stage-sdk` writes another name here for those who distribute
 * the runtime through their own registry.
 */
export const RUNTIME_PACKAGE: string = "@openai/codex";

const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** Returns whether a value is a valid npm package name, and therefore a folder below `node_modules`. */
export function isPackageName(name: unknown): name is string {
  return typeof name === "string" && name.length <= 214 && NAME.test(name);
}

/**
 * Checks an option that names the package.
 *
 * @throws {TypeError} if it is not a valid package name
 */
export function checkRuntimePackage(name: unknown): string | undefined {
  if (name === undefined || isPackageName(name)) return name;
  throw new TypeError(`"runtimePackage" must be the name of an npm package, got ${shown(name)}`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : typeof value;
}

/** The package published upstream. */
export const UPSTREAM_PACKAGE: string = "@openai/codex";

const TRIPLES: { readonly [platform: string]: string } = {
  linux: "unknown-linux-musl",
  android: "unknown-linux-musl",
  darwin: "apple-darwin",
  win32: "pc-windows-msvc",
};
const ARCHES: { readonly [arch: string]: string } = { x64: "x86_64", arm64: "aarch64" };

/** Returns the target triple of the platform's executable; `undefined` if there is none. */
export function targetTriple(platform: string, arch: string): string | undefined {
  const system = TRIPLES[platform];
  const cpu = ARCHES[arch];
  return system === undefined || cpu === undefined ? undefined : `${cpu}-${system}`;
}

/** Returns the suffix of a platform's package name, such as `linux-x64`. */
export function platformSuffix(platform: string, arch: string): string {
  return `${platform === "android" ? "linux" : platform}-${arch}`;
}

/** Returns the folder of a package installed in `<folder>/node_modules`. */
export function packageFolder(platform: string, folder: string, name: string): string {
  return joinPath(platform, folder, "node_modules", ...name.split("/"));
}

/**
 * Returns the folder on disk for one in an Electron archive: no program can be started from `app.asar`, so packages
 * with programs are unpacked to `app.asar.unpacked`.
 */
export function unpackedFolder(folder: string): string {
  return folder.replace(/\.asar(?=[\\/]|$)/g, ".asar.unpacked");
}

/**
 * Returns the possible paths of the executable that belongs to the folder of a runtime package, such as
 * `@openai/codex`;
 * `undefined` for an unsupported platform.
 *
 * Next to the folder: `node_modules/@openai/codex` and `codex-linux-x64` (npm, Bun, pnpm), or `0.169.0` and
 * `0.169.0-linux-x64` (Deno's cache). Inside it: a nested `node_modules`, or `vendor` itself.
 */
export function packageCandidates(
  platform: string,
  arch: string,
  folder: string,
  name: string,
): readonly string[] | undefined {
  const triple = targetTriple(platform, arch);
  if (triple === undefined) return undefined;
  const suffix = platformSuffix(platform, arch);
  const file = platform === "win32" ? "codex.exe" : "codex";
  return [
    `${folder}-${suffix}`,
    packageFolder(platform, folder, `${name}-${suffix}`),
    folder,
  ].map((root) => joinPath(platform, root, "vendor", triple, "bin", file));
}

/**
 * Returns what to request from the package manager built into the JavaScript runtime: `@openai/codex` depends on its
 * platform packages, any other name has only one package per platform.
 */
export function packageToFetch(
  platform: string,
  arch: string,
  name: string,
  version: string,
): string {
  const suffix = `-${platformSuffix(platform, arch)}`;
  const whole = name === UPSTREAM_PACKAGE || name.endsWith(suffix) ? name : name + suffix;
  return `${whole}@${version}`;
}

/** Returns the package folders that npm's launcher script, found at `path` with the real path `real`, may belong to. */
export function nativeOfLauncher(
  platform: string,
  path: string,
  real: string,
): readonly string[] {
  const folders: string[] = [];
  // `<package>/bin/codex.js`, usually behind a link.
  const match = /^(.*[\\/]@openai[\\/]codex)[\\/]bin[\\/][^\\/]+$/.exec(real);
  if (match?.[1] !== undefined) folders.push(match[1]);
  // `codex.cmd`: next to `node_modules` if global, in `node_modules/.bin` if local.
  const folder = parentPath(platform, path);
  if (folder !== undefined && platform === "win32") {
    folders.push(packageFolder(platform, folder, UPSTREAM_PACKAGE));
    const above = parentPath(platform, folder);
    if (above !== undefined) folders.push(joinPath(platform, above, "@openai", "codex"));
  }
  return folders;
}
