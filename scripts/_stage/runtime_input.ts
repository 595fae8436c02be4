import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isArchive, unpackArchive } from "./archive.ts";
import type { PlatformTag } from "./common.ts";

export interface RuntimeInput {
  readonly executable: string;
  /** The folder with `bin`, `codex-path` and `codex-resources`; none for an executable alone. */
  readonly layout?: string;
  readonly note?: string;
}

/**
 * Finds the runtime in an executable, in an npm package of a platform, in a release folder, or in an archive.
 *
 * @param scratch an empty folder, where an archive is unpacked
 * @throws {TypeError} if there is none for the platform, or the input states another version or target
 */
export async function runtimeInput(
  path: string,
  version: string,
  platform: PlatformTag,
  scratch: string,
): Promise<RuntimeInput> {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) throw new TypeError(`"${path}" does not exist`);
  if (kind.isDirectory()) return folderInput(path, version, platform);
  if (isArchive(path)) {
    await unpackArchive(path, scratch);
    return folderInput(topFolder(scratch), version, platform);
  }
  const layout = dirname(dirname(path));
  const isLayout = basename(dirname(path)) === "bin" && existsSync(join(layout, "codex-path"));
  const note = `the executable alone; give "${layout}" to stage its helpers too`;
  return { executable: path, ...(isLayout ? { note } : {}) };
}

/** Returns the release folder: some archives contain it, others its content. */
function topFolder(folder: string): string {
  const [only, ...others] = readdirSync(folder, { withFileTypes: true });
  if (only === undefined || others.length > 0 || !only.isDirectory()) return folder;
  return ["bin", "vendor"].includes(only.name) ? folder : join(folder, only.name);
}

function folderInput(folder: string, version: string, platform: PlatformTag): RuntimeInput {
  const { tag, os, triple } = platform;
  const end = os === "win32" ? ".exe" : "";
  const places = [`vendor/${triple}/bin/codex`, "bin/codex", `codex-${triple}`, "codex"]
    .map((place) => place + end);
  const place = places.find((one) => existsSync(join(folder, one)));
  if (place === undefined) {
    const vendor = join(folder, "vendor");
    const triples = existsSync(vendor) ? readdirSync(vendor).map((one) => `vendor/${one}`) : [];
    const held = [...triples, ...readdirSync(folder)].slice(0, 8).join(", ") || "nothing";
    throw new TypeError(
      `No executable for ${tag} in "${folder}": expected one of ${places.join(", ")}, ` +
        `as in @openai/codex-${tag}; found ${held}`,
    );
  }
  const executable = join(folder, place);
  if (place.includes("/")) {
    const layout = dirname(dirname(executable));
    checkClaims(join(folder, "package.json"), version, platform);
    checkClaims(join(layout, "codex-package.json"), version, platform);
    return { executable, layout };
  }
  const others = readdirSync(folder).filter((one) => one !== place);
  const note = `the executable alone, without ${others.join(", ")}`;
  return { executable, ...(others.length > 0 ? { note } : {}) };
}

/** Checks what `package.json` or `codex-package.json` states; npm's version may end with the platform. */
function checkClaims(file: string, version: string, { tag, triple }: PlatformTag): void {
  if (!existsSync(file)) return;
  const stated = JSON.parse(readFileSync(file, "utf8"));
  const found = stated.version?.replace(`-${tag}`, "") ?? version;
  if (found !== version) throw new TypeError(`"${file}" says version ${found}, not ${version}`);
  const target = stated.target ?? triple;
  if (target !== triple) throw new TypeError(`"${file}" says target ${target}, not ${triple}`);
}
