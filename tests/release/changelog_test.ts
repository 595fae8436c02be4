import { cutChangelog, notesOf, releasedVersions } from "../../scripts/_release/plan.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const cut = { version: "0.169.1", runtime: "0.169.0", date: "2026-11-20" };
const before = `# Changelog

Words.

## Unreleased

- One thing
  on two lines.

### Fixed

- Another.

## 0.169.0 (2026-11-01, Codex 0.169.0)

The first version.
`;

test("cutChangelog adds version, date and Codex to the unreleased section", () => {
  const { text, notes } = cutChangelog(before, cut);
  assertEquals(
    text,
    before.replace("## Unreleased", "## 0.169.1 (2026-11-20, Codex 0.169.0)"),
  );
  assertEquals(notes, "- One thing\n  on two lines.\n\n### Fixed\n\n- Another.");
  assertEquals(releasedVersions(text), ["0.169.1", "0.169.0"]);
});

test("cutChangelog accepts a section that names the coming version", () => {
  const planned = before.replace("## Unreleased", "## 0.169.1 (unreleased)");
  assertEquals(cutChangelog(planned, cut).text, cutChangelog(before, cut).text);
  assertThrows(
    () => cutChangelog(planned, { ...cut, version: "0.169.2" }),
    TypeError,
    "notes for 0.169.1, not for 0.169.2",
  );
});

test("cutChangelog leaves a candidate's section open", () => {
  const planned = before.replace("## Unreleased", "## 0.169.1 (unreleased)");
  const { text, notes } = cutChangelog(planned, { ...cut, version: "0.169.1-rc.1" });
  assertEquals(text, planned);
  assertEquals(notes, cutChangelog(before, cut).notes);
});

test("notesOf reads the section of a version, or the open one for a candidate", () => {
  assertEquals(notesOf(before, "0.169.0"), "The first version.");
  assertEquals(notesOf(before, "0.169.1-rc.2"), cutChangelog(before, cut).notes);
  assertEquals(notesOf(cutChangelog(before, cut).text, "0.169.1"), notesOf(before, "0.169.1-rc.1"));
  assertThrows(() => notesOf(before, "0.169.1"), TypeError, "no section for 0.169.1");
});

test("cutChangelog refuses a file without changes", () => {
  const { text } = cutChangelog(before, cut);
  assertThrows(() => cutChangelog(text, cut), TypeError, `no section "## Unreleased"`);
  const empty = `# Changelog\n\n## Unreleased\n\n## 0.169.0 (2026-11-01)\n\n- It.\n`;
  assertThrows(() => cutChangelog(empty, cut), TypeError, "names no change");
  const below = `${text}\n## Unreleased\n\n- Late.\n`;
  assertThrows(() => cutChangelog(below, cut), TypeError, "not the first section");
});
