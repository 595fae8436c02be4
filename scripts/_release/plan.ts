/** Plans a release from the files as they are: versions, notes and the new contents of files. */
import { distTag, isFinal, pinOf, runtimeFor, stampVersions, versionFault } from "./versions.ts";

/** A request for a release. */
export interface ReleaseRequest {
  readonly version: string;
  /** @default the pinned version of Codex, or `version` for a new line */
  readonly codex?: string | undefined;
  /** The day, such as `2026-11-20`. */
  readonly date: string;
  /** The versions that have a tag: they are released, and cannot be made again. */
  readonly tagged: readonly string[];
  /**
   * Whether the section of `CHANGELOG.md` stays open.
   *
   * @default {false}
   */
  readonly keepOpen?: boolean;
}

/** What a release writes and reports. */
export interface ReleasePlan {
  readonly version: string;
  /** The version of Codex. */
  readonly runtime: string;
  /** Whether the release brings another Codex: its package is installed and the types are regenerated. */
  readonly raisesRuntime: boolean;
  /** The npm dist-tag. */
  readonly tag: "latest" | "next";
  /** The release notes, in Markdown. */
  readonly notes: string;
  /** New contents of files, by their path from the root of the project. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Plans a release; writes nothing.
 *
 * @throws {TypeError} if the version breaks the policy, or `CHANGELOG.md` has no notes for it
 */
export function planRelease(
  { version, codex, date, tagged, keepOpen = false }: ReleaseRequest,
  read: (file: string) => string,
): ReleasePlan {
  const pinned = pinOf({ read });
  const runtime = codex ?? runtimeFor(version, pinned);
  const changelog = read("CHANGELOG.md");
  // An earlier run may have written this version's section; only the tag makes it final.
  const [top, ...older] = sectionsOf(changelog).map((section) => section.version);
  const again = top === version && !tagged.includes(version);
  const released = [...tagged, ...older, ...(again ? [] : [top])]
    .filter((one) => one !== undefined);
  const fault = versionFault({ version, runtime, released });
  if (fault !== undefined) throw new TypeError(`Cannot release: ${fault}`);
  const { text, notes } = again
    ? { text: changelog, notes: notesOf(changelog, version) }
    : cutChangelog(changelog, { version, runtime, date, keepOpen });
  const files = stampVersions({ version, runtime }, read);
  if (text !== changelog) files.set("CHANGELOG.md", text);
  return {
    ...{ version, runtime, tag: distTag(version), notes, files },
    raisesRuntime: runtime !== pinned,
  };
}

/** How the unreleased section is closed. */
export interface Cut extends Pick<ReleaseRequest, "version" | "date" | "keepOpen"> {
  /** The version of Codex in the release. */
  readonly runtime: string;
}

/** A section of `CHANGELOG.md`. */
interface Section {
  /** The heading, without `## `. */
  readonly title: string;
  /** The text below the heading. */
  readonly notes: string;
  /** The released version; `undefined` for an unreleased section. */
  readonly version?: string | undefined;
}

/** Reads the sections, newest first: `## Unreleased`, `## 0.169.0 (2026-11-20, Codex 0.169.0)`. */
function sectionsOf(changelog: string): Section[] {
  return changelog.split(/^## /m).slice(1).map((section) => {
    const [title = "", ...notes] = section.split("\n");
    const version = /^(\d\S*) \(\d{4}-\d\d-\d\d\b.*\)$/.exec(title)?.[1];
    return { title, notes: notes.join("\n").trim(), version };
  });
}

/**
 * Gives the unreleased section its version and day. A candidate or preview leaves the file unchanged: its notes are those
 * of the coming version.
 *
 * @throws {TypeError} if nothing is unreleased, or the section names another version
 */
export function cutChangelog(text: string, cut: Cut): { text: string; notes: string } {
  const { version, runtime, date, keepOpen = false } = cut;
  const sections = sectionsOf(text);
  const unreleased = /^(?:Unreleased|(\d\S*) \(unreleased\))$/i;
  const at = sections.findIndex(({ title }) => unreleased.test(title));
  const section = sections[at];
  if (section === undefined) throw new TypeError('CHANGELOG.md has no section "## Unreleased"');
  const { title, notes } = section;
  if (at > 0) throw new TypeError(`"## ${title}" is not the first section of CHANGELOG.md`);
  const planned = unreleased.exec(title)?.[1];
  if (planned !== undefined && planned !== version.replace(/-.*$/, "")) {
    throw new TypeError(`CHANGELOG.md has notes for ${planned}, not for ${version}`);
  }
  if (!/^- /m.test(notes)) throw new TypeError(`"## ${title}" of CHANGELOG.md names no change`);
  if (keepOpen || !isFinal(version)) return { text, notes };
  const heading = `## ${version} (${date}, Codex ${runtime})`;
  return { text: text.replace(`## ${title}`, () => heading), notes };
}

/**
 * Returns the notes of a version: its own section, or the unreleased one for a candidate.
 *
 * @throws {TypeError} if there is no such section
 */
export function notesOf(text: string, version: string): string {
  if (!isFinal(version)) return cutChangelog(text, { version, runtime: "", date: "" }).notes;
  const section = sectionsOf(text).find((one) => one.version === version);
  if (section === undefined) throw new TypeError(`CHANGELOG.md has no section for ${version}`);
  return section.notes;
}

/** Returns the versions that have a section of their own, newest first. */
export function releasedVersions(text: string): string[] {
  return sectionsOf(text).flatMap(({ version }) => version ?? []);
}
