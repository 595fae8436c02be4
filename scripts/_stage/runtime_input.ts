import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { PlatformTag } from "./platform_tag.ts";
import { StageError } from "./stage_error.ts";
import { isArchive, unpackArchive } from "./unpack_archive.ts";

/** The runtime that is to be staged, wherever it was found. */
export interface RuntimeInput {
  /** The native executable. */
  readonly executable: string;
  /** The folder with `bin`, `codex-path` and `codex-resources`; none for an executable alone. */
  readonly layout?: string;
  /** What the input says about itself. */
  readonly claims: readonly RuntimeClaim[];
  /** Something to tell the user. */
  readonly note?: string;
}

/** A version or a target that a file of the input names. */
export interface RuntimeClaim {
  readonly file: string;
  readonly version?: string;
  readonly target?: string;
}

/**
 * Finds the runtime in an executable, in an npm package of a platform, in the folder of a release, or in an archive.
 *
 * @param scratch an empty folder, where an archive is unpacked
 * @throws {StageError} when there is none for the platform
 */
export async function runtimeInput(
  path: string,
  platform: PlatformTag,
  scratch: string,
): Promise<RuntimeInput> {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) throw new StageError(`"${path}" does not exist`);
  if (kind.isDirectory()) return folderInput(path, platform);
  if (!isArchive(path)) return executableAlone(path);
  await unpackArchive(path, scratch);
  return folderInput(topFolder(scratch), platform);
}

/** The folder of the release: some archives hold it, others hold what is in it. */
function topFolder(folder: string): string {
  const [only, ...others] = readdirSync(folder, { withFileTypes: true });
  if (only === undefined || others.length > 0 || !only.isDirectory()) return folder;
  return ["bin", "vendor"].includes(only.name) ? folder : join(folder, only.name);
}

function folderInput(path: string, platform: PlatformTag): RuntimeInput {
  const { executable, triple } = platform;
  const names = [executable.replace("codex", `codex-${triple}`), executable];
  const layout = layoutIn(path, platform);
  if (layout === undefined) {
    const name = names.find((one) => existsSync(join(path, one)));
    if (name === undefined) throw nothingIn(path, platform, names);
    const others = readdirSync(path).filter((one) => one !== name);
    return {
      executable: join(path, name),
      claims: [],
      ...(others.length > 0 ? { note: `the executable alone, without ${others.join(", ")}` } : {}),
    };
  }
  const claims = [
    claimOf(join(path, "package.json"), platform),
    claimOf(join(layout, "codex-package.json"), platform),
  ];
  return {
    executable: join(layout, "bin", platform.executable),
    layout,
    claims: claims.filter((claim) => claim !== undefined),
  };
}

function executableAlone(executable: string): RuntimeInput {
  const bin = dirname(executable);
  const layout = dirname(bin);
  const more = basename(bin) === "bin" && existsSync(join(layout, "codex-path"));
  return {
    executable,
    claims: [],
    ...(more ? { note: `the executable alone; give "${layout}" to stage its helpers too` } : {}),
  };
}

function layoutIn(folder: string, { triple, executable }: PlatformTag): string | undefined {
  const layouts = [join(folder, "vendor", triple), folder];
  return layouts.find((one) => existsSync(join(one, "bin", executable)));
}

function nothingIn(
  folder: string,
  { tag, triple, executable }: PlatformTag,
  names: readonly string[],
): StageError {
  const vendor = join(folder, "vendor");
  const others = existsSync(vendor) ? readdirSync(vendor).filter((name) => name !== triple) : [];
  if (others.length > 0) {
    return new StageError(`"${folder}" holds a runtime for ${others.join(", ")}, not for ${tag}`);
  }
  if (existsSync(join(folder, "bin", "codex.js"))) {
    return new StageError(
      `"${folder}" is the launcher, which holds no executable: give its platform's package, codex-${tag}`,
    );
  }
  const looked = [`vendor/${triple}/bin/${executable}`, `bin/${executable}`, ...names].join(", ");
  const held = readdirSync(folder).slice(0, 8).join(", ") || "nothing";
  return new StageError(
    `No executable for ${tag} in "${folder}": expected one of ${looked}; found ${held}`,
  );
}

/** What `package.json` or `codex-package.json` says; the platform at the end of npm's version is left out. */
function claimOf(file: string, { tag }: PlatformTag): RuntimeClaim | undefined {
  if (!existsSync(file)) return undefined;
  const read: unknown = JSON.parse(readFileSync(file, "utf8"));
  const { version, target } = read as { version?: unknown; target?: unknown };
  return {
    file,
    ...(typeof version === "string" ? { version: version.replace(`-${tag}`, "") } : {}),
    ...(typeof target === "string" ? { target } : {}),
  };
}
