/** The sections of `CHANGELOG.md`: `## Unreleased`, then `## 0.169.0 (2026-11-20, Codex 0.169.0)`. */
import { isFinal } from "./version_policy.ts";

/** What becomes of the unreleased section. */
export interface Cut {
  readonly version: string;
  /** The version of Codex in the release. */
  readonly runtime: string;
  /** The day, as `2026-11-20`. */
  readonly date: string;
  /** Whether the section stays open for more; defaults to `false`. */
  readonly keepOpen?: boolean;
}

/** The file after the cut, and what the release is about. */
export interface CutChangelog {
  readonly text: string;
  /** The section without its heading. */
  readonly notes: string;
}

const HEADING = /^## (.+)$/gm;
const UNRELEASED = /^(?:Unreleased|(\d\S*) \(unreleased\))$/i;
const RELEASED = /^(\d\S*) \(\d{4}-\d\d-\d\d\b.*\)$/;

/**
 * Gives the unreleased section the version and the day. A candidate or preview leaves the file as it is: its notes are
 * those of the version to come.
 *
 * @throws {TypeError} when there is nothing unreleased, or it is about another version
 */
export function cutChangelog(text: string, cut: Cut): CutChangelog {
  const { version, runtime, date, keepOpen = false } = cut;
  const headings = [...text.matchAll(HEADING)];
  const at = headings.findIndex(({ 1: title = "" }) => UNRELEASED.test(title));
  const heading = headings[at];
  if (heading === undefined) throw new TypeError(`CHANGELOG.md has no section "## Unreleased"`);
  if (at > 0) throw new TypeError(`"${heading[0]}" is not the first section of CHANGELOG.md`);
  const planned = UNRELEASED.exec(heading[1] ?? "")?.[1];
  if (planned !== undefined && planned !== version.replace(/-.*$/, "")) {
    throw new TypeError(`CHANGELOG.md has notes for ${planned}, not for ${version}`);
  }
  const start = heading.index + heading[0].length;
  const end = headings[at + 1]?.index ?? text.length;
  const notes = text.slice(start, end).trim();
  if (!/^- /m.test(notes)) throw new TypeError(`"${heading[0]}" of CHANGELOG.md names no change`);
  if (keepOpen || !isFinal(version)) return { text, notes };
  const title = `## ${version} (${date}, Codex ${runtime})`;
  return { text: text.slice(0, heading.index) + title + text.slice(start), notes };
}

/**
 * The notes of a version that the file is ready for: its own section, or for a candidate the unreleased one.
 *
 * @throws {TypeError} when it has none
 */
export function notesOf(text: string, version: string): string {
  if (!isFinal(version)) return cutChangelog(text, { version, runtime: "", date: "" }).notes;
  const headings = [...text.matchAll(HEADING)];
  const at = headings.findIndex(({ 1: title = "" }) => RELEASED.exec(title)?.[1] === version);
  const heading = headings[at];
  if (heading === undefined) throw new TypeError(`CHANGELOG.md has no section for ${version}`);
  const start = heading.index + heading[0].length;
  return text.slice(start, headings[at + 1]?.index ?? text.length).trim();
}

/** Returns the version of the first section; `undefined` while that is unreleased. */
export function topVersion(text: string): string | undefined {
  const [heading] = text.matchAll(HEADING);
  return RELEASED.exec(heading?.[1] ?? "")?.[1];
}

/** The versions that have a section of their own, newest first. */
export function releasedVersions(text: string): string[] {
  return [...text.matchAll(HEADING)].flatMap(({ 1: title = "" }) => {
    const version = RELEASED.exec(title)?.[1];
    return version === undefined ? [] : [version];
  });
}
