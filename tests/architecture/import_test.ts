import { importFault } from "../../scripts/_lib/import_check.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

for (const [name, module] of Object.entries(entryPoints())) {
  test(`importing "${name}" needs no permission and starts nothing`, async () => {
    assertEquals(await importFault(module), undefined);
  });
}

test("importFault finds a module that reads the environment on import", async () => {
  const fault = await importFault("tests/architecture/_needs_permission.ts");
  assert(fault?.includes("--allow-env"), fault);
});

test("importFault finds a module that keeps the process alive", async () => {
  const fault = await importFault("tests/architecture/_keeps_running.ts", 1_500);
  assertEquals(fault, "the process does not end by itself");
});
