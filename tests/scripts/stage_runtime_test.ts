import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { runCommand } from "../../scripts/_lib/command.ts";
import { denoPath, filesUnder, projectRoot } from "../../scripts/_lib/project.ts";
import { PLATFORM_TAGS } from "../../scripts/_stage/common.ts";
import { stageRuntime, type StageRuntimeOptions } from "../../scripts/_stage/stage_runtime.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { foreignLinux, foreignTriple, header, withFolder, writeFiles } from "./_executables.ts";

const host = `${process.platform}-${process.arch}`;
const installed = join(projectRoot, "node_modules", "@openai", `codex-${host}`);
const version = RUNTIME_VERSION;
const otherVersion = `${version}-other`;

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

/** The package of a platform other than this machine's, with helpers, all without their executable bit. */
function foreignPackage(folder: string): Promise<string> {
  const vendor = `vendor/${foreignTriple}`;
  return writeFiles(folder, {
    "package.json": JSON.stringify({ version: `1.2.3-${foreignLinux}` }),
    [`${vendor}/codex-package.json`]: JSON.stringify({ version: "1.2.3", target: foreignTriple }),
    [`${vendor}/bin/codex`]: header(foreignLinux),
    [`${vendor}/codex-path/rg`]: "rg",
    [`${vendor}/codex-resources/voice/sources.json`]: "{}",
    "vendor/x86_64-apple-darwin/bin/codex": header("darwin-x64"),
    "something/else": "not the runtime",
  });
}

async function refusal(options: Partial<StageRuntimeOptions>): Promise<string> {
  let message = "";
  await withFolder(async (folder) => {
    const error = await assertRejects(
      () =>
        stageRuntime({
          folder: join(folder, "out"),
          input: installed,
          codexVersion: version,
          platformTag: host,
          ...options,
        }),
      Error,
    );
    message = error.message;
    assertEquals(await readdir(folder), [], "something was left behind");
  });
  return message;
}

test("stageRuntime packages the installed runtime with all its helpers", async () => {
  await withFolder(async (folder) => {
    const out = join(folder, "out");
    const { manifest } = await stageRuntime({
      ...{ folder: out, input: installed, codexVersion: `rust-v${version}`, platformTag: host },
    });
    assertEquals(JSON.parse(readFileSync(join(out, "package.json"), "utf8")), { ...manifest });
    assertEquals(manifest.name, `@codex-app-server/runtime-${host}`);
    assertEquals([manifest.version, manifest.os, manifest.cpu], [version, [process.platform], [
      process.arch,
    ]]);
    const files = filesUnder("vendor", "", out);
    assertEquals(files, filesUnder("vendor", "", installed));
    for (const file of files) assertEquals(modeOf(join(out, file)), modeOf(join(installed, file)));
    assertEquals(modeOf(out), "755");
  });
}, { timeoutMs: 60_000 });

test("stageRuntime accepts a platform's folder by itself, and restores lost executable bits", async () => {
  await withFolder(async (folder) => {
    const input = await foreignPackage(join(folder, "in"));
    const out = join(folder, "out");
    const { manifest } = await stageRuntime({
      ...{ folder: out, input, codexVersion: "1.2.3", platformTag: foreignLinux },
      runtimePackage: "acme-codex",
    });
    const vendor = `vendor/${foreignTriple}`;
    assertEquals(filesUnder(".", "", out), [
      "README.md",
      "package.json",
      `${vendor}/bin/codex`,
      `${vendor}/codex-package.json`,
      `${vendor}/codex-path/rg`,
      `${vendor}/codex-resources/voice/sources.json`,
    ]);
    const executables = [`./${vendor}/bin/codex`, `./${vendor}/codex-path/rg`];
    assertEquals(manifest.publishConfig.executableFiles, executables);
    for (const file of executables) assertEquals(modeOf(join(out, file)), "755");
    assertEquals([manifest.name, manifest.files], [`acme-codex-${foreignLinux}`, ["vendor"]]);
    assertStringIncludes(readFileSync(join(out, "README.md"), "utf8"), "=acme-codex`");
  });
});

test("stageRuntime accepts a single executable, or the folder of a release", async () => {
  await withFolder(async (folder) => {
    const release = await writeFiles(join(folder, "release"), {
      "bin/codex.exe": header("win32-x64"),
      "codex-path/rg.exe": "rg",
      "codex-package.json": JSON.stringify({ version: "0.116.0-alpha.1" }),
    });
    const options = { codexVersion: "rust-v0.116.0-alpha.1", platformTag: "win32-x64" };
    const whole = await stageRuntime({ ...options, folder: join(folder, "a"), input: release });
    assertEquals([whole.manifest.version, whole.note], ["0.116.0-alpha.1", undefined]);
    assertEquals([whole.manifest.os, whole.manifest.cpu], [["win32"], ["x64"]]);
    assert(existsSync(join(folder, "a/vendor/x86_64-pc-windows-msvc/codex-path/rg.exe")));
    const input = join(release, "bin/codex.exe");
    const alone = await stageRuntime({ ...options, folder: join(folder, "b"), input });
    assertEquals(filesUnder("vendor", "", join(folder, "b")), [
      "vendor/x86_64-pc-windows-msvc/bin/codex.exe",
    ]);
    assertStringIncludes(alone.note ?? "", `give "${release}"`);
  });
});

test("stageRuntime declares the C library of a Linux executable to npm, and none for other platforms", async () => {
  const cases: readonly (readonly [string, string | undefined, readonly string[] | undefined])[] = [
    [foreignLinux, undefined, ["glibc", "musl"]],
    [foreignLinux, "/lib/ld-musl-aarch64.so.1", ["musl"]],
    [foreignLinux, "/lib64/ld-linux-x86-64.so.2", ["glibc"]],
    ["darwin-arm64", undefined, undefined],
    ["win32-arm64", undefined, undefined],
  ];
  for (const [platformTag, loader, libc] of cases) {
    await withFolder(async (folder) => {
      const input = join(await writeFiles(folder, { codex: header(platformTag, loader) }), "codex");
      const out = join(folder, "out");
      const { manifest } = await stageRuntime({
        ...{ folder: out, input, codexVersion: "1.2.3", platformTag },
      });
      assertEquals(manifest.libc, libc);
    });
  }
});

test("stageRuntime copies the targets of links", async () => {
  await withFolder(async (folder) => {
    const input = await foreignPackage(join(folder, "in"));
    await mkdir(join(input, `vendor/${foreignTriple}/codex-resources/lib`));
    const link = join(input, `vendor/${foreignTriple}/codex-resources/lib/x.so`);
    await symlink(join(input, "package.json"), link);
    const out = join(folder, "out");
    await stageRuntime({
      ...{ folder: out, input, codexVersion: "1.2.3", platformTag: foreignLinux },
    });
    assert(
      filesUnder("vendor", ".so", out).length === 1,
      "npm leaves links out: it has to be a file",
    );
  });
});

test("stageRuntime rejects a wrong version, wherever it is stated", async () => {
  const binary = join(installed, "vendor", triple(), "bin", "codex");
  const says = await refusal({ codexVersion: otherVersion });
  assertStringIncludes(says, `package.json" says version ${version}, not ${otherVersion}`);
  const told = await refusal({ input: binary, codexVersion: otherVersion });
  assertEquals(told, `The executable is of version ${version}, not ${otherVersion}`);
  for (const codexVersion of ["", "latest", "0.169"]) {
    assertStringIncludes(await refusal({ codexVersion }), "Cannot read the version");
  }
}, { timeoutMs: 60_000 });

test("stageRuntime rejects a wrong platform, and more than one", async () => {
  const binary = join(installed, "vendor", triple(), "bin", "codex");
  assertStringIncludes(
    await refusal({ platformTag: "darwin-x64" }),
    "No executable for darwin-x64",
  );
  const others = [foreignLinux, `win32-${process.arch}`, `darwin-${process.arch}`];
  for (const platformTag of others.filter((tag) => tag !== host)) {
    const message = await refusal({ input: binary, platformTag });
    assertStringIncludes(message, `is for ${host}, not for ${platformTag}`);
  }
  for (const platformTag of ["all", "", "linux", "linux-x64,darwin-x64", "LINUX-X64", "any"]) {
    const message = await refusal({ platformTag });
    for (const tag of PLATFORM_TAGS) assertStringIncludes(message, tag);
  }
});

test("stageRuntime rejects an input without an executable", async () => {
  await withFolder(async (folder) => {
    const files = { "script": "#!/bin/sh\necho 1.2.3\n", "codex.tgz": "x", "empty/x": "" };
    await writeFiles(folder, {
      ...files,
      fat: Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, ...new Uint8Array(80)),
    });
    const cases = {
      [join(folder, "nowhere")]: "does not exist",
      [join(folder, "script")]: "is not a native executable",
      [join(folder, "codex.tgz")]: "Cannot unpack",
      [join(folder, "empty")]: "No executable",
      [join(folder, "fat")]: "for one processor",
      [join(projectRoot, "node_modules", "@openai", "codex")]: `codex-${host}`,
    };
    for (const [input, message] of Object.entries(cases)) {
      assertStringIncludes(await refusal({ input }), message);
    }
  });
});

test("stageRuntime rejects an executable that does not report its version", async () => {
  await withFolder(async (folder) => {
    const input = join(await writeFiles(folder, { codex: header(host) }), "codex");
    await chmod(input, 0o755);
    assertStringIncludes(await refusal({ input }), "fails when asked for its version");
    // A shell would run the header for x64 as a script that writes to this file.
    assert(!existsSync(join(projectRoot, "@8")));
  });
});

test("stageRuntime rejects a non-empty folder, and names that are not package names", async () => {
  await withFolder(async (folder) => {
    await writeFiles(folder, { "mine": "" });
    assertStringIncludes(await refusal({ folder }), "is not empty");
    assertEquals(await readdir(folder), ["mine"]);
  });
  const cases = {
    "../x": "is not a valid npm package name",
    "@openai/codex": "is not yours to publish",
    "@acme/codex-linux-x64": `"@acme/codex", not "@acme/codex-linux-x64"`,
  };
  for (const [runtimePackage, message] of Object.entries(cases)) {
    assertStringIncludes(await refusal({ runtimePackage }), message);
  }
});

test("stage-runtime reports an error in one line, with its usage", async () => {
  const script = join(projectRoot, "scripts", "stage_runtime.ts");
  const run = (...args: string[]): ReturnType<typeof runCommand> =>
    runCommand(denoPath(), ["run", "-A", script, ...args], { timeoutMs: 30_000 });
  const wrong = await run(
    "--",
    "/nowhere/x",
    "/nowhere",
    "--codex-version=1.2.3",
    "--platform-tag=linux-x64",
  );
  assertEquals([wrong.code, wrong.output], [1, `"/nowhere" does not exist\n`]);
  const missing = await run("/nowhere/x", "/nowhere", "--codex-version", "1.2.3");
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.output, "--platform-tag is missing\n\nMakes an npm package");
  assertStringIncludes((await run("--all")).output, "deno task stage-runtime -- <folder>");
}, { timeoutMs: 60_000 });

function triple(): string {
  return process.arch === "arm64" ? "aarch64-unknown-linux-musl" : "x86_64-unknown-linux-musl";
}
