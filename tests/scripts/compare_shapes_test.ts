import ts from "typescript";
import { compareShapes, type Shape } from "../../scripts/_upstream/compare_shapes.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const cases: Readonly<Record<string, readonly [string, string, ...string[]]>> = {
  "an added and a removed field": [
    "{ a: string, b: string }",
    "{ a: string, c?: number | null }",
    "- b: string",
    "+ c: number | null (optional)",
  ],
  "a field that became optional": [
    "{ a: string }",
    "{ a?: string }",
    "a: string -> string (optional)",
  ],
  "another type": ["{ a: A[] }", "{ a: B[] }", "a[]: A -> B"],
  "a type that may be null": ["{ a: A }", "{ a: A | null }", "a: A -> A | null"],
  "a field in an object that may be null": [
    "{ a: { b: { c: string }, e: A } | null }",
    "{ a: { b: { c: string, d: A }, e: A } | null }",
    "+ a.b.d: A",
  ],
  "a field of an object without any": ["Record<string, never>", "{ a: A }", "+ a: A"],
  "a value of an index": [
    "{ [key in string]?: { a: string } }",
    "{ [key in string]?: { a: number } }",
    "[key].a: string -> number",
  ],
  "a fixed value more and less": ['"a" | "b" | "c"', '"a" | "b" | "d"', '- |: "c"', '+ |: "d"'],
  "members of a union of objects": [
    '{ type: "a", x: A } | { type: "b" }',
    '{ type: "a", x: A, y: A } | { type: "c" }',
    '- |: { type: "b" }',
    '+ |: { type: "c" }',
    '+ [type="a"].y: A',
  ],
  "a member that is named by its only field": [
    '"a" | { b: { x: A } } | { c: A }',
    '"a" | { b: { x: B } } | { c: A }',
    "b.x: A -> B",
  ],
  "a union beside fields": [
    '{ a: A } & ({ type: "x" } | { type: "y" })',
    '{ a: B } & ({ type: "x", n: A } | { type: "y" } | { type: "z" })',
    "a: A -> B",
    '+ |: { type: "z" }',
    '+ [type="x"].n: A',
  ],
  "a union in place of an object": [
    "{ a: A }",
    '{ mode: "x", a: A } | { mode: "y" }',
    '{ a: A } -> { mode: "x"; a: A } | { mode: "y" }',
  ],
};

for (const [name, [before, after, ...expected]] of Object.entries(cases)) {
  test(`compareShapes finds ${name}, and nothing when it is the same`, () => {
    assertEquals(compare(before, after), expected);
    assertEquals(compare(before, before), []);
    assertEquals(compare(after, after), []);
  });
}

test("compareShapes takes no notice of order, comments and parentheses", () => {
  assertEquals(compare('{ a: "x" | "y", b?: A }', '{ /** Prose. */ b?: (A), a: "y" | "x" }'), []);
});

function compare(before: string, after: string): string[] {
  return compareShapes(parse(before), parse(after), () => false).map((change) => {
    const at = change.path === "" ? "" : `${change.path}: `;
    if (change.before === undefined) return `+ ${at}${change.after}`;
    return change.after === undefined
      ? `- ${at}${change.before}`
      : `${at}${change.before} -> ${change.after}`;
  });
}

function parse(text: string): Shape {
  const source = ts.createSourceFile("t.ts", `type T = ${text};`, ts.ScriptTarget.Latest, true);
  const { type } = source.statements[0] as ts.TypeAliasDeclaration;
  return { type, names: new Map([["A", "A"], ["B", "B"]]), experimental: new Set() };
}
