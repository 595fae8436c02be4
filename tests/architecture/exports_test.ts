import { diffExports, readExports } from "../../scripts/_lib/exports.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { readFileSync } from "node:fs";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("diffExports names what came, what went and what changed its kind", () => {
  const before = { ".": { values: ["a", "b"], types: ["T"] } };
  const after = { ".": { values: ["a", "T"], types: ["U"] } };
  assertEquals(diffExports(before, after), [
    "- .: value b",
    "- .: type T",
    "+ .: value T",
    "+ .: type U",
  ]);
});

test("the entry points export what is pinned", async () => {
  const pinned = readFileSync(new URL("../_data/exports.json", import.meta.url), "utf8");
  assertEquals(diffExports(JSON.parse(pinned), await readExports(entryPoints())), []);
}, { timeoutMs: 60_000 });
