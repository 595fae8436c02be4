/** Where the npm packages of the runtime keep the native executable. */
import { joinPath, parentPath } from "./paths.ts";

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

/**
 * The paths where the executable may be that belongs to a folder of `@openai/codex`; `undefined` for a platform without
 * one.
 *
 * Beside it: `node_modules/@openai/codex` and `codex-linux-x64` (npm, Bun, pnpm), or `0.169.0` and `0.169.0-linux-x64`
 * (Deno's cache). Inside it: a nested `node_modules`, or `vendor` itself.
 */
export function packageCandidates(
  platform: string,
  arch: string,
  folder: string,
): readonly string[] | undefined {
  const triple = targetTriple(platform, arch);
  if (triple === undefined) return undefined;
  const suffix = `${platform === "android" ? "linux" : platform}-${arch}`;
  const file = platform === "win32" ? "codex.exe" : "codex";
  return [
    `${folder}-${suffix}`,
    joinPath(platform, folder, "node_modules", "@openai", `codex-${suffix}`),
    folder,
  ].map((root) => joinPath(platform, root, "vendor", triple, "bin", file));
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
    folders.push(joinPath(platform, folder, "node_modules", "@openai", "codex"));
    const above = parentPath(platform, folder);
    if (above !== undefined) folders.push(joinPath(platform, above, "@openai", "codex"));
  }
  return folders;
}
