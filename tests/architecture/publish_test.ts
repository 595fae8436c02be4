import { checks } from "../../scripts/_lib/gate.ts";
import { runCommand } from "../../scripts/_lib/command.ts";
import { entriesWithoutDocs } from "../../scripts/_lib/exports.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { denoPath } from "../../scripts/_lib/project.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

async function passes(name: string): Promise<void> {
  const check = checks().find((check) => check.name === name);
  assert(check !== undefined, `no check is called "${name}"`);
  assert(!check.args.includes("--allow-slow-types"));
  const { code, output } = await runCommand(denoPath(), check.args, { timeoutMs: 100_000 });
  assertEquals(code, 0, output);
}

test("the package is ready to publish, without slow types [R-83]", async () => {
  await passes("publish, dry run");
}, { timeoutMs: 120_000 });

test("the package passes lint with the registry's rules [R-83]", async () => {
  await passes("lint");
}, { timeoutMs: 120_000 });

test("the package documents all it exports [R-83]", async () => {
  await passes("docs lint");
}, { timeoutMs: 120_000 });

test("entriesWithoutDocs finds a module that does not say what it is for [R-83]", async () => {
  assertEquals(await entriesWithoutDocs(entryPoints()), []);
  assertEquals(await entriesWithoutDocs({ "./plain": "src/process/child_env.ts" }), ["./plain"]);
}, { timeoutMs: 60_000 });
