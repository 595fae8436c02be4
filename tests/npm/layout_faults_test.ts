import { layoutFaults } from "../../scripts/_npm/check.ts";
import { projectRoot } from "../../scripts/_lib/project.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { withFiles } from "./_temporary_package.ts";

const map = JSON.stringify({ sources: ["../mod.ts"], sourcesContent: ["export const one = 1;"] });
const sound = {
  "package.json": "{}",
  "README.md": "",
  "LICENSE": "",
  "esm/mod.js": "export const one = 1;\n",
  "esm/mod.js.map": map,
  "esm/mod.d.ts": `/** import("./mod.ts") */\nexport declare const one: 1;\n`,
};

async function faultsOf(
  changed: Readonly<Record<string, string | undefined>>,
  unpackedSize = 1000,
): Promise<string[]> {
  const files = Object.fromEntries(
    Object.entries({ ...sound, ...changed }).filter(([, text]) => text !== undefined),
  ) as Record<string, string>;
  let faults: string[] = [];
  await withFiles(files, (folder) => {
    faults = layoutFaults(folder, { files: Object.keys(files), unpackedSize });
  });
  return faults;
}

test("layoutFaults finds nothing in a valid package", async () => {
  assertEquals(await faultsOf({}), []);
});

test("layoutFaults finds a module without a source map", async () => {
  assertEquals(await faultsOf({ "esm/mod.js.map": undefined }), ["esm/mod.js has no source map"]);
});

test("layoutFaults finds a map without its source, a stray file, and a local path", async () => {
  assertEquals(await faultsOf({ "esm/mod.js.map": `{"sources":["../mod.ts"]}` }), [
    "esm/mod.js.map does not hold its source",
  ]);
  assertEquals(await faultsOf({ "esm/mod_test.ts": "" }), [
    "esm/mod_test.ts does not belong in the package",
  ]);
  assertEquals(await faultsOf({ "esm/mod.js": `"${projectRoot}";` }), [
    "esm/mod.js contains a path of this machine",
  ]);
});

test("layoutFaults finds an oversized package", async () => {
  assertEquals(await faultsOf({}, 5_000_000), ["5000000 bytes are too many"]);
});
