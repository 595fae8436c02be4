import { cutChangelog, notesOf } from "../../scripts/_release/changelog.ts";
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

- The first version.
`;

test("cutChangelog adds version, date and Codex to the unreleased section, once", () => {
  const text = cutChangelog(before, cut);
  assertEquals(
    text,
    before.replace("## Unreleased", "## 0.169.1 (2026-11-20, Codex 0.169.0)"),
  );
  assertEquals(cutChangelog(text, { ...cut, date: "2026-11-25" }), text);
  assertEquals(notesOf(text, "0.169.1"), "- One thing\n  on two lines.\n\n### Fixed\n\n- Another.");
});

test("cutChangelog leaves a candidate's section open", () => {
  assertEquals(cutChangelog(before, { ...cut, version: "0.169.1-rc.1" }), before);
  assertEquals(notesOf(before, "0.169.1-rc.1"), notesOf(cutChangelog(before, cut), "0.169.1"));
});

test("cutChangelog refuses a file without changes", () => {
  const text = cutChangelog(before, cut);
  const next = { ...cut, version: "0.169.2" };
  assertThrows(() => cutChangelog(text, next), TypeError, `is not "## Unreleased": "## 0.169.1 (`);
  const empty = `# Changelog\n\n## Unreleased\n\n## 0.169.0 (2026-11-01)\n\n- It.\n`;
  assertThrows(() => cutChangelog(empty, cut), TypeError, "names no change");
});
