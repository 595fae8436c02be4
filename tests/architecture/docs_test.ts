import { readEntryPoints } from "../../scripts/_api/public_symbols.ts";
import { printSymbol } from "../../scripts/_api/print_symbol.ts";
import { namedTests, withoutIds } from "../../scripts/_lib/named_tests.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { readSurface } from "../../scripts/_lib/public_surface.ts";
import { parity } from "../parity.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("withoutIds takes the ids at the end of a test's name away, and no others", () => {
  assertEquals(withoutIds("a [R-01] does b [R-02] [R-03]"), "a [R-01] does b");
});

test("the table of parity names only tests that exist", () => {
  const tests = namedTests();
  const names = Object.values(parity).flat().flatMap((behaviour) => behaviour.tests);
  assertEquals(names.filter((name) => !tests.has(name)), []);
  assert(names.length > 40);
});

test("the API reference has every name that the entry points export", () => {
  const found = readEntryPoints();
  const exported = Object.values(readSurface(entryPoints()).exports);
  for (const [index, { name, symbols, everythingOf }] of found.entries()) {
    const names = new Set(symbols.map((symbol) => symbol.name));
    const { values = [], types = [] } = exported[index] ?? {};
    const wanted = everythingOf.length > 0 ? values : [...values, ...types];
    assertEquals(wanted.filter((one) => !names.has(one)), [], name);
  }
}, { timeoutMs: 60_000 });

test("the API reference tells signature, sentence and throws, and nothing private", () => {
  const [root] = readEntryPoints();
  const codex = root?.symbols.find(({ name }) => name === "Codex");
  assert(codex !== undefined);
  const text = printSymbol(codex, (plain) => plain);
  assertStringIncludes(text, "### Codex\n\nA client of one `codex app-server`.");
  assertStringIncludes(text, "class Codex implements AsyncDisposable\n");
  assertMatch(text, /- `static start\(options\?: CodexOptions\): Promise<Codex>`: Makes a client/);
  assertStringIncludes(text, "  - throws {@linkcode RuntimeNotFoundError} when there is no");
  assert(!/#|private|protected/.test(text.replace("### ", "")), text);
});
