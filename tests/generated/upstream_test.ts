import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { experimentalFields, printType } from "../../scripts/_generate/print_type.ts";
import { nameOf, readProtocol, readTypes } from "../../scripts/_generate/read_protocol.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

type Files = Readonly<Record<string, string>>;

test("readTypes merges equal shapes into one type, and reports different ones [R-71]", () => {
  const [merged, none] = read({
    "Kind.ts": 'export type Kind = "a" | "b";',
    "v2/Kind.ts": '/** Prose. */\nexport type Kind = "a" | "b";',
    "v2/User.ts": 'import type { Kind } from "./Kind";\nexport type User = { kind: Kind };',
  });
  assertEquals([[...merged.keys()], none], [["Kind", "User"], []]);
  const [different, faults] = read({
    "Kind.ts": 'export type Kind = "a";',
    "v2/Kind.ts": 'export type Kind = "b";',
  });
  assertEquals([different.get("Kind")?.getText(), faults], ['"b"', ['"Kind" has two shapes']]);
});

test("readTypes names the older of two shapes as RENAMED says [R-71]", () => {
  const [found, faults] = read({
    "SessionSource.ts": 'export type SessionSource = "a";',
    "v2/SessionSource.ts": 'export type SessionSource = "b";',
    "Old.ts": 'import type { SessionSource } from "./SessionSource";\n' +
      "export type Old = SessionSource;",
    "v2/New.ts": 'import type { SessionSource } from "./SessionSource";\n' +
      "export type New = SessionSource;",
    "v2/Both.ts": 'import type { SessionSource } from "../SessionSource";\n' +
      "export type Both = SessionSource[];",
  });
  assertEquals([...found].map(([name, type]) => `${name} = ${type.getText()}`), [
    "Both = ConversationSessionSource[]",
    'ConversationSessionSource = "a"',
    "New = SessionSource",
    "Old = ConversationSessionSource",
    'SessionSource = "b"',
  ]);
  assertEquals(faults, []);
});

test("readProtocol pairs methods with results, and reports those without a partner [R-71]", () => {
  const request = (method: string, params: string): string =>
    `{ "method": "${method}", id: number, "params": ${params} }`;
  const files: Files = {
    "ClientRequest.ts": `export type ClientRequest = ${request("b/read", "BReadParams")} | ${
      request("a/list", "undefined")
    };`,
    "ServerNotificationEnvelope.ts":
      "export type ServerNotificationEnvelope = { at?: number } & ({ method: string });",
    "BReadParams.ts": "export type BReadParams = { a: string };",
    "BReadResponse.ts": "export type BReadResponse = { b: string };",
    "ListResponse.ts": "export type ListResponse = { c: string };",
  };
  const stable: Files = { "R.ts": `export type ClientRequest = ${request("b/read", "X")};` };
  const { methods, faults } = protocol(files, stable);
  const pairs = methods.ClientRequest
    .map(({ method, result, stability }) => [method, result, stability]);
  assertEquals(pairs, [
    ["a/list", "ListResponse", "experimental"],
    ["b/read", "BReadResponse", "stable"],
  ]);
  assertEquals(faults, []);
  const { "ListResponse.ts": list = "", ...others } = files;
  const renamed = { ...others, "OrphanResponse.ts": list.replace("List", "Orphan") };
  assertEquals(protocol(renamed, stable).faults, [
    'no type is called "AListResponse", the result of "a/list"',
    '"OrphanResponse" is the result of no method',
  ]);
});

test("printType writes shapes without comments, and bigint as number", () => {
  assertEquals(print("{ /** Prose. */ a: bigint | null, 'b': Array<string | number>, }[]"), [
    "{ a: number | null; b: (string | number)[] }[]",
  ]);
  assertEquals(print("string | null | null"), ["string | null"]);
  assertEquals(print("{ [key in string]?: Array<bigint> }"), ["{ [key in string]?: number[] }"]);
  assertEquals(print('{ "a-b": "x" } & ({ "u": 1 } | { "v": true })'), [
    '{ "a-b": "x" } & ({ u: 1 } | { v: true })',
  ]);
  assertEquals(print("{}[]"), ["Record<string, never>[]"]);
});

test("printType puts each field on its own line if one is experimental, and marks that one", () => {
  const type = parse("{ b: string; c: 1 }[]");
  const { members } = (type as ts.ArrayTypeNode).elementType as ts.TypeLiteralNode;
  const lines = printType(type, new Set([...members].slice(0, 1))).split("\n");
  assertEquals(lines.map((line) => line.trim()), [
    "{",
    "/** Experimental. */",
    "b: string;",
    "c: 1;",
    "}[]",
  ]);
});

test("experimentalFields finds fields that the stable shape lacks, including nested ones", () => {
  const whole =
    '{ a: 1; b: { c: 1; d: 1 } } & ({ t: "x"; u: 1 } | { t: "y"; v: string } | { t: "z" })';
  const stable = '{ a: 1; b: { c: 1 } } & ({ t: "x" } | { t: "z" })';
  const found = [...experimentalFields(parse(whole), parse(stable))] as ts.PropertySignature[];
  assertEquals(found.map((field) => `${nameOf(field)} is ${field.type?.getText()}`), [
    "d is 1",
    "u is 1",
    't is "y"',
  ]);
});

function parse(text: string): ts.TypeNode {
  const source = ts.createSourceFile("t.ts", `type T = ${text};`, ts.ScriptTarget.Latest, true);
  return (source.statements[0] as ts.TypeAliasDeclaration).type;
}

function print(text: string): string[] {
  const [types] = read({ "T.ts": `export type T = ${text};` });
  return [...types.values()].flatMap((type) => printType(type).split("\n"));
}

function protocol(experimental: Files, stable: Files): ReturnType<typeof readProtocol> {
  return inFolder(experimental, (whole) => {
    return inFolder(stable, (part) => {
      return readProtocol({ experimental: whole, stable: part, version: "1.0.0" });
    });
  });
}

function read(files: Files): [types: ReturnType<typeof readTypes>, faults: string[]] {
  const faults: string[] = [];
  return [inFolder(files, (folder) => readTypes(folder, faults)), faults];
}

function inFolder<T>(files: Files, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "codex-upstream-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
