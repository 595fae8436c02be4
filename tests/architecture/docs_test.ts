import { readFileSync } from "node:fs";
import { join } from "node:path";
import { namedTests, withoutIds } from "../../scripts/_lib/named_tests.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { readSurface } from "../../scripts/_lib/public_surface.ts";
import { parity } from "../parity.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function read(file: string): string {
  return readFileSync(join(projectRoot, file), "utf8");
}

test("withoutIds removes only the ids at the end of a test name", () => {
  assertEquals(withoutIds("a [R-01] does b [R-02] [R-03]"), "a [R-01] does b");
});

test("the table of parity names only tests that exist", () => {
  const tests = namedTests();
  const names = Object.values(parity).flat().flatMap((behaviour) => behaviour.tests);
  assertEquals(names.filter((name) => !tests.has(name)), []);
  assert(names.length > 40);
});

test("the API reference has every name that the entry points export", () => {
  for (const [entry, { values, types }] of Object.entries(readSurface(entryPoints()))) {
    if (entry === "./protocol") continue; // there is one type for each shape in the protocol
    const page = entry === "." ? "mod" : entry.slice(2);
    const text = read(`docs/api/${page}.md`);
    const names = [...values, ...types];
    assertEquals(names.filter((name) => !text.includes(`[${name}](`)), [], entry);
  }
}, { timeoutMs: 60_000 });

test("the API reference has signature, sentence and throws, and nothing private", () => {
  const page = read("docs/api/mod/Codex.md");
  assertStringIncludes(page, "# Class: Codex\n\nA client of one `codex app-server`.");
  assertStringIncludes(page, "static start(options?): Promise<Codex>;");
  assertMatch(page, /#### Throws\n+`?RuntimeNotFoundError`?/);
  assert(!/^#+ #|\bprivate\b|\bprotected\b/m.test(page), page);
});
