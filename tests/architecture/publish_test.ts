import { readFileSync } from "node:fs";
import { checks } from "../../scripts/_lib/gate.ts";
import { runCommand } from "../../scripts/_lib/command.ts";
import { entriesWithoutDocs, symbolsWithoutExample } from "../../scripts/_lib/exports.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { denoPath } from "../../scripts/_lib/project.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

async function passes(...args: string[]): Promise<void> {
  const { code, output } = await runCommand(denoPath(), args, { timeoutMs: 100_000 });
  assertEquals(code, 0, output);
}

test("the package is ready to publish, without slow types [R-83]", async () => {
  await passes("publish", "--quiet", "--dry-run", "--allow-dirty");
}, { timeoutMs: 120_000 });

test("the gate lints with the registry's rules [R-83]", () => {
  assertEquals(checks().find(({ name }) => name === "lint")?.args, ["lint"]);
  const config = readFileSync(new URL("../../deno.json", import.meta.url), "utf8");
  const { lint } = JSON.parse(config) as { lint: { rules: Record<string, string[]> } };
  assertEquals(lint.rules["tags"], ["recommended", "jsr"]);
  assertEquals(lint.rules["exclude"], undefined);
});

test("the package documents all exports [R-83]", async () => {
  await passes("doc", "--lint", ...new Set(Object.values(entryPoints())));
}, { timeoutMs: 120_000 });

test("every exported symbol has an example, except generated ones", async () => {
  assertEquals(await symbolsWithoutExample(entryPoints()), []);
}, { timeoutMs: 60_000 });

test("entriesWithoutDocs finds a module without a description [R-83]", async () => {
  assertEquals(await entriesWithoutDocs(entryPoints()), []);
  assertEquals(await entriesWithoutDocs({ "./plain": "src/process/child_env.ts" }), ["./plain"]);
}, { timeoutMs: 60_000 });
