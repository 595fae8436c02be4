import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { stageSdk, type StageSdkOptions } from "../../scripts/_stage/stage_sdk.ts";
import { RUNTIME_PACKAGE } from "../../src/process/runtime_package.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { withVariables } from "../_support/surroundings.ts";
import { test } from "../_support/test.ts";
import { withFolder, writeFiles } from "./_executables.ts";

const MODULE = "esm/chunks/stdio-1a2b3c4d.js";
const manifest = {
  name: "@codex-app-server/sdk",
  version: RUNTIME_VERSION,
  dependencies: { "@openai/codex": RUNTIME_VERSION, other: "1.0.0" },
};

/** The output of a build, as far as staging reads it. */
function builtIn(folder: string, version: string = RUNTIME_VERSION): Promise<string> {
  return writeFiles(join(folder, "npm"), {
    "package.json": JSON.stringify({ ...manifest, version }),
    [MODULE]: `export const RUNTIME_PACKAGE = "@openai/codex";\n`,
  });
}

async function staged(
  options: Partial<StageSdkOptions>,
  check: (folder: string) => void,
): Promise<void> {
  await withFolder(async (folder) => {
    const out = join(folder, "out");
    const built = await builtIn(folder);
    await stageSdk({ folder: out, built, runtimeVersion: RUNTIME_VERSION, ...options });
    check(out);
  });
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

test("stageSdk depends on the exact runtime packages, each restricted to its platform", async () => {
  const options = { runtimePackage: "@acme/codex", platformTags: ["linux-x64", "darwin-arm64"] };
  await staged(options, (folder) => {
    const { dependencies: _, ...rest } = manifest;
    assertEquals(read(join(folder, "package.json")), {
      ...rest,
      dependencies: { other: "1.0.0" },
      optionalDependencies: {
        "@acme/codex-linux-x64": RUNTIME_VERSION,
        "@acme/codex-darwin-arm64": RUNTIME_VERSION,
      },
    });
    const module = readFileSync(join(folder, MODULE), "utf8");
    assertEquals(module, `export const RUNTIME_PACKAGE = "@acme/codex";\n`);
  });
});

test("stageSdk names a package for every platform by default", async () => {
  await staged({ runtimePackage: "codex-of-ours" }, (folder) => {
    const { optionalDependencies } = read(join(folder, "package.json")) as Record<string, object>;
    assertEquals(Object.keys(optionalDependencies ?? {}), [
      "codex-of-ours-linux-x64",
      "codex-of-ours-linux-arm64",
      "codex-of-ours-darwin-x64",
      "codex-of-ours-darwin-arm64",
      "codex-of-ours-win32-x64",
      "codex-of-ours-win32-arm64",
    ]);
  });
});

test("stageSdk takes the name from CODEX_RUNTIME_PACKAGE, and changes nothing without one", async () => {
  await staged({}, (folder) => assertEquals(read(join(folder, "package.json")), manifest));
  await withVariables({ CODEX_RUNTIME_PACKAGE: "from-variable" }, async () => {
    await staged({ platformTags: ["linux-x64"] }, (folder) => {
      assertStringIncludes(readFileSync(join(folder, MODULE), "utf8"), `"from-variable"`);
    });
    await staged({ runtimePackage: "@openai/codex" }, (folder) => {
      assertEquals(read(join(folder, "package.json")), manifest);
    });
  });
});

test("stageSdk rejects a runtime of another version, and leaves nothing behind", async () => {
  const cases: readonly (readonly [Partial<StageSdkOptions>, string])[] = [
    [{ runtimeVersion: "0.168.0" }, `made for the runtime ${RUNTIME_VERSION}, not 0.168.0`],
    [{ runtimeVersion: "rust-v0.170.0-alpha.1" }, "not 0.170.0-alpha.1"],
    [{ runtimeVersion: "newest" }, "Cannot read the version"],
    [{ runtimePackage: "no name" }, "is not a valid npm package name"],
    [{ platformTags: ["linux-x64", "linux"] }, `Unknown platform tag "linux"`],
  ];
  for (const [options, message] of cases) {
    await withFolder(async (folder) => {
      const out = join(folder, "out");
      const built = await builtIn(folder);
      const error = await assertRejects(
        () => stageSdk({ folder: out, built, runtimeVersion: RUNTIME_VERSION, ...options }),
        Error,
      );
      assertStringIncludes(error.message, message);
      assertEquals(await readdir(folder), ["npm"]);
    });
  }
  await withFolder(async (folder) => {
    const built = await builtIn(folder, "0.1.0");
    const out = join(folder, "out");
    const stale = (): Promise<unknown> =>
      stageSdk({ folder: out, built, runtimeVersion: RUNTIME_VERSION });
    assertStringIncludes((await assertRejects(stale, Error)).message, "is of version 0.1.0");
    assertEquals(existsSync(out), false);
  });
});

test("RUNTIME_PACKAGE is the package that a build searches for", async () => {
  assertEquals(RUNTIME_PACKAGE, "@openai/codex");
  await withFolder(async (folder) => {
    const built = await builtIn(folder);
    await writeFiles(built, { [MODULE]: "export const RUNTIME_PACKAGE = 'elsewhere';" });
    const other = (): Promise<unknown> =>
      stageSdk({
        ...{ folder: join(folder, "out"), built, runtimeVersion: RUNTIME_VERSION },
        runtimePackage: "@acme/codex",
      });
    assertStringIncludes(
      (await assertRejects(other, Error)).message,
      "names the runtime package",
    );
  });
});
