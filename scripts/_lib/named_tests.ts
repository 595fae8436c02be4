import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder, projectRoot } from "./project.ts";

/** Returns the files of every test by its name, without trailing requirement ids. */
export function namedTests(): Map<string, string[]> {
  const tests = new Map<string, string[]>();
  for (const file of filesUnder("tests", "_test.ts")) {
    const text = readFileSync(join(projectRoot, file), "utf8");
    for (const [, quote, name = ""] of text.matchAll(/\btest\(\s*(["'`])((?:\\.|.)*?)\1,/g)) {
      if (quote === "`" && name.includes("${")) continue;
      const plain = withoutIds(name.replace(/\\(.)/g, "$1"));
      tests.set(plain, [...tests.get(plain) ?? [], file]);
    }
  }
  return tests;
}

/** Returns the name of a test without trailing requirement ids: `... [R-01] [R-02]`. */
export function withoutIds(name: string): string {
  return name.replace(/(\s*\[R-\d+\])+$/, "");
}
