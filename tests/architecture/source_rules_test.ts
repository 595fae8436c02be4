import { readFileSync } from "node:fs";
import { join } from "node:path";
import { libraryFiles } from "../../scripts/_lib/package_files.ts";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { checkSource } from "./_source_rules.ts";
import { assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function problems(text: string, path = "src/util/a.ts"): string {
  return checkSource(path, text).join("\n");
}

test("checkSource finds the runtimes' globals outside the transports", () => {
  for (const text of ["Deno.cwd();", "x = globalThis.Bun;", "process.exit();", "f(process);"]) {
    assertStringIncludes(problems(text), "belongs under transports/");
    assertEquals(problems(text, "transports/deno.ts"), "");
  }
});

test("checkSource reads code, not comments, text or members", () => {
  const text =
    '/** Under Deno. */\nconst a = "Bun"; // process.exit()\na.process.kill(child.process);\n';
  assertEquals(problems(text), "");
  assertEquals(problems("interface Started { readonly process: Child }"), "");
});

test("checkSource finds console output, module state and long files", () => {
  assertStringIncludes(
    problems("console.log(1);"),
    "src/util/a.ts:1 console: the library writes nothing",
  );
  assertStringIncludes(problems("export let count = 0;"), "mutable state");
  const kept = [
    "const SEEN: WeakMap<object, number> = new WeakMap();",
    "export const cache: Map<string, number> = new Map();",
    "const limits = { used: new Set<string>() };",
    "const cache: Record<string, number> = {};",
    "const queue: string[] = [];",
    "const stop = new AbortController();",
    "class Ids { static next = 1; }",
    "class Ids { static readonly known: Set<string> = new Set(); }",
  ];
  for (const text of kept) assertStringIncludes(problems(text), "mutable state");
  const constant = [
    "function f() { let count = 0; }",
    'const NAMES: ReadonlySet<string> = new Set(["a"]);',
    "const KINDS: ReadonlyMap<string, number> = new Map(Object.entries({ a: 1 }));",
    "const make = () => new Map();",
    'const LIMITS = { a: true } as const, WORD = new RegExp("a"), MARK = Symbol("a");',
    "class Ids { static readonly first = 1; static of() { return new Ids(); } }",
  ];
  for (const text of constant) assertEquals(problems(text), "");
  assertStringIncludes(problems("\n".repeat(500) + "f();"), "501 lines");
  assertStringIncludes(problems('export * from "./b.ts";'), "name the exports");
});

test("checkSource finds time readings and timers that bypass the clock", () => {
  const texts = [
    "performance.now();",
    "Date.now();",
    "new Date();",
    "setTimeout(f, 1);",
    "globalThis.setInterval(f, 1);",
    "AbortSignal.timeout(1);",
  ];
  for (const text of texts) {
    assertStringIncludes(problems(text), "use src/util/clock.ts");
  }
  assertEquals(problems("setTimeout(f, performance.now());", "src/util/clock.ts"), "");
  assertEquals(problems("setTimeout(f, Date.now());", "src/testing/gate.ts"), "");
  assertEquals(problems("request.setTimeout(1); // setTimeout"), "");
});

test("the library follows the source rules", () => {
  const found = libraryFiles().flatMap((path) => {
    return checkSource(path, readFileSync(join(projectRoot, path), "utf8"));
  });
  assertEquals(found, []);
});
