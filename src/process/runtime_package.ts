/** The npm package that holds the runtime, by name. */
import { joinPath, parentPath } from "./paths.ts";

/**
 * The package that the SDK was built against; `deno task stage-sdk` writes another name here for those who ship the
 * runtime from a registry of their own.
 */
export const RUNTIME_PACKAGE: string = "@openai/codex";

const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

/** Whether a text can be the name of an npm package, and so a folder below `node_modules`. */
export function isPackageName(name: unknown): name is string {
  return typeof name === "string" && name.length <= 214 && NAME.test(name);
}

/**
 * Takes an option that names the package.
 *
 * @throws {TypeError} when it is no name of a package
 */
export function checkRuntimePackage(name: unknown): string | undefined {
  if (name === undefined || isPackageName(name)) return name;
  throw new TypeError(`"runtimePackage" must be the name of an npm package, got ${shown(name)}`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : typeof value;
}

/** The package that the runtime's makers publish. */
export const UPSTREAM_PACKAGE: string = "@openai/codex";

const TRIPLES: { readonly [platform: string]: string } = {
  linux: "unknown-linux-musl",
  android: "unknown-linux-musl",
  darwin: "apple-darwin",
  win32: "pc-windows-msvc",
};
const ARCHES: { readonly [arch: string]: string } = { x64: "x86_64", arm64: "aarch64" };

/** The target triple of the executable for a platform; `undefined` where there is none. */
export function targetTriple(platform: string, arch: string): string | undefined {
  const system = TRIPLES[platform];
  const cpu = ARCHES[arch];
  return system === undefined || cpu === undefined ? undefined : `${cpu}-${system}`;
}

/** What the name of a platform's package ends with: `linux-x64`. */
export function platformSuffix(platform: string, arch: string): string {
  return `${platform === "android" ? "linux" : platform}-${arch}`;
}

/** The folder of a package that is installed in `<folder>/node_modules`. */
export function packageFolder(platform: string, folder: string, name: string): string {
  return joinPath(platform, folder, "node_modules", ...name.split("/"));
}

/**
 * The paths where the executable may be that belongs to the folder of a runtime package, such as `@openai/codex`;
 * `undefined` for a platform without one.
 *
 * Beside it: `node_modules/@openai/codex` and `codex-linux-x64` (npm, Bun, pnpm), or `0.169.0` and `0.169.0-linux-x64`
 * (Deno's cache). Inside it: a nested `node_modules`, or `vendor` itself.
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
 * What to ask the package manager for that is built into the JavaScript runtime: `@openai/codex` brings the package of
 * the platform with it, any other name has one package a platform and nothing above them.
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

/** The package folders to which a launcher script of npm, found at a path that is really another, may belong. */
export function nativeOfLauncher(
  platform: string,
  path: string,
  real: string,
): readonly string[] {
  const folders: string[] = [];
  // `<package>/bin/codex.js`, mostly behind a link.
  const match = /^(.*[\\/]@openai[\\/]codex)[\\/]bin[\\/][^\\/]+$/.exec(real);
  if (match?.[1] !== undefined) folders.push(match[1]);
  // `codex.cmd`: beside `node_modules` when global, in `node_modules/.bin` when local.
  const folder = parentPath(platform, path);
  if (folder !== undefined && platform === "win32") {
    folders.push(packageFolder(platform, folder, UPSTREAM_PACKAGE));
    const above = parentPath(platform, folder);
    if (above !== undefined) folders.push(joinPath(platform, above, "@openai", "codex"));
  }
  return folders;
}
