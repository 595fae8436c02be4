import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builderNamed } from "../../scripts/_npm/build_package.ts";
import { dntOptions, whyNoDnt } from "../../scripts/_npm/compile_with_dnt.ts";
import { finishPackage } from "../../scripts/_npm/finish_package.ts";
import { npmManifest } from "../../scripts/_npm/manifest.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { withFiles } from "./_temporary_package.ts";

test("whyNoDnt does not wait for an unresponsive registry", async () => {
  assertEquals(await whyNoDnt(1), "no answer within 0.001 s");
});

test("dntOptions match the output of the TypeScript compiler: ESM with declarations and maps", () => {
  const options = dntOptions({ root: "/project", entries: ["mod.ts", "a/b.ts"], out: "/out" });
  assertEquals(options["entryPoints"], [
    { name: "./mod.ts", path: "/project/mod.ts" },
    { name: "./a/b.ts", path: "/project/a/b.ts" },
  ]);
  const { outDir, esModule, scriptModule, declaration, skipSourceOutput, polyfills } = options;
  assertEquals({ outDir, esModule, scriptModule, declaration, skipSourceOutput, polyfills }, {
    outDir: "/out",
    esModule: true,
    scriptModule: false,
    declaration: "inline",
    skipSourceOutput: true,
    polyfills: false,
  });
});

test("builderNamed defaults to the TypeScript compiler", () => {
  assertEquals([undefined, "tsc", "dnt"].map(builderNamed), ["tsc", "tsc", "dnt"]);
  assertThrows(() => builderNamed("esbuild"), TypeError, "--builder is dnt or tsc");
});

test("finishPackage recognises a types-only module by its code, as dnt keeps comments", async () => {
  const modules = {
    types: "/** The types. */\n// Why.\nexport {};\n/* More. */",
    code: `/** Why. */\nimport "./types.js";\nexport {};`,
    again: `export * from "./types.js";\nexport {};`,
  };
  const files = Object.entries(modules).flatMap(([name, code]) => [
    [`out/esm/${name}.js`, `${code}\n//# sourceMappingURL=${name}.js.map`],
    [`out/esm/${name}.js.map`, JSON.stringify({ version: 3, sources: [`../src/${name}.ts`] })],
  ]);
  const documents = { "README.md": "", "CHANGELOG.md": "", "LICENSE": "", "out/esm/mod.d.ts": "" };
  await withFiles({ ...Object.fromEntries(files), ...documents }, (folder) => {
    const manifest = npmManifest({
      ...{ name: "x", version: "1.0.0", license: "MIT", exports: { ".": "./mod.ts" } },
    });
    const out = join(folder, "out");
    finishPackage(folder, out, manifest);
    const mapped = Object.keys(modules).filter((name) =>
      existsSync(join(out, `esm/${name}.js.map`))
    );
    assertEquals(mapped, ["code", "again"]);
    assertEquals(readFileSync(join(out, "esm/types.js"), "utf8"), "export {};\n");
  });
});
