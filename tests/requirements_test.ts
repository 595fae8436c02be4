import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder, projectRoot } from "../scripts/_lib/project.ts";
import { requirements } from "./requirements.ts";
import { assert, assertEquals } from "./_support/assert.ts";
import { test } from "./_support/test.ts";

/** The ids in string literals of the tests, with the files that cite them. Comments do not count. */
function citations(): Map<string, string[]> {
  const cited = new Map<string, string[]>();
  for (const file of filesUnder("tests", ".ts")) {
    if (file === "tests/requirements_test.ts") continue;
    const text = readFileSync(join(projectRoot, file), "utf8");
    const code = text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
    for (const [, id = ""] of code.matchAll(/\[(R-\d+)\]/g)) {
      cited.set(id, [...cited.get(id) ?? [], file]);
    }
  }
  return cited;
}

test("requirements have unique ids in order", () => {
  const ids = requirements.map(({ id }) => id);
  const number = (id: string): number => Number(id.slice(2));
  assertEquals(ids, [...new Set(ids)].sort((one, other) => number(one) - number(other)));
});

test("requirements are each cited by a test", () => {
  const cited = citations();
  const missing = requirements.filter(({ id }) => !cited.has(id));
  assert(missing.length === 0, `no test cites ${missing.map(({ id }) => id).join(" ")}`);
});

test("requirements know every id that a test cites", () => {
  const known = new Set(requirements.map(({ id }) => id));
  const unknown = [...citations()].filter(([id]) => !known.has(id));
  assertEquals(unknown.map(([id, files]) => `${id} in ${files.join(", ")}`), []);
});
