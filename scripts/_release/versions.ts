/** Versions of releases: the policy of docs/adr/0017-versions-and-releases.md, and the places that name a version. */
import semver from "semver";

export interface VersionClaim {
  /** The version of the SDK. */
  readonly version: string;
  /** The version of Codex that it carries. */
  readonly runtime: string;
  /** The versions that were released before. */
  readonly released: readonly string[];
}

/** Returns why a release may not have this version, or `undefined` if it may. */
export function versionFault({ version, runtime, released }: VersionClaim): string | undefined {
  if (!isVersion(version)) return `"${version}" is not a version`;
  if (!isVersion(runtime)) return `"${runtime}" is not a version of Codex`;
  if (!isSameLine(version, runtime)) {
    return `${version} does not start with the first two numbers of Codex ${runtime}`;
  }
  const wrong = `${version} is not a version for Codex ${runtime}`;
  if (!isFinal(runtime)) {
    // With a preview of Codex: the same version, plus a number for a fix of the SDK.
    const isFix = /^\.[1-9]\d*$/.test(version.replace(runtime, ""));
    if (version !== runtime && !isFix) {
      return `${wrong}: it must be ${runtime}, or ${runtime}.1 for a fix`;
    }
  } else if (semver.patch(version) < semver.patch(runtime)) {
    return `${wrong}: its third number is lower`;
  } else if (!/^[\d.]+(?:-rc\.[1-9]\d*)?$/.test(version)) {
    return `${wrong}: only -rc.1, -rc.2, ... may follow`;
  }
  const newer = released.find((other) => {
    return isVersion(other) && isSameLine(other, version) && semver.gte(other, version);
  });
  return newer && `${version} is not newer than ${newer}`;
}

/** Returns the default Codex of a release: the pinned one, or for a new line the version itself. */
export function runtimeFor(version: string, pinned: string): string {
  const isPinned = isVersion(version) && isSameLine(version, pinned);
  return isPinned ? pinned : version.replace(/-rc\.\d+$/, "");
}

/** Returns the npm dist-tag of a version: previews and candidates are opt-in. */
export function distTag(version: string): "latest" | "next" {
  return isFinal(version) ? "latest" : "next";
}

export function isFinal(version: string): boolean {
  return semver.prerelease(version) === null;
}

/** Accepts `1.2.3` and `1.2.3-suffix`: no prefix and no build metadata, which npm ignores. */
function isVersion(text: string): boolean {
  return semver.valid(text) === text;
}

function isSameLine(version: string, other: string): boolean {
  return semver.major(version) === semver.major(other) &&
    semver.minor(version) === semver.minor(other);
}

/** What a release writes into the sources: the versions of the SDK and of Codex. */
type Stamp = Pick<VersionClaim, "version" | "runtime">;

/** The files that name a version, and the text around it. */
const PLACES: readonly { file: string; pattern: RegExp; of: keyof Stamp }[] = [
  { file: "deno.json", pattern: /^( {2}"version": ")[^"]+(",)$/m, of: "version" },
  { file: "src/util/sdk_version.ts", pattern: /(SDK_VERSION: string = ")[^"]+(")/, of: "version" },
  {
    file: "src/process/runtime_version.ts",
    pattern: /(RUNTIME_VERSION: string = ")[^"]+(")/,
    of: "runtime",
  },
  {
    file: "docs/runtime-packages.md",
    pattern: /(--(?:codex|runtime)-version=(?:rust-v)?)\d[\w.-]*()/g,
    of: "runtime",
  },
  // Both the dependency and the override.
  { file: "package.json", pattern: /("@openai\/codex": ")[^"]+(")/g, of: "runtime" },
];

/**
 * Returns the files whose content changes, by their path from the root of the project.
 *
 * @throws {TypeError} if a file names no version where it should
 */
export function stampVersions(stamp: Stamp, read: (file: string) => string): Map<string, string> {
  const changed = new Map<string, string>();
  for (const { file, pattern, of } of PLACES) {
    const before = read(file);
    if (before.search(pattern) < 0) throw new TypeError(`"${file}" names no version`);
    const after = before.replace(pattern, (_, start: string, end: string) => {
      return start + stamp[of] + end;
    });
    if (after !== before) changed.set(file, after);
  }
  return changed;
}
