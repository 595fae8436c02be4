import { packTar } from "modern-tar/fs";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Codex, RuntimeNotFoundError } from "../../mod.ts";
import { stageRuntime } from "../../scripts/_stage/stage_runtime.ts";
import { findRuntime } from "../../src/process/find_runtime.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { connectStdio } from "../../src/process/stdio.ts";
import type { StdioOptions } from "../../src/process/stdio_options.ts";
import { message, ScriptedModel } from "../../testing.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { codex as binary, current, output } from "../process/_current.ts";

const NAME = "@acme/codex";

/** Runs a function with a program folder that contains only the runtime, installed under another name. */
async function withOwnRuntime(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "codex-sdk-runtime-")));
  try {
    const { platform, arch } = current.host();
    const installed = join(folder, "node_modules", `${NAME}-${platform}-${arch}`);
    await mkdir(installed, { recursive: true });
    const vendor = dirname(dirname(dirname(binary)));
    await symlink(vendor, join(installed, "vendor"));
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns the answer of a turn with an SDK installed in a folder. */
async function answer(
  folder: string,
  options: StdioOptions,
  variables: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  const { cachedPackage: _, ...host } = current.host();
  const from = { ...host, searchFolders: [folder], variable: (name: string) => variables[name] };
  await using scripted = await ScriptedModel.start();
  scripted.model.enqueue(message("from a package of ours"));
  const connect = connectStdio(() => from, { ...scripted.options, ...options });
  await using codex = await Codex.start({ connect });
  const thread = await codex.threadStart();
  return (await thread.run("Hello")).finalResponse;
}

test("option runtimePackage runs a turn on the runtime of that package", async () => {
  await withOwnRuntime(async (folder) => {
    assertEquals(await answer(folder, { runtimePackage: NAME }), "from a package of ours");
  });
});

test("variable CODEX_RUNTIME_PACKAGE runs a turn on the runtime of that package", async () => {
  await withOwnRuntime(async (folder) => {
    const variables = { CODEX_RUNTIME_PACKAGE: NAME };
    assertEquals(await answer(folder, {}, variables), "from a package of ours");
  });
});

test("option runtimePackage runs a turn on a runtime staged from an archive", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "codex-sdk-runtime-")));
  try {
    const { platform, arch } = current.host();
    const archive = join(folder, "codex-package.tar.gz");
    // Stored rather than compressed: compressing half a gigabyte takes long.
    const packed = packTar(dirname(dirname(binary))).pipe(createGzip({ level: 0 }));
    await pipeline(packed, createWriteStream(archive));
    await stageRuntime({
      folder: join(folder, "node_modules", `${NAME}-${platform}-${arch}`),
      input: archive,
      codexVersion: RUNTIME_VERSION,
      platformTag: `${platform}-${arch}`,
      runtimePackage: NAME,
    });
    await rm(archive);
    assertEquals(await answer(folder, { runtimePackage: NAME }), "from a package of ours");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, { timeoutMs: 120_000 });

test("option runtimePackage names a missing package in the error", async () => {
  await withOwnRuntime(async (folder) => {
    const error = await assertRejects(
      () => answer(folder, { runtimePackage: "@acme/other" }),
      RuntimeNotFoundError,
    );
    assertStringIncludes(error.message, join(folder, "node_modules", "@acme", "other"));
  });
});

test("findRuntime finds this project's pinned package", async () => {
  const host = current.host();
  const found = await findRuntime({ ...host, variable: () => undefined });
  assertEquals(found.path, binary);
  assert(found.codexPathDir?.endsWith("/codex-path"));
  const { stdout } = await output([found.path, "--version"]);
  assertStringIncludes(stdout, RUNTIME_VERSION);
});
