import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { findExperimental } from "../../scripts/_generate/find_experimental.ts";
import { readMethods } from "../../scripts/_generate/method_tables.ts";
import { printType, propertyName } from "../../scripts/_generate/print_type.ts";
import { type Declarations, readUpstream } from "../../scripts/_generate/read_upstream.ts";
import { withUpstream } from "../../scripts/_generate/run_upstream.ts";
import { CLIENT_METHODS } from "../../src/generated/methods.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("readUpstream merges equal shapes into one type, and refuses different ones [R-71]", async () => {
  const merged = await read({
    "Kind.ts": 'export type Kind = "a" | "b";',
    "v2/Kind.ts": '/** Prose. */\nexport type Kind = "a" | "b";',
    "v2/User.ts": 'import type { Kind } from "./Kind";\nexport type User = { kind: Kind };',
  });
  assertEquals([...merged.keys()], ["Kind", "User"]);
  const text = await read({
    "Kind.ts": 'export type Kind = "a";',
    "v2/Kind.ts": 'export type Kind = "b";',
  }).catch(String);
  assertEquals(text, 'Error: Cannot merge: "Kind" has two shapes');
});

test("readUpstream names the older of two shapes as RENAMED says [R-71]", async () => {
  const found = await read({
    "SessionSource.ts": 'export type SessionSource = "a";',
    "v2/SessionSource.ts": 'export type SessionSource = "b";',
    "Old.ts": 'import type { SessionSource } from "./SessionSource";\n' +
      "export type Old = SessionSource;",
    "v2/New.ts": 'import type { SessionSource } from "./SessionSource";\n' +
      "export type New = SessionSource;",
  });
  assertEquals(found.get("Old")?.names.get("SessionSource"), "ConversationSessionSource");
  assertEquals(found.get("New")?.names.get("SessionSource"), "SessionSource");
});

test("readMethods fails on a method without a result and a result without a method [R-71]", async () => {
  const whole = await withUpstream(({ experimental }) => new Map(readUpstream(experimental)));
  const methods = readMethods(whole, whole).clientRequests.map(({ method }) => method);
  assertEquals(methods, Object.keys(CLIENT_METHODS));
  const result = whole.get("ThreadStartResponse");
  whole.delete("ThreadStartResponse");
  assertThrows(() => readMethods(whole, whole), Error, 'the result of "thread/start"');
  if (result) whole.set("ThreadStartResponse", result).set("OrphanResponse", result);
  assertThrows(() => readMethods(whole, whole), Error, 'Cannot place "OrphanResponse"');
});

test("printType writes shapes without comments, and bigint as number", () => {
  assertEquals(print("{ /** Prose. */ a: bigint | null, 'b': Array<string | number>, }"), [
    "{ a: number | null; b: (string | number)[] }",
  ]);
  assertEquals(print("string | null | null"), ["string | null"]);
  assertEquals(print("{ [key in string]?: Array<bigint> }"), ["{ [key in string]?: number[] }"]);
  assertEquals(print('{ "a-b": "x" } & ({ "u": 1 } | { "v": true })'), [
    '{ "a-b": "x" } & ({ u: 1 } | { v: true })',
  ]);
});

test("printType puts each field on its own line if one is experimental, and marks that one", () => {
  const context = {
    nameOf: () => undefined,
    isExperimental: (field: ts.TypeElement) => propertyName(field) === "b",
  };
  assertEquals(printType(parse("{ a: { b: string; c: 1 } }"), context).split("\n"), [
    "{ a: {",
    "/** Experimental. */",
    "b: string;",
    "c: 1;",
    "} }",
  ]);
});

test("printType refuses unsupported types", () => {
  assertThrows(() => print("Unknown"), Error, 'unknown type "Unknown"');
  assertThrows(() => print("() => void"), Error, "no form for");
});

test("findExperimental finds fields that the stable shape lacks, including nested ones", () => {
  const whole = '{ a: 1, b: { c: 1, d: 1 } } & ({ t: "x", u: 1 } | { t: "y" } | { t: "z" })';
  const stable = '{ a: 1, b: { c: 1 } } & ({ t: "x" } | { t: "z" })';
  const found = [...findExperimental(parse(whole), parse(stable))];
  assertEquals(found.map((field) => `${propertyName(field)}: ${field.getText()}`), [
    "d: d: 1",
    "u: u: 1",
    't: t: "y"',
  ]);
});

function parse(text: string): ts.TypeNode {
  const source = ts.createSourceFile("t.ts", `type T = ${text};`, ts.ScriptTarget.Latest, true);
  return (source.statements[0] as ts.TypeAliasDeclaration).type;
}

function print(text: string): string[] {
  const context = { nameOf: () => undefined, isExperimental: () => false };
  return printType(parse(text), context).split("\n");
}

async function read(files: Readonly<Record<string, string>>): Promise<Declarations> {
  const folder = await mkdtemp(join(tmpdir(), "codex-upstream-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return readUpstream(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
