import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder } from "../../scripts/_lib/project.ts";
import { compileWithTsc, finishPackage, npmManifest } from "../../scripts/_npm/package.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { withFiles } from "./_temporary_package.ts";

const sources = {
  "package.json": `{ "type": "module" }`,
  "mod.ts": `import type { Pair } from "./src/pair.ts";
export { sum } from "./src/sum.ts";
export type { Pair } from "./src/pair.ts";
// Why it is lazy.
export const later = (): Promise<typeof import("./src/sum.ts")> => import("./src/sum.ts");
/** Not a specifier. */
export const text: "./src/pair.ts" = "./src/pair.ts";
export const first = ([one]: Pair): number => one;
`,
  "src/sum.ts": `import type { Pair } from "./pair.ts";
/** The sum. */
export function sum([one, two]: Pair): number {
  return one + two;
}
`,
  "src/pair.ts": `export type Pair = readonly [number, number];\n`,
};

const documents = { "README.md": "read me", "CHANGELOG.md": "changes", "LICENSE": "license" };
const config = { name: "x", version: "1.0.0", license: "MIT", exports: { ".": "./mod.ts" } };

/** The files of the package built from these sources. */
async function build(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  await withFiles({ ...sources, ...documents }, (root) => {
    const out = join(root, "package");
    compileWithTsc({ root, entries: ["mod.ts"], out });
    finishPackage(root, out, npmManifest(config, "1.0.0"));
    for (const path of filesUnder(".", "", out)) {
      files.set(path, readFileSync(join(out, path), "utf8"));
    }
  });
  return files;
}

let building: Promise<ReadonlyMap<string, string>> | undefined;

/** Returns a function that reads a file of the package, which is built once. */
async function built(): Promise<(path: string) => string> {
  const files = await (building ??= build());
  return (path) => {
    const text = files.get(path);
    assert(text !== undefined, `no ${path}`);
    return text;
  };
}

test("compileWithTsc makes modules and declarations import .js files", async () => {
  const read = await built();
  const declarations = read("esm/mod.d.ts");
  assertStringIncludes(declarations, `export { sum } from "./src/sum.js";`);
  assertStringIncludes(declarations, `Promise<typeof import("./src/sum.js")>`);
  assertStringIncludes(declarations, `text: "./src/pair.ts"`);
  assertStringIncludes(read("esm/mod.js"), `import("./src/sum.js")`);
  assertStringIncludes(read("esm/mod.js"), `text = "./src/pair.ts"`);
}, { timeoutMs: 60_000 });

test("compileWithTsc keeps comments in declarations and removes them from modules", async () => {
  const read = await built();
  assertStringIncludes(read("esm/src/sum.d.ts"), "/** The sum. */");
  assert(!/The sum|Why it is lazy/.test(read("esm/src/sum.js") + read("esm/mod.js")));
}, { timeoutMs: 60_000 });

test(
  "compileWithTsc refuses sources that do not compile, with the compiler's message",
  async () => {
    const files = { ...sources, "mod.ts": `export const one: number = "1";\n` };
    await withFiles(files, (root) => {
      const out = join(root, "package");
      const message = "mod.ts(1,14): error TS2322";
      assertThrows(() => compileWithTsc({ root, entries: ["mod.ts"], out }), Error, message);
      assert(!existsSync(out));
    });
  },
  { timeoutMs: 60_000 },
);

test("compileWithTsc embeds in each map its source", async () => {
  const read = await built();
  const map = JSON.parse(read("esm/src/sum.js.map"));
  assertEquals(map.sources, ["sum.ts"]);
  assertEquals(map.sourcesContent, [sources["src/sum.ts"]]);
  assertStringIncludes(read("esm/src/sum.js"), "//# sourceMappingURL=sum.js.map");
  // A types-only module has no code to map.
  assertEquals(read("esm/src/pair.js"), "export {};\n");
  assertThrows(() => read("esm/src/pair.js.map"), Error, "no esm/src/pair.js.map");
}, { timeoutMs: 60_000 });

test("finishPackage declares the library of AsyncDisposable in the entry points", async () => {
  const read = await built();
  const [first] = read("esm/mod.d.ts").split("\n");
  assertEquals(first, `/// <reference lib="esnext.disposable" />`);
  assert(!read("esm/src/sum.d.ts").includes("<reference"));
}, { timeoutMs: 60_000 });

test("finishPackage writes the manifest and copies the documents", async () => {
  const read = await built();
  assertEquals(JSON.parse(read("package.json")).version, "1.0.0");
  for (const [name, text] of Object.entries(documents)) assertEquals(read(name), text);
}, { timeoutMs: 60_000 });
