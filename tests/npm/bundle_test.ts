import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../../scripts/_lib/command.ts";
import { filesUnder } from "../../scripts/_lib/project.ts";
import { compileWithTsc } from "../../scripts/_npm/compile.ts";
import { bundle, finishPackage, npmManifest } from "../../scripts/_npm/package.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { withFiles } from "./_temporary_package.ts";

const sources = {
  "mod.ts": `export { Sum } from "./src/sum.ts";
export const later = async (): Promise<number> => (await import("./src/later.ts")).later;
`,
  "errors.ts": `export { Sum } from "./src/sum.ts";
export type { Pair } from "./src/pair.ts";
`,
  "src/sum.ts": `import type { Pair } from "./pair.ts";
/** The sum. */
export class Sum<
  Two extends Pair = Pair,
> {
  readonly #pair: Two;
  /** Adds later. */
  constructor(pair: Two) {
    if (pair[0] < 0) throw new RangeError("less than nothing");
    this.#pair = pair; // Why it is lazy.
  }
  get value(): number {
    return this.#pair[0] + this.#pair[1];
  }
}
`,
  "src/pair.ts": `export type Pair = readonly [number, number];\n`,
  "src/later.ts": `export const later: number = 42;\n`,
};

const documents = { "README.md": "read me", "CHANGELOG.md": "changes", "LICENSE": "license" };
const config = {
  ...{ name: "x", version: "1.0.0", license: "MIT" },
  exports: { ".": "./mod.ts", "./errors": "./errors.ts" },
};

test(
  "bundle puts what two entry points need into one chunk, and what is imported later into another",
  async () => {
    await withFiles({ ...sources, ...documents }, async (root) => {
      const [compiled, out] = [join(root, "compiled"), join(root, "package")];
      const entries = ["mod", "errors"];
      compileWithTsc({ root, entries, out: compiled });
      await bundle({ root: compiled, entries, out });
      finishPackage(root, out, npmManifest(config, "1.0.0"));
      const read = (path: string): string => readFileSync(join(out, path), "utf8");
      const textsOf = (ending: string): Map<string, string> =>
        new Map(filesUnder("esm", ending, out).map((path) => [path, read(path)]));
      const holding = (ending: string, text: string): readonly string[] =>
        [...textsOf(ending)].filter(([, code]) => code.includes(text)).map(([path]) => path);

      const [modules, declarations] = [holding(".js", "#pair[0]"), holding(".d.ts", "class Sum")];
      assertEquals([modules.length, declarations.length], [1, 1]);
      for (const [path = ""] of [modules, declarations]) assertMatch(path, /^esm\/chunks\/sum-/);
      assertMatch(read("esm/mod.js"), /import\("\.\/chunks\/later-[\w-]+\.js"\)/);

      // Comments are in the declarations only.
      assertStringIncludes(read(declarations[0] ?? ""), "/** The sum. */");
      assertStringIncludes(read(declarations[0] ?? ""), "/** Adds later. */");
      assertEquals([...holding(".js", "The sum"), ...holding(".js", "Why it is lazy")], []);

      // A map has the lines of the sources.
      const { sources: mapped, sourcesContent } = JSON.parse(read(`${modules[0]}.map`));
      assertEquals([mapped, sourcesContent], [["../../src/sum.ts"], undefined]);
      const program = `import { Sum } from "./esm/mod.js"; new Sum([-1, 2]);`;
      const flags = ["--enable-source-maps", "--input-type=module", "--eval", program];
      const { output } = await runCommand("node", flags, { cwd: out });
      assertMatch(
        output,
        /RangeError: less than nothing\s+at new Sum \(.*\bsrc[\\/]sum\.ts:9:\d+\)/,
      );

      const [first] = read("esm/mod.d.ts").split("\n");
      assertEquals(first, `/// <reference lib="esnext.disposable" />`);
      assert(!read(declarations[0] ?? "").includes("<reference"));
      assertEquals(JSON.parse(read("package.json")).version, "1.0.0");
      for (const [name, text] of Object.entries(documents)) assertEquals(read(name), text);
    });
  },
  { timeoutMs: 60_000 },
);
