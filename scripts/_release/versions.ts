/** Versions of releases: the policy of docs/adr/0017-versions-and-releases.md, and the places that name a version. */
import semver from "semver";

/** A version to be checked against the policy. */
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
  const [sdk, codex] = [parse(version), parse(runtime)];
  if (sdk === undefined) return `"${version}" is not a version`;
  if (codex === undefined) return `"${runtime}" is not a version of Codex`;
  if (lineOf(sdk) !== lineOf(codex)) {
    return `${version} does not start with the first two numbers of Codex ${runtime}`;
  }
  const fault = codex.prerelease.length === 0
    ? finalFault(sdk, codex)
    : previewFault(version, runtime);
  if (fault !== undefined) return `${version} is not a version for Codex ${runtime}: ${fault}`;
  const newer = released.map(parse)
    .find((other) => other && lineOf(other) === lineOf(sdk) && other.compare(sdk) >= 0);
  return newer && `${version} is not newer than ${newer.version}`;
}

/** With a final Codex: the same or a later patch number, optionally as a release candidate. */
function finalFault(sdk: semver.SemVer, codex: semver.SemVer): string | undefined {
  if (sdk.patch < codex.patch) return "its third number is lower";
  const suffix = sdk.prerelease.join(".");
  return /^(?:rc\.[1-9]\d*)?$/.test(suffix) ? undefined : "only -rc.1, -rc.2, ... may follow";
}

/** With a preview of Codex: the same version, plus a number for a fix of the SDK. */
function previewFault(version: string, runtime: string): string | undefined {
  if (version === runtime) return undefined;
  const fix = version.startsWith(`${runtime}.`) ? version.slice(runtime.length + 1) : "";
  return /^[1-9]\d*$/.test(fix) ? undefined : `it must be ${runtime}, or ${runtime}.1 for a fix`;
}

/** Returns the default Codex of a release: the pinned one, or for a new line the version itself. */
export function runtimeFor(version: string, pinned: string): string {
  const [sdk, codex] = [parse(version), parse(pinned)];
  const sameLine = sdk && codex && lineOf(sdk) === lineOf(codex);
  return sameLine ? pinned : version.replace(/-rc\.\d+$/, "");
}

/** Returns the npm dist-tag of a version: previews and candidates are opt-in. */
export function distTag(version: string): "latest" | "next" {
  return isFinal(version) ? "latest" : "next";
}

/** Whether a version has no pre-release part. */
export function isFinal(version: string): boolean {
  return parse(version)?.prerelease.length === 0;
}

/** Whether a version sorts after another; `false` if one of them is not a version. */
export function isNewer(version: string, other: string): boolean {
  const [a, b] = [parse(version), parse(other)];
  return a !== undefined && b !== undefined && a.compare(b) > 0;
}

/** Parses `1.2.3` and `1.2.3-suffix`: no prefix and no build metadata, which npm ignores. */
function parse(version: string): semver.SemVer | undefined {
  const parsed = semver.parse(version);
  return parsed?.version === version ? parsed : undefined;
}

function lineOf({ major, minor }: semver.SemVer): string {
  return `${major}.${minor}`;
}

/** What a release writes into the sources. */
export interface Stamp {
  /** The version of the SDK. */
  readonly version: string;
  /** The version of Codex that it carries. */
  readonly runtime: string;
}

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

/** The project's files and its installed binary. */
export interface CodexTree {
  /** Returns the text of a file of the project; throws if it cannot be read. */
  read(file: string): string;
  /** The version that the installed binary prints. */
  readonly binary: string;
}

/** The fields of `package.json`, and of an entry of `package-lock.json`, that are read here. */
export interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const PACKAGE = "@openai/codex";

/** Returns the version of Codex that the root `package.json` pins. */
export function pinOf({ read }: Pick<CodexTree, "read">): string {
  return (JSON.parse(read("package.json")) as Manifest).dependencies?.[PACKAGE] ?? "";
}

/** Returns one sentence for each place whose version of Codex is not the pinned one. */
export function codexVersionFaults(tree: CodexTree): string[] {
  const pin = pinOf(tree);
  return Object.entries(codexVersions(tree)).filter(([, version]) => version !== pin)
    .map(([place, version]) => `${place} is of Codex ${version ?? "(none)"}, not ${pin}`);
}

function codexVersions({ read, binary }: CodexTree): Record<string, string | undefined> {
  const quoted = (file: string): string | undefined => /= "([^"]+)"/.exec(read(file))?.[1];
  const { overrides = {} } = JSON.parse(read("package.json")) as Manifest;
  const lock = (JSON.parse(read("package-lock.json")) as { packages: Record<string, Manifest> })
    .packages;
  const locked = lock[`node_modules/${PACKAGE}`];
  const installed = JSON.parse(read(`node_modules/${PACKAGE}/package.json`)) as Manifest;
  const found: Record<string, string | undefined> = {
    "src/process/runtime_version.ts": quoted("src/process/runtime_version.ts"),
    "src/generated/version.ts": quoted("src/generated/version.ts"),
    [`the installed ${PACKAGE}`]: installed.version,
    "the installed binary": binary,
    "the root of package-lock.json": lock[""]?.dependencies?.[PACKAGE],
    [`${PACKAGE} in package-lock.json`]: locked?.version,
  };
  for (const [name, override] of Object.entries(overrides)) {
    if (PACKAGE in override) found[`the override for ${name}`] = override[PACKAGE];
  }
  for (const alias of Object.keys(locked?.optionalDependencies ?? {})) {
    // A platform's package has its name as a suffix: 0.171.0-linux-x64.
    const suffix = alias.slice(PACKAGE.length);
    const { version } = lock[`node_modules/${alias}`] ?? {};
    found[`${alias} in package-lock.json`] = version?.endsWith(suffix)
      ? version.slice(0, -suffix.length)
      : version;
  }
  return found;
}
