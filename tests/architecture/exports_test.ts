import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withScratch } from "../../scripts/_lib/interruption.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { readSurface } from "../../scripts/_lib/public_surface.ts";
import { writeReference } from "../../scripts/_lib/typedoc.ts";
import { assert, assertEquals, assertMatch } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

/** The most names that the root exports: a page of completion can still be read. */
const MOST_NAMES = 120;

const sample = fileURLToPath(new URL("../_data/surface", import.meta.url));

test("the entry points export what is pinned", () => {
  const pinned = readFileSync(new URL("../_data/exports.json", import.meta.url), "utf8");
  const exports = readSurface(entryPoints());
  assertEquals(exports, JSON.parse(pinned));
  const { values = [], types = [] } = exports["."] ?? {};
  assert(values.length > 10 && values.length + types.length <= MOST_NAMES);
}, { timeoutMs: 60_000 });

test("readSurface distinguishes values from types", () => {
  assertEquals(readSurface({ ".": "entry.ts" }, sample), {
    ".": { values: ["Closed", "Leaky", "Open"], types: ["Inside", "Options"] },
  });
}, { timeoutMs: 60_000 });

test("writeReference finds a public constructor that takes a private type", async () => {
  await withScratch("typedoc-", async (folder) => {
    const [fault = "", ...others] = await writeReference([join(sample, "entry.ts")], folder);
    assertMatch(fault, / Private, .* is referenced by Leaky\.constructor\._state /);
    assertEquals(others, []);
  });
}, { timeoutMs: 100_000 });
