import { SourceMap } from "node:module";
import ts from "typescript";
import { mapLines } from "../../scripts/_npm/line_maps.ts";
import { assert, assertEquals, assertLess } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const TEXT = `// A comment, and types that are left out.
interface Left { readonly out: string }

export const first = [
  "one", "two",
];
export function second(one: string,
  two: string = "three"): string { return one + "four" +
    two + "five"; }


${"// far away\n".repeat(5_000)}
export const last: string = "six";
`;

test("mapLines keeps the line of everything, also of several lines that became one", () => {
  const { outputText, sourceMapText = "" } = ts.transpileModule(TEXT, {
    compilerOptions: { sourceMap: true, removeComments: true, target: ts.ScriptTarget.ESNext },
  });
  const full = JSON.parse(sourceMapText);
  const short = mapLines(full);
  assertEquals(short.names, []);
  assertLess(short.mappings.length, full.mappings.length);
  const map = new SourceMap(short);
  const lines = outputText.split("\n");
  const places = (all: readonly string[], word: string): [number, number] => {
    const line = all.findIndex((text) => text.includes(word));
    return [line, all[line]?.indexOf(word) ?? -1];
  };
  for (const word of ["one", "two", "three", "four", "five", "six"]) {
    const quoted = `"${word}"`;
    const entry = map.findEntry(...places(lines, quoted));
    assert("originalLine" in entry, word);
    assertEquals(entry.originalLine, places(TEXT.split("\n"), quoted)[0], word);
  }
});
