import { existsSync, readFileSync } from "node:fs";
import { chmod, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { runCommand } from "../../scripts/_lib/command.ts";
import { denoPath, filesUnder, projectRoot } from "../../scripts/_lib/project.ts";
import { stageRuntime } from "../../scripts/_stage/stage_runtime.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { foreignLinux, foreignTriple, header, withFolder, writeFiles } from "./_executables.ts";

const host = `${process.platform}-${process.arch}`;

/** Stages an executable into a folder; returns an error as text. */
async function stage(folder: string, force: boolean, codexVersion = "2.0.0"): Promise<string> {
  return await withInput(async (input) => {
    try {
      await stageRuntime({ folder, input, codexVersion, platformTag: foreignLinux, force });
      return "";
    } catch (error) {
      if (error instanceof Error) return error.message;
      throw error;
    }
  });
}

async function withInput(body: (input: string) => Promise<string>): Promise<string> {
  let result = "";
  await withFolder(async (folder) => {
    await writeFiles(folder, { codex: header(foreignLinux) });
    result = await body(join(folder, "codex"));
  });
  return result;
}

function versionIn(folder: string): string {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
}

test("stageRuntime replaces the package of an earlier run with force, and names it without", async () => {
  await withFolder(async (folder) => {
    const out = join(folder, "out");
    assertEquals(await stage(out, true, "1.0.0"), "");
    await writeFiles(out, { [`vendor/${foreignTriple}/old`]: "from the earlier run" });
    assertStringIncludes(await stage(out, false), `"${out}" is not empty: give a new folder`);
    assertEquals(versionIn(out), "1.0.0");
    assertEquals(await stage(out, true), "");
    assertEquals(versionIn(out), "2.0.0");
    assertEquals(filesUnder("vendor", "", out), [`vendor/${foreignTriple}/bin/codex`]);
    assertEquals(await readdir(folder), ["out"]);
  });
});

test("stageRuntime keeps the earlier package if the new one cannot be made", async () => {
  await withFolder(async (folder) => {
    const out = join(folder, "out");
    assertEquals(await stage(out, true, "1.0.0"), "");
    assertStringIncludes(await stage(out, true, "latest"), "Cannot read the version");
    const input = join(await writeFiles(folder, { codex: header(host) }), "codex");
    await chmod(input, 0o755);
    const options = { codexVersion: "2.0.0", platformTag: host, force: true };
    const error = await assertRejects(
      () => stageRuntime({ ...options, folder: out, input }),
      Error,
    );
    assertStringIncludes(error.message, "fails when asked for its version");
    assertEquals(versionIn(out), "1.0.0");
    assertEquals((await readdir(folder)).sort(), ["codex", "out"]);
  });
});

test("stageRuntime never replaces a folder that it did not make, even with force", async () => {
  await withFolder(async (folder) => {
    const cases: readonly Record<string, string>[] = [
      { mine: "" },
      { "package.json": "{}", "README.md": "" },
      { "package.json": "{", "README.md": "", "vendor/x": "" },
      { "README.md": "" },
      { "vendor/x": "" },
    ];
    for (const [index, files] of cases.entries()) {
      const out = await writeFiles(join(folder, `${index}`), files);
      for (const force of [true, false]) {
        assertStringIncludes(await stage(out, force), "--force replaces only the package");
      }
      assertEquals(filesUnder(".", "", out), Object.keys(files).sort());
    }
    const out = join(folder, "more");
    assertEquals(await stage(out, false), "");
    await writeFile(join(out, "notes"), "mine");
    assertStringIncludes(await stage(out, true), "is not empty");
    assert(existsSync(join(out, "notes")));
    await writeFile(join(folder, "file"), "mine");
    assertStringIncludes(await stage(join(folder, "file"), true), "is not a folder");
    assertEquals(readFileSync(join(folder, "file"), "utf8"), "mine");
  });
});

test("stageRuntime fills an existing empty folder", async () => {
  await withFolder(async (folder) => {
    assertEquals(await stage(folder, false), "");
    assertEquals(versionIn(folder), "2.0.0");
  });
});

test("stage-runtime accepts --runtime-version for --codex-version, and --force", async () => {
  await withFolder(async (folder) => {
    const input = join(await writeFiles(folder, { codex: header(foreignLinux) }), "codex");
    const out = join(folder, "out");
    const script = join(projectRoot, "scripts", "stage_runtime.ts");
    const run = async (...args: string[]): Promise<readonly [number | null, string]> => {
      const words = ["run", "-A", script, out, input, `--platform-tag=${foreignLinux}`, ...args];
      const { code, output } = await runCommand(denoPath(), words, { timeoutMs: 30_000 });
      return [code, output];
    };
    const name = `@codex-app-server/runtime-${foreignLinux}`;
    const made = [0, `Staged ${name}@1.2.3 in ${out}\n`] as const;
    assertEquals(await run("--runtime-version=1.2.3"), made);
    const [code, output] = await run("--codex-version=1.2.3");
    assertEquals(code, 1);
    assertStringIncludes(output, "--force");
    assertEquals(await run("--codex-version=rust-v1.2.3", "--force"), made);
    const [both, told] = await run("--codex-version=1.2.3", "--runtime-version=1.2.3");
    assertEquals([both, told.includes("are the same option: give one")], [1, true]);
  });
}, { timeoutMs: 60_000 });
