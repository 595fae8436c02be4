import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { compileWithDnt, compileWithTsc } from "../../scripts/_npm/compile.ts";
import { buildPackage, bundle } from "../../scripts/_npm/package.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { withFiles } from "./_temporary_package.ts";

test(
  "compileWithTsc refuses sources that do not compile, with the compiler's message",
  async () => {
    await withFiles({ "mod.ts": `export const one: number = "1";\n` }, (root) => {
      const out = join(root, "esm");
      const message = "mod.ts(1,14): error TS2322";
      assertThrows(() => compileWithTsc({ root, entries: ["mod"], out }), Error, message);
      assert(!existsSync(out));
    });
  },
  { timeoutMs: 60_000 },
);

/** In place of dnt: writes the files that dnt would write for `mod.ts`. */
const STAND_IN = `
export async function build({ entryPoints: [{ name, path }], outDir }: any): Promise<void> {
  if (name === "broken") throw new Error("broken.ts has faults");
  await Deno.mkdir(outDir + "/esm");
  const write = (file: string, text: string) => Deno.writeTextFile(outDir + "/esm/" + file, text);
  await write("package.json", '{"type":"module"}');
  await write("mod.js", "// Why.\\nexport const one = 1;\\n//# sourceMappingURL=mod.js.map");
  await write("mod.js.map", JSON.stringify({
    version: 3, names: [], sources: ["../src/mod.ts"], mappings: ";AAAA,MAAM,CAAC,MAAM,GAAG,GAAW,CAAC,CAAC",
  }));
  await write("mod.d.ts", "/** From " + path + ". */\\nexport declare const one: number;\\n");
}
`;

test("compileWithDnt runs dnt from JSR, whose modules and declarations are bundled", async () => {
  const checksum = `sha256-${createHash("sha256").update(STAND_IN).digest("hex")}`;
  const manifest = { "/mod.ts": { size: STAND_IN.length, checksum } };
  const files = new Map([
    ["/@deno/dnt/meta.json", `{"scope":"deno","name":"dnt","versions":{"0.43.2":{}}}`],
    ["/@deno/dnt/0.43.2_meta.json", JSON.stringify({ manifest, exports: { ".": "./mod.ts" } })],
    ["/@deno/dnt/0.43.2/mod.ts", STAND_IN],
  ]);
  const jsr = createServer(({ url = "" }, response) => {
    response.writeHead(files.has(url) ? 200 : 404, { "content-type": "text/typescript" });
    response.end(files.get(url));
  });
  await new Promise<void>((resolve) => jsr.listen(0, "127.0.0.1", resolve));
  const before = { JSR_URL: process.env["JSR_URL"], DENO_DIR: process.env["DENO_DIR"] };
  try {
    await withFiles({}, async (folder) => {
      process.env["JSR_URL"] = `http://127.0.0.1:${(jsr.address() as AddressInfo).port}/`;
      process.env["DENO_DIR"] = join(folder, "cache");
      const work = join(folder, "work");
      mkdirSync(work);
      const [compiled, out] = [join(work, "esm"), join(folder, "out")];
      await compileWithDnt({ root: folder, entries: ["mod"], out: compiled });
      await bundle({ root: compiled, entries: ["mod"], out });
      const read = (file: string): string => readFileSync(join(out, "esm", file), "utf8");
      assert(!read("mod.js").includes("Why"), read("mod.js"));
      assert(read("mod.d.ts").includes(`/** From ${join(folder, "mod.ts")}. */`));
      assertEquals(JSON.parse(read("mod.js.map")).sources, ["../mod.ts"]);

      const broken = { root: folder, entries: ["broken"], out: compiled };
      await assertRejects(() => compileWithDnt(broken), Error, "broken.ts has faults");
    });
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await new Promise((resolve) => jsr.close(resolve));
  }
}, { timeoutMs: 60_000 });

test("buildPackage rejects any other builder", async () => {
  await assertRejects(() => buildPackage("/nowhere", "esbuild"), TypeError, "is dnt or tsc");
});
