import { readFile } from "node:fs/promises";
import { RuntimeNotFoundError } from "../../src/errors/start_errors.ts";
import { findRuntime, type FindRuntimeOptions } from "../../src/process/find_runtime.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { connectStdio } from "../../src/process/stdio.ts";
import type { StdioOptions } from "../../src/process/stdio_options.ts";
import {
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { root } from "./_current.ts";
import { type SimulatedHost, simulatedHost } from "./_simulated_host.ts";

const LINUX = "vendor/x86_64-unknown-linux-musl/bin/codex";

async function find(made: SimulatedHost, options?: FindRuntimeOptions): Promise<string> {
  return (await findRuntime(simulatedHost(made), options)).path;
}

function failure(made: SimulatedHost, options?: FindRuntimeOptions): Promise<RuntimeNotFoundError> {
  return assertRejects(() => find(made, options), RuntimeNotFoundError);
}

test("findRuntime searches option, variable, package and PATH, in this order [R-43]", async () => {
  const packaged = `/work/node_modules/@openai/codex-linux-x64/${LINUX}`;
  const all = {
    files: ["/opt/a", "/opt/b", packaged, "/usr/bin/codex"],
    environment: { CODEX_BIN: "/opt/b", PATH: "/usr/bin" },
  };
  assertEquals(await find(all, { codexBin: "/opt/a" }), "/opt/a");
  assertEquals(await find(all), "/opt/b");
  const unset = { ...all, environment: { CODEX_BIN: "", PATH: "/usr/bin" } };
  assertEquals(await find(unset), packaged);
  assertEquals(await find({ ...unset, files: ["/usr/bin/codex"] }), "/usr/bin/codex");
});

test("findRuntime never replaces a chosen executable that is missing", async () => {
  const made = { files: ["/usr/bin/codex"], environment: { PATH: "/usr/bin" } };
  for (const codexBin of ["/nope/codex", "./codex", "/usr/bin", "", "other"]) {
    const error = await failure(made, { codexBin });
    assertStringIncludes(error.message, `option "codexBin"`);
  }
  const error = await failure({ ...made, environment: { PATH: "/usr/bin", CODEX_BIN: "/nope" } });
  assertEquals(error.tried, [
    { place: "variable CODEX_BIN", outcome: `"/nope" does not exist` },
  ]);
});

test("findRuntime resolves a relative path against the host's folder and a bare name on PATH", async () => {
  const made = {
    cwd: "/work",
    files: ["/work/bin/codex", "/usr/bin/my-codex"],
    environment: { PATH: "/bin:/usr/bin" },
  };
  assertEquals(await find(made, { codexBin: "./bin/codex" }), "/work/bin/codex");
  assertEquals(await find(made, { codexBin: "my-codex" }), "/usr/bin/my-codex");
});

test("findRuntime uses a chosen path that it may not read", async () => {
  assertEquals(await find({ denied: ["/opt"] }, { codexBin: "/opt/codex" }), "/opt/codex");
});

test("findRuntime reports every location, the runtime, the platform and the architecture [R-43]", async () => {
  const { message, tried } = await failure({
    runtime: "deno",
    platform: "darwin",
    arch: "arm64",
    cwd: "/a/b",
    environment: { PATH: "/usr/bin:/opt/bin:relative:" },
    files: ["/opt/bin/other"],
    denied: ["CODEX_BIN", "/opt"],
    cachedPackage: () => Promise.reject(new Error("offline")),
  });
  assertStringIncludes(message, "darwin-arm64");
  assertStringIncludes(message, "deno");
  assertEquals(tried.map(({ place }) => place), [
    "variable CODEX_BIN",
    "variable CODEX_RUNTIME_PACKAGE",
    "package /a/b/node_modules/@openai/codex",
    "package /a/node_modules/@openai/codex",
    "package /node_modules/@openai/codex",
    `npm:@openai/codex@${RUNTIME_VERSION}`,
    "PATH folder /usr/bin",
    "PATH folder /opt/bin",
  ]);
  assertStringIncludes(message, "--allow-env=CODEX_BIN");
  assertStringIncludes(message, "offline");
  assertStringIncludes(message, "--allow-read=/opt/bin/codex");
});

test("findRuntime supports the layouts of npm, pnpm, nested installs and Deno's cache", async () => {
  const pnpm = "/work/node_modules/.pnpm/@openai+codex@0.169.0/node_modules/@openai";
  const cache = "/home/u/.cache/deno/npm/registry/@openai/codex";
  const found: readonly (readonly [string, SimulatedHost])[] = [
    [`/work/node_modules/@openai/codex-linux-x64/${LINUX}`, {}],
    [`/node_modules/@openai/codex-linux-x64/${LINUX}`, {}],
    [`/work/node_modules/@openai/codex/node_modules/@openai/codex-linux-x64/${LINUX}`, {}],
    [`/work/node_modules/@openai/codex/${LINUX}`, {}],
    [`${pnpm}/codex-linux-x64/${LINUX}`, {
      links: { "/work/node_modules/@openai/codex": `${pnpm}/codex` },
      scripts: [`${pnpm}/codex/bin/codex.js`],
    }],
    [`${cache}/0.169.0-linux-x64/${LINUX}`, {
      cachedPackage: () => Promise.resolve(`${cache}/0.169.0`),
    }],
  ];
  for (const [path, made] of found) assertEquals(await find({ files: [path], ...made }), path);
});

test("findRuntime searches what Electron unpacks, never its archive [R-103]", async () => {
  const resources = "/opt/App/resources";
  const path = `${resources}/app.asar.unpacked/node_modules/@openai/codex-linux-x64/${LINUX}`;
  const made = {
    searchFolders: [`${resources}/app.asar/node_modules/@codex-app-server/sdk/esm/transports`],
  };
  assertEquals(await find({ ...made, files: [path] }), path);
  const archived = path.replace(".unpacked", "");
  const { tried } = await failure({ ...made, files: [archived] });
  assertEquals(tried.filter(({ place }) => place.includes("app.asar/")), []);
});

test("findRuntime searches the package that the option or the variable names", async () => {
  const own = `/work/node_modules/@acme/runtime-linux-x64/${LINUX}`;
  const flat = `/node_modules/runtime-linux-x64/${LINUX}`;
  const upstream = `/work/node_modules/@openai/codex-linux-x64/${LINUX}`;
  const files = [own, flat, upstream];
  const environment = { CODEX_RUNTIME_PACKAGE: "runtime" };
  const option = { runtimePackage: "@acme/runtime" };
  assertEquals(await find({ files }), upstream);
  assertEquals(await find({ files }, option), own);
  assertEquals(await find({ files }, { runtimePackage: "@acme/runtime-linux-x64" }), own);
  assertEquals(await find({ files, environment }), flat);
  assertEquals(await find({ files, environment }, option), own);
  assertEquals(await find({ files, environment: { CODEX_RUNTIME_PACKAGE: "" } }), upstream);
  const binary = { files: [...files, "/opt/a"], environment: { CODEX_BIN: "/opt/a" } };
  assertEquals(await find(binary, option), "/opt/a");
});

test("findRuntime never replaces a chosen package that is missing [R-43]", async () => {
  const wanted: string[] = [];
  const error = await failure({
    files: [`/work/node_modules/@openai/codex-linux-x64/${LINUX}`, "/usr/bin/codex"],
    environment: { PATH: "/usr/bin" },
    cachedPackage(name): Promise<undefined> {
      wanted.push(name);
      return Promise.resolve(undefined);
    },
  }, { runtimePackage: "@acme/runtime" });
  assertEquals(error.tried.map(({ place }) => place), [
    "variable CODEX_BIN",
    "package /work/node_modules/@acme/runtime",
    "package /node_modules/@acme/runtime",
    `npm:@acme/runtime-linux-x64@${RUNTIME_VERSION}`,
  ]);
  assertEquals(error.tried[1]?.outcome, "not installed, nor @acme/runtime-linux-x64");
  assertEquals(wanted, [`@acme/runtime-linux-x64@${RUNTIME_VERSION}`]);
});

test("findRuntime rejects a variable that is not a package name, and searches no other folder", async () => {
  for (const name of ["../evil", "/opt/x", "a b", "@acme", "@acme/", "Codex", "a/b", ".x"]) {
    const environment = { CODEX_RUNTIME_PACKAGE: name };
    const { tried } = await failure({ environment, files: ["/opt/x/" + LINUX] });
    assertEquals(tried.slice(1), [
      { place: `package ${JSON.stringify(name)}`, outcome: "is not a valid npm package name" },
    ]);
  }
});

test("stdio immediately rejects a runtimePackage that is not a package name", () => {
  for (const runtimePackage of ["", "../x", "@a/b/c", 5, null, "x".repeat(215)]) {
    assertThrows(
      () => connectStdio(() => simulatedHost({}), { runtimePackage } as StdioOptions),
      TypeError,
      `"runtimePackage" must be the name of an npm package`,
    );
  }
});

test("findRuntime picks the executable of the platform and architecture", async () => {
  const unix = (pack: string, triple: string): string =>
    `/work/node_modules/@openai/codex-${pack}/vendor/${triple}/bin/codex`;
  const cases: readonly (readonly [string, string, string])[] = [
    ["linux", "arm64", unix("linux-arm64", "aarch64-unknown-linux-musl")],
    ["android", "arm64", unix("linux-arm64", "aarch64-unknown-linux-musl")],
    ["darwin", "x64", unix("darwin-x64", "x86_64-apple-darwin")],
    ["darwin", "arm64", unix("darwin-arm64", "aarch64-apple-darwin")],
    [
      "win32",
      "arm64",
      "C:\\work\\node_modules\\@openai\\codex-win32-arm64\\vendor\\aarch64-pc-windows-msvc\\bin\\codex.exe",
    ],
  ];
  for (const [platform, arch, path] of cases) {
    assertEquals(await find({ platform, arch, files: [path] }), path);
  }
  assertStringIncludes(
    (await failure({ arch: "riscv64" })).message,
    "no executable for linux-riscv64",
  );
});

test("findRuntime reports a missing platform package", async () => {
  const scripts = ["/work/node_modules/@openai/codex/bin/codex.js"];
  assertStringIncludes((await failure({ scripts })).message, "codex-linux-x64 is missing");
});

test("findRuntime finds the native executable behind npm's launcher [R-43]", async () => {
  const package_ = "/usr/lib/node_modules/@openai/codex";
  const native = `${package_}/node_modules/@openai/codex-linux-x64/${LINUX}`;
  const made = {
    files: [native],
    scripts: [`${package_}/bin/codex.js`],
    links: { "/usr/bin/codex": `${package_}/bin/codex.js` },
    environment: { PATH: "/usr/bin" },
  };
  assertEquals(await find(made), native);
  assertEquals(await find(made, { codexBin: "/usr/bin/codex" }), native);
  assertEquals(await find(made, { codexBin: "codex" }), native);
  const error = await failure({ ...made, files: [] }, { codexBin: "/usr/bin/codex" });
  assertStringIncludes(error.message, "is a script, not a native executable");
});

test("findRuntime skips a script on PATH, but uses one that was chosen", async () => {
  const made = {
    scripts: ["/a/codex"],
    files: ["/b/codex"],
    environment: { PATH: "/a:/b" },
  };
  assertEquals(await find(made), "/b/codex");
  assertEquals(await find(made, { codexBin: "/a/codex" }), "/a/codex");
});

test("findRuntime follows PATHEXT on Windows, native executables first, never a .cmd [R-43]", async () => {
  const folder = "C:\\npm";
  const environment = { PATH: `"${folder}";D:\\bin`, PATHEXT: ".CMD;.EXE;.JS" };
  const base = { platform: "win32", environment };
  assertEquals(
    await find({ ...base, files: [`${folder}\\codex.cmd`, "D:\\bin\\codex.exe"] }),
    "D:\\bin\\codex.exe",
  );
  assertEquals(
    await find({ ...base, files: [`${folder}\\codex.cmd`, `${folder}\\codex.exe`] }),
    `${folder}\\codex.exe`,
  );
  const native =
    `${folder}\\node_modules\\@openai\\codex\\node_modules\\@openai\\codex-win32-x64\\vendor\\x86_64-pc-windows-msvc\\bin\\codex.exe`;
  assertEquals(await find({ ...base, files: [`${folder}\\codex.cmd`, native] }), native);
  const error = await failure({ ...base, files: [`${folder}\\codex.cmd`] }, {
    codexBin: `${folder}\\codex.cmd`,
  });
  assertStringIncludes(error.message, "is a script");
});

test("findRuntime returns the folder of the helper programs", async () => {
  const top = "/work/node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl";
  const files = [`${top}/bin/codex`, `${top}/codex-path/rg`];
  assertEquals(await findRuntime(simulatedHost({ files })), {
    path: `${top}/bin/codex`,
    codexPathDir: `${top}/codex-path`,
  });
  const linked = { files, links: { "/usr/local/bin/codex": `${top}/bin/codex` } };
  assertEquals(await findRuntime(simulatedHost(linked), { codexBin: "/usr/local/bin/codex" }), {
    path: "/usr/local/bin/codex",
    codexPathDir: `${top}/codex-path`,
  });
});

test("RUNTIME_VERSION is the version of the pinned dependency", async () => {
  const pack = await readFile(`${root}/package.json`, "utf8");
  assertEquals(JSON.parse(pack).dependencies["@openai/codex"], RUNTIME_VERSION);
});
