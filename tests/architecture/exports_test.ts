import { diffExports } from "../../scripts/_lib/exports.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { readSurface } from "../../scripts/_lib/public_surface.ts";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("diffExports names what was added, removed or changed its kind", () => {
  const before = { ".": { values: ["a", "b"], types: ["T"] } };
  const after = { ".": { values: ["a", "T"], types: ["U"] } };
  assertEquals(diffExports(before, after), [
    "- .: value b",
    "- .: type T",
    "+ .: value T",
    "+ .: type U",
  ]);
});

/** Maximum number of names that the root exports: a page of completions must stay readable. */
const MOST_NAMES = 120;

test("the entry points export what is pinned, and no constructor takes a private type", () => {
  const pinned = readFileSync(new URL("../_data/exports.json", import.meta.url), "utf8");
  const { exports, privateParameters } = readSurface(entryPoints());
  assertEquals(diffExports(JSON.parse(pinned), exports), []);
  assertEquals(privateParameters, []);
  const { values = [], types = [] } = exports["."] ?? {};
  assert(values.length > 10 && values.length + types.length <= MOST_NAMES);
}, { timeoutMs: 60_000 });

test(
  "readSurface distinguishes values from types, and finds constructors that nobody outside can call",
  () => {
    const folder = fileURLToPath(new URL("../_data/surface", import.meta.url));
    assertEquals(readSurface({ ".": "entry.ts" }, folder), {
      exports: {
        ".": {
          values: ["Closed", "Leaky", "Open", "make"],
          types: ["Handle", "Inside", "Options"],
        },
      },
      privateParameters: [".: Leaky has a public constructor that takes Private"],
    });
  },
  { timeoutMs: 60_000 },
);
