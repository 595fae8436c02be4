/** Which version a release may have: `docs/adr/0017-versions-and-releases.md` as code. */

/** What a version is held against. */
export interface VersionClaim {
  /** The version of the release. */
  readonly version: string;
  /** The version of Codex that it carries. */
  readonly runtime: string;
  /** The versions that were released before. */
  readonly released: readonly string[];
}

const VERSION = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

interface Version {
  readonly numbers: readonly [number, number, number];
  /** What follows the hyphen; empty for a final version. */
  readonly suffix: readonly string[];
}

/** Why a release may not have this version, in words; `undefined` when it may. */
export function versionFault({ version, runtime, released }: VersionClaim): string | undefined {
  const sdk = parse(version);
  const codex = parse(runtime);
  if (sdk === undefined) return `"${version}" is no version`;
  if (codex === undefined) return `"${runtime}" is no version of Codex`;
  if (lineOf(sdk) !== lineOf(codex)) {
    return `${version} does not begin with the first two numbers of Codex ${runtime}`;
  }
  const kind = codex.suffix.length === 0 ? finalFault(sdk, codex) : previewFault(version, runtime);
  if (kind !== undefined) return `${version} is no version for Codex ${runtime}: ${kind}`;
  const newer = released.find((one) => {
    const other = parse(one);
    return other !== undefined && lineOf(other) === lineOf(sdk) && compare(other, sdk) >= 0;
  });
  return newer === undefined ? undefined : `${version} is not newer than ${newer}`;
}

/** For a final Codex: its own number or a later one, and perhaps a candidate of it. */
function finalFault(sdk: Version, codex: Version): string | undefined {
  if (sdk.numbers[2] < codex.numbers[2]) return "its third number is lower";
  const [name, number, ...rest] = sdk.suffix;
  const isCandidate = name === "rc" && /^[1-9]\d*$/.test(number ?? "") && rest.length === 0;
  return sdk.suffix.length === 0 || isCandidate ? undefined : "only -rc.1, -rc.2 ... may follow";
}

/** For a preview of Codex: the very same version, and a number after it for a fix of the SDK. */
function previewFault(version: string, runtime: string): string | undefined {
  if (version === runtime) return undefined;
  const fix = version.startsWith(`${runtime}.`) ? version.slice(runtime.length + 1) : "";
  return /^[1-9]\d*$/.test(fix) ? undefined : `it must be ${runtime}, or ${runtime}.1 for a fix`;
}

/** The Codex that a release carries unless told: the one in use while the first two numbers are its, then their first. */
export function runtimeFor(version: string, inUse: string): string {
  const [sdk, codex] = [parse(version), parse(inUse)];
  const sameLine = sdk !== undefined && codex !== undefined && lineOf(sdk) === lineOf(codex);
  return sameLine ? inUse : version.replace(/-rc\.\d+$/, "");
}

/** The tag under which npm finds a version: previews and candidates only who asks for them. */
export function distTag(version: string): "latest" | "next" {
  return isFinal(version) ? "latest" : "next";
}

/** Whether nothing follows the three numbers. */
export function isFinal(version: string): boolean {
  return parse(version)?.suffix.length === 0;
}

/** Whether a version comes after another in the order of npm. */
export function isNewer(version: string, other: string): boolean {
  const [a, b] = [parse(version), parse(other)];
  return a !== undefined && b !== undefined && compare(a, b) > 0;
}

function parse(version: string): Version | undefined {
  const match = VERSION.exec(version);
  if (match === null) return undefined;
  const [, major, minor, patch, suffix] = match;
  return {
    numbers: [Number(major), Number(minor), Number(patch)],
    suffix: suffix === undefined ? [] : suffix.split("."),
  };
}

function lineOf({ numbers: [major, minor] }: Version): string {
  return `${major}.${minor}`;
}

/** The order that npm and JSR go by: a suffix comes before the version without. */
function compare(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.suffix.length === 0 || b.suffix.length === 0) return b.suffix.length - a.suffix.length;
  for (let index = 0; index < Math.max(a.suffix.length, b.suffix.length); index++) {
    const difference = comparePart(a.suffix[index], b.suffix[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const [first, second] = [Number(a), Number(b)];
  if (Number.isInteger(first) && Number.isInteger(second)) return first - second;
  if (Number.isInteger(first) !== Number.isInteger(second)) return Number.isInteger(first) ? -1 : 1;
  return a < b ? -1 : 1;
}
