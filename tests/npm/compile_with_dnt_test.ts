import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildPackage,
  compileWithDnt,
  finishPackage,
  npmManifest,
} from "../../scripts/_npm/package.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { withFiles } from "./_temporary_package.ts";

test("compileWithDnt does not wait for an unresponsive registry", async () => {
  await withFiles({}, async (out) => {
    const options = { root: "/project", entries: ["mod.ts"], out };
    await assertRejects(() => compileWithDnt(options, 1), Error, "it took too long");
  });
});

test("buildPackage rejects any other builder", async () => {
  await assertRejects(() => buildPackage("/nowhere", "esbuild"), TypeError, "is dnt or tsc");
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
    const config = { name: "x", version: "1.0.0", license: "MIT", exports: { ".": "./mod.ts" } };
    const manifest = npmManifest(config, "1.0.0");
    const out = join(folder, "out");
    finishPackage(folder, out, manifest);
    const mapped = Object.keys(modules).filter((name) =>
      existsSync(join(out, `esm/${name}.js.map`))
    );
    assertEquals(mapped, ["code", "again"]);
    assertEquals(readFileSync(join(out, "esm/types.js"), "utf8"), "export {};\n");
  });
});
