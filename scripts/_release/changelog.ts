/** The sections of CHANGELOG.md: `## Unreleased`, `## 0.169.0 (2026-11-20, Codex 0.169.0)`. */
import { isFinal } from "./versions.ts";

/**
 * Gives the unreleased section its version and day, unless an earlier run has done so. A candidate or preview leaves the
 * text unchanged: its notes are those of the coming version.
 *
 * @throws {TypeError} if the first section is neither unreleased nor that of the version, or names no change
 */
export function cutChangelog(
  text: string,
  { version, runtime, date }: Readonly<Record<"version" | "runtime" | "date", string>>,
): string {
  notesOf(text, version);
  if (!isFinal(version)) return text;
  return text.replace(/^## Unreleased$/m, `## ${version} (${date}, Codex ${runtime})`);
}

/**
 * Returns the notes of a version that is to be released: those of the first section.
 *
 * @throws {TypeError} if that is neither unreleased nor the section of the version, or names no change
 */
export function notesOf(text: string, version: string): string {
  const [, section = ""] = text.split(/^## /m);
  const [title = "", ...lines] = section.split("\n");
  if (title !== "Unreleased" && !title.startsWith(`${version} (`)) {
    throw new TypeError(`The first section of CHANGELOG.md is not "## Unreleased": "## ${title}"`);
  }
  const notes = lines.join("\n").trim();
  if (!/^- /m.test(notes)) throw new TypeError(`"## ${title}" of CHANGELOG.md names no change`);
  return notes;
}
