import { runCommand } from "../../scripts/_lib/command.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { denoPath } from "../../scripts/_lib/project.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

/** Imports a module under Deno without any permission; it has to end by itself. */
async function load(module: string, timeoutMs = 20_000): Promise<[output: string, late: boolean]> {
  const args = ["run", "--no-prompt", "--no-check", "--cached-only", module];
  const { code, output, timedOut } = await runCommand(denoPath(), args, { timeoutMs });
  return [code === 0 || timedOut ? output : `code ${code}: ${output}`, timedOut];
}

for (const [name, module] of Object.entries(entryPoints())) {
  test(`importing "${name}" needs no permission and starts nothing`, async () => {
    assertEquals(await load(module), ["", false]);
  });
}

test("the check of imports finds a module that reads the environment on import", async () => {
  const [output] = await load("tests/architecture/_needs_permission.ts");
  assert(output.includes("--allow-env"), output);
});

test("the check of imports finds a module that keeps the process alive", async () => {
  assertEquals(await load("tests/architecture/_keeps_running.ts", 1_500), ["", true]);
});
