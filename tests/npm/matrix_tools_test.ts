import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { compileTests } from "./_conformance.ts";
import { withFiles } from "./_temporary_package.ts";
import { cleanEnvironment } from "./_tools.ts";

test("cleanEnvironment has a home and programs, and nothing of the user who runs the tests", () => {
  process.env["CODEX_BIN"] = "/mine";
  process.env["npm_config_registry"] = "mine";
  try {
    const environment = cleanEnvironment("/home", "/tools/node/bin/node");
    const whole = { ...process.env, ...environment };
    assertEquals([whole["CODEX_BIN"], whole["npm_config_registry"]], [undefined, undefined]);
    assertEquals([environment["HOME"], environment["TMPDIR"]], ["/home", "/home"]);
    assert(/\*|127\.0\.0\.1/.test(environment["NO_PROXY"] ?? "")); // where the registry is
    const path = (environment["PATH"] ?? "").split(process.platform === "win32" ? ";" : ":");
    assertEquals(path[0], "/tools/node/bin");
    assert(path.every((folder) => !folder.includes("node_modules")));
  } finally {
    delete process.env["CODEX_BIN"];
    delete process.env["npm_config_registry"];
  }
});

test("compileTests runs tests on the entry points of a package, not on the sources", async () => {
  const modules = {
    "package.json": `{"type":"module"}`,
    "errors.js": `export const isCodexError = 0;`,
    "transport.js": `export const memoryTransportPair = 0, tapTransport = 0;
      throw new Error("the package's own");`,
  };
  await withFiles(modules, async (folder) => {
    const tests = ["tests/conformance/memory_test.ts"];
    const [file = ""] = await compileTests(tests, folder, join(folder, "out"));
    assertEquals(file, join(folder, "out", "tests/conformance/memory_test.js"));
    assert(!(await readFile(file, "utf8")).includes('.ts"'));
    await assertRejects(() => import(pathToFileURL(file).href), Error, "the package's own");
  });
});
