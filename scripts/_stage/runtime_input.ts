import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { PlatformTag } from "./platform_tag.ts";
import { StageError } from "./stage_error.ts";

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
 * Finds the runtime in an executable, in an npm package of a platform, or in the unpacked folder of a release.
 *
 * @throws {StageError} when there is none for the platform
 */
export function runtimeInput(path: string, platform: PlatformTag): RuntimeInput {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) throw new StageError(`"${path}" does not exist`);
  if (!kind.isDirectory()) return executableAlone(path);
  const layout = layoutIn(path, platform);
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
  if (/\.(?:tgz|tar|gz|zip|zst)$/.test(executable)) {
    throw new StageError(`"${executable}" is an archive: unpack it and give its folder`);
  }
  const bin = dirname(executable);
  const layout = dirname(bin);
  const more = basename(bin) === "bin" && existsSync(join(layout, "codex-path"));
  return {
    executable,
    claims: [],
    ...(more ? { note: `the executable alone; give "${layout}" to stage its helpers too` } : {}),
  };
}

function layoutIn(folder: string, { tag, triple, executable }: PlatformTag): string {
  const vendor = join(folder, "vendor");
  const layouts = [join(vendor, triple), folder];
  const layout = layouts.find((one) => existsSync(join(one, "bin", executable)));
  if (layout !== undefined) return layout;
  const others = existsSync(vendor) ? readdirSync(vendor).filter((name) => name !== triple) : [];
  if (others.length > 0) {
    throw new StageError(`"${folder}" holds a runtime for ${others.join(", ")}, not for ${tag}`);
  }
  if (existsSync(join(folder, "bin", "codex.js"))) {
    throw new StageError(
      `"${folder}" is the launcher, which holds no executable: give its platform's package, codex-${tag}`,
    );
  }
  const looked = layouts.map((one) => `"${join(one, "bin", executable)}"`).join(" nor ");
  throw new StageError(`No executable for ${tag} in the input: neither ${looked} exists`);
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
