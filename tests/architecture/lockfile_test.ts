import { readFileSync } from "node:fs";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

interface LockEntry {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test("package-lock.json has an entry for every platform's package, as npm ci requires", () => {
  const text = readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8");
  const { packages } = JSON.parse(text) as { packages: Record<string, LockEntry> };
  const named = Object.values(packages).flatMap((entry) => {
    return Object.keys(entry.optionalDependencies ?? {});
  });
  assertEquals(named.filter((name) => !(`node_modules/${name}` in packages)), []);
});

test("the lock files name no registry, so packages come from the configured one", () => {
  for (const file of ["package-lock.json", "tests/npm/tools/package-lock.json"]) {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    const { packages } = JSON.parse(text) as { packages: Record<string, LockEntry> };
    const named = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
    assertEquals(named.map(([name]) => name), [], file);
  }
});
