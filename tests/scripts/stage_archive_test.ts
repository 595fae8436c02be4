import { readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { filesUnder } from "../../scripts/_lib/project.ts";
import { type StagedRuntime, stageRuntime } from "../../scripts/_stage/stage_runtime.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { type Packed, writeArchive } from "./_archives.ts";
import { foreignLinux, foreignTriple, header, withFolder } from "./_executables.ts";

const executable = header(foreignLinux);
const claims = JSON.stringify({ version: "1.2.3", target: foreignTriple });

/** The folder of a release as packed by its makers, without any executable bit. */
const release: readonly Packed[] = [
  { path: "bin/", kind: "directory" },
  { path: "bin/codex", content: executable },
  { path: "bin/codex-code-mode-host", content: "host" },
  { path: "codex-package.json", content: claims },
  { path: "codex-path/rg", content: "rg" },
  { path: "codex-resources/bwrap", content: "bwrap" },
  { path: "codex-resources/voice/NOTICE.md", content: "notice" },
  { path: "codex-resources/voice/bin/codex-voice-host", content: "voice" },
];
const releaseFiles = release.map(({ path }) => path).filter((path) => !path.endsWith("/"));

function below(folder: string, entries: readonly Packed[]): Packed[] {
  return entries.map((entry) => ({ ...entry, path: `${folder}/${entry.path}` }));
}

/** Stages the content of an archive and passes on the runtime's files, relative to its folder. */
async function staged(
  name: string,
  entries: readonly Packed[],
  check: (runtime: StagedRuntime, files: string[], folder: string) => void,
  platformTag: string = foreignLinux,
): Promise<void> {
  await withFolder(async (folder) => {
    const input = await writeArchive(join(folder, name), entries);
    const out = join(folder, "out");
    const runtime = await stageRuntime({ folder: out, input, codexVersion: "1.2.3", platformTag });
    const [triple = ""] = await readdir(join(out, "vendor"));
    const vendor = join(out, "vendor", triple);
    check(runtime, filesUnder(".", "", vendor), vendor);
    assertEquals((await readdir(folder)).sort(), [name, "out"].sort());
  });
}

async function refusal(name: string, entries: readonly Packed[]): Promise<string> {
  let message = "";
  await withFolder(async (folder) => {
    const input = await writeArchive(join(folder, name), entries);
    const options = { codexVersion: "1.2.3", platformTag: foreignLinux };
    const error = await assertRejects(
      () => stageRuntime({ ...options, folder: join(folder, "out"), input }),
      Error,
    );
    message = error.message.replaceAll(folder, "FOLDER");
    assertEquals(await readdir(folder), [name]);
  });
  return message;
}

test("stageRuntime accepts a release's archive of one executable", async () => {
  const name = `codex-${foreignTriple}`;
  for (const archive of [`${name}.tar.gz`, `${name}.zip`, "any.tgz"]) {
    for (const path of [name, "codex", `top/${name}`]) {
      const entries = [{ path, content: executable, mode: 0o644 }];
      await staged(archive, entries, ({ manifest, note }, files, folder) => {
        assertEquals([files, note], [["bin/codex"], undefined]);
        assertEquals(new Uint8Array(readFileSync(join(folder, "bin/codex"))), executable);
        if (process.platform === "win32") return;
        assertEquals(statSync(join(folder, "bin/codex")).mode & 0o777, 0o755);
        const bin = `./vendor/${foreignTriple}/bin/codex`;
        assertEquals(manifest.publishConfig.executableFiles, [bin]);
      });
    }
  }
});

test("stageRuntime accepts the .exe.zip for Windows, and reports what it omits", async () => {
  const name = "codex-x86_64-pc-windows-msvc.exe";
  const entries = [{ path: name, content: header("win32-x64") }];
  await staged(`${name}.zip`, entries, ({ manifest, note }, files) => {
    assertEquals([files, note], [["bin/codex.exe"], undefined]);
    assertEquals([manifest.os, manifest.cpu], [["win32"], ["x64"]]);
  }, "win32-x64");
  const more = [...entries, { path: "codex-command-runner.exe", content: "x" }];
  await staged(`${name}.zip`, more, ({ note }, files) => {
    assertEquals(files, ["bin/codex.exe"]);
    assertEquals(note, "the executable alone, without codex-command-runner.exe");
  }, "win32-x64");
});

test("stageRuntime accepts the archive of a complete package, with or without a top folder", async () => {
  const layouts = [
    release,
    below(`codex-package-${foreignTriple}`, release),
    below(`package/vendor/${foreignTriple}`, release),
    below(`vendor/${foreignTriple}`, release),
  ];
  for (const archive of ["codex.tar.gz", "codex.zip"]) {
    for (const entries of layouts) {
      await staged(archive, entries, ({ note }, files, folder) => {
        assertEquals([files, note], [releaseFiles, undefined]);
        if (process.platform === "win32") return;
        for (const file of files) {
          const bits = /\.(?:json|md)$/.test(file) ? 0o644 : 0o755;
          assertEquals(statSync(join(folder, file)).mode & 0o777, bits, file);
        }
      });
    }
  }
  await staged("codex.tgz", [{ path: "bin/codex", content: executable }], (_, files) => {
    assertEquals(files, ["bin/codex"]);
  });
});

test("stageRuntime keeps the executable bits of an unknown archive", async () => {
  const library = { path: "codex-resources/voice/lib/x.so", content: "x", mode: 0o755 };
  for (const archive of ["codex.tgz", "codex.zip"]) {
    await staged(archive, [...release, library], ({ manifest }) => {
      if (process.platform === "win32") return;
      const listed = manifest.publishConfig.executableFiles;
      assert(listed.includes(`./vendor/${foreignTriple}/${library.path}`));
    });
  }
});

test("stageRuntime names the archive and what it expected in it", async () => {
  const wrong = [{ path: "top/codex-riscv64", content: "x" }, { path: "top/notes", content: "" }];
  assertEquals(
    await refusal("x.zip", wrong),
    `No executable for ${foreignLinux} in "FOLDER/x.zip/top": expected one of ` +
      `vendor/${foreignTriple}/bin/codex, bin/codex, codex-${foreignTriple}, codex, ` +
      `as in @openai/codex-${foreignLinux}; found codex-riscv64, notes`,
  );
  assertStringIncludes(await refusal("x.tgz", []), `in "FOLDER/x.tgz": expected one of`);
  const darwin = [{ path: "codex", content: header("darwin-x64") }];
  assertEquals(
    await refusal("x.tar.gz", darwin),
    `"FOLDER/x.tar.gz/codex" is for darwin-x64, not for ${foreignLinux}`,
  );
  const other = JSON.stringify({ version: "1.2.4" });
  const renamed = release.map((one) => one.content === claims ? { ...one, content: other } : one);
  assertEquals(
    await refusal("x.tgz", renamed),
    `"FOLDER/x.tgz/codex-package.json" says version 1.2.4, not 1.2.3`,
  );
  const evil = [...release, { path: "../outside", content: "x" }];
  assertStringIncludes(await refusal("x.tgz", evil), `Cannot unpack "FOLDER/x.tgz"`);
});
