import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { filesUnder } from "../../scripts/_lib/project.ts";
import { cellsToRun, INSTALLERS } from "../../scripts/_matrix/cells.ts";
import { installTests } from "../../scripts/_matrix/conformance.ts";
import { describeMatrix, failuresOf, type MatrixReport } from "../../scripts/_matrix/report.ts";
import { cleanEnvironment, RUNTIMES } from "../../scripts/_matrix/tools.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { withFolder, writeFiles } from "./_executables.ts";

test("cellsToRun has every installer with every runtime that supports it", () => {
  const { published, staged, conformance } = cellsToRun(false);
  assertEquals(published.map(({ installer }) => installer), [...INSTALLERS]);
  assertEquals(staged, published);
  assertEquals(conformance, RUNTIMES);
  const cells = published.reduce((sum, { runtimes }) => sum + runtimes.length, 0);
  assertEquals(cells, 6 * RUNTIMES.length + 3 + 1);
});

test("cellsToRun, when quick, has each runtime and each package manager once", () => {
  const { published, staged, conformance } = cellsToRun(true);
  assertEquals(published.flatMap(({ runtimes }) => runtimes).sort(), [...RUNTIMES].sort());
  const installers = published.map(({ installer }) => installer.split(" ")[0]);
  assertEquals(installers.sort(), ["bun", "deno", "npm", "pnpm", "yarn"]);
  assertEquals(staged, []);
  assertEquals(conformance, ["Node 20"]);
});

test("cleanEnvironment has a home and programs, and nothing of the user who runs the matrix", () => {
  process.env["CODEX_BIN"] = "/mine";
  process.env["npm_config_registry"] = "mine";
  try {
    const environment = cleanEnvironment("/home", "/tools/node/bin/node");
    const whole = { ...process.env, ...environment };
    assertEquals([whole["CODEX_BIN"], whole["npm_config_registry"]], [undefined, undefined]);
    assertEquals([environment["HOME"], environment["TMPDIR"]], ["/home", "/home"]);
    assert(/\*|127\.0\.0\.1/.test(environment["NO_PROXY"] ?? "")); // the address of the registry
    const path = (environment["PATH"] ?? "").split(process.platform === "win32" ? ";" : ":");
    assertEquals(path[0], "/tools/node/bin");
    assert(path.every((folder) => !folder.includes("node_modules")));
  } finally {
    delete process.env["CODEX_BIN"];
    delete process.env["npm_config_registry"];
  }
});

test("installTests runs tests on the modules of a package, not on the sources", async () => {
  await withFolder(async (modules) => {
    await writeFiles(modules, {
      "package.json": `{"type":"module"}`,
      "src/process/stderr_tail.js":
        `export const STDERR_TAIL_BYTES = 0, StderrTail = 0, TailBuffer = 0, utf8Tail = 0;
        throw new Error("the package's own");`,
    });
    const [file = ""] = installTests(["tests/process/stderr_tail_test.ts"], modules);
    assertEquals(file, join(modules, "tests/process/stderr_tail_test.js"));
    assertEquals(filesUnder("tests/_support", ".js", modules).length, 2);
    assert(!(await readFile(file, "utf8")).includes('.ts"'));
    await assertRejects(() => import(pathToFileURL(file).href), Error, "the package's own");
  });
});

const report: MatrixReport = {
  platform: "linux-x64",
  sdk: { name: "sdk", version: "1.0.0" },
  installers: { npm: "11.0.0", deno: "2.0.0" },
  published: [
    {
      installer: "npm",
      runtime: "Node 20",
      result: "Node 20.1.0",
    },
    { installer: "npm", runtime: "Bun", result: new Error("no turn") },
    {
      installer: "deno cache",
      runtime: "Bun",
      result: "Bun 1.4.5",
    },
  ],
  staged: [],
  conformance: [
    { runtime: "Node 20", passed: 84, failures: [] },
    { runtime: "Bun", passed: 0, failures: [] },
  ],
};

test("describeMatrix is a table of installers and runtimes, with the versions that ran", () => {
  const page = describeMatrix(report);
  assertStringIncludes(page, "| | Node 20.1.0 | Bun 1.4.5 |");
  assertStringIncludes(page, "| npm 11.0.0 | a turn | **failed** |");
  assertStringIncludes(page, "| deno cache |  | a turn |");
  assertStringIncludes(page, "| Node 20 | 84 | 0 |");
});

test("failuresOf names each cell without a turn, and each suite that ran no test", () => {
  assertEquals(failuresOf(report), ["npm, Bun", "conformance on Bun"]);
  assertEquals(failuresOf({ ...report, published: [], conformance: [] }), []);
});
