import { cutChangelog, notesOf, releasedVersions, topVersion } from "./changelog.ts";
import { pinOf } from "./codex_versions.ts";
import { stampVersions } from "./stamp_versions.ts";
import { distTag, runtimeFor, versionFault } from "./version_policy.ts";

/** What is asked for. */
export interface ReleaseRequest {
  readonly version: string;
  /** The version of Codex; the one in use, or that of the same version, when left out. */
  readonly codex?: string | undefined;
  /** The day, as `2026-11-20`. */
  readonly date: string;
  /** The versions that have a tag: they are out, and cannot be made again. */
  readonly tagged: readonly string[];
  /** Whether the section of `CHANGELOG.md` stays open; defaults to `false`. */
  readonly keepOpen?: boolean;
}

/** What a release writes and reports. */
export interface ReleasePlan {
  readonly version: string;
  readonly runtime: string;
  /** Whether another Codex than now comes with it: its package is installed and the types are generated anew. */
  readonly raisesRuntime: boolean;
  /** The tag on npm. */
  readonly tag: "latest" | "next";
  /** What changes, in words. */
  readonly notes: string;
  /** New contents of files, by their path from the root of the project. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Plans a release from the files as they are; writes nothing.
 *
 * @throws {TypeError} when the version breaks the policy, or `CHANGELOG.md` has nothing for it
 */
export function planRelease(
  { version, codex, date, tagged, keepOpen = false }: ReleaseRequest,
  read: (file: string) => string,
): ReleasePlan {
  const inUse = pinOf({ read });
  const runtime = codex ?? runtimeFor(version, inUse);
  const changelog = read("CHANGELOG.md");
  // An earlier run may have written this version's section; the tag is what makes it final.
  const sections = releasedVersions(changelog);
  const again = topVersion(changelog) === version && !tagged.includes(version);
  const released = [...tagged, ...(again ? sections.slice(1) : sections)];
  const fault = versionFault({ version, runtime, released });
  if (fault !== undefined) throw new TypeError(`Cannot release: ${fault}`);
  const { text, notes } = again
    ? { text: changelog, notes: notesOf(changelog, version) }
    : cutChangelog(changelog, { version, runtime, date, keepOpen });
  const files = stampVersions({ version, runtime }, read);
  if (text !== changelog) files.set("CHANGELOG.md", text);
  const raisesRuntime = runtime !== inUse;
  return { version, runtime, raisesRuntime, tag: distTag(version), notes, files };
}
