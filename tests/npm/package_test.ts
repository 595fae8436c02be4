/** Builds and packs the npm package, and tests what a registry would be given. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { runCommand } from "../../scripts/_lib/command.ts";
import { entryPoints } from "../../scripts/_lib/package_files.ts";
import { esbuildPath, filesUnder, projectRoot } from "../../scripts/_lib/project.ts";
import { readSurface } from "../../scripts/_lib/public_surface.ts";
import type { NpmManifest } from "../../scripts/_npm/package.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { copyPackage } from "./_built_package.ts";

/** The size limits of the package, in bytes: what was reached, and a small margin. */
const LIMITS = { packed: 525_000, unpacked: 2_150_000 };
/** The maximum number of modules that an import of the package loads. */
const MAX_MODULES = 5;
/** The maximum bytes of a minified, compressed program that starts a client and runs a turn. */
const MAX_PROGRAM = 72_500;

const options = { timeoutMs: 240_000 };
const work = mkdtempSync(join(tmpdir(), "codex-npm-package-"));
globalThis.addEventListener("unload", () => rmSync(work, { recursive: true, force: true }));
const installed = join(work, "node_modules", "@codex-app-server", "sdk");
let preparing: ReturnType<typeof prepare> | undefined;

/** Returns the package, which is built, packed and put into a project once. */
function prepared(): ReturnType<typeof prepare> {
  return preparing ??= prepare();
}

/** The part of what `npm pack` reports that the tests use. */
interface PackedPackage {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

async function prepare(): Promise<{ manifest: NpmManifest; packed: PackedPackage }> {
  const manifest = await copyPackage(installed);
  const pack = ["pack", "--json", "--loglevel=error", `--pack-destination=${work}`];
  const { stdout, output } = await runCommand("npm", pack, { cwd: installed });
  assert(stdout.startsWith("["), output);
  const [packed] = JSON.parse(stdout);
  mkdirSync(join(work, "node_modules", "@types"));
  mkdirSync(join(work, "node_modules", "@ai-sdk"));
  for (const name of ["@types/node", "undici-types", "@ai-sdk/provider"]) {
    const link = join(work, "node_modules", name);
    symlinkSync(join(projectRoot, "node_modules", name), link, "junction");
  }
  cpSync(join(projectRoot, "tests", "npm", "consumer"), work, { recursive: true });
  cpSync(join(projectRoot, "examples"), join(work, "examples"), { recursive: true });
  writeFileSync(join(work, "package.json"), JSON.stringify({ type: "module" }));
  return { manifest, packed };
}

/** Runs a program of Node in the project; returns what it prints. */
async function node(...args: readonly string[]): Promise<string> {
  const { code, stdout, output } = await runCommand("node", args, { cwd: work });
  assertEquals(code, 0, output);
  return stdout;
}

function tool(path: string, ...args: readonly string[]): Promise<string> {
  return node(join(projectRoot, "node_modules", path), ...args);
}

test(
  "the npm package holds modules, declarations and documents, and is not too large",
  async () => {
    const { packed } = await prepared();
    const stray = packed.files.map(({ path }) => path).filter((path) =>
      !/^(?:esm\/[\w/-]+\.(?:js|js\.map|d\.ts)|package\.json|[A-Z]+(?:\.md)?)$/.test(path)
    );
    assertEquals(stray, []);
    const { size, unpackedSize } = packed;
    assert(size < LIMITS.packed, `${size} bytes are too many`);
    assert(unpackedSize < LIMITS.unpacked, `${unpackedSize} bytes are too many, unpacked`);
  },
  options,
);

test(
  "the npm package has a map for each module with code of its own, and no path of this machine",
  async () => {
    await prepared();
    const files = filesUnder("esm", "", installed);
    assert(files.length > 0);
    for (const path of files) {
      const text = readFileSync(join(installed, path), "utf8");
      assert(!text.includes(projectRoot), path);
      if (!path.endsWith(".js") || !text.includes("// src/")) continue;
      const { sources } = JSON.parse(readFileSync(join(installed, `${path}.map`), "utf8"));
      for (const source of sources) {
        const file = relative(installed, join(installed, path, "..", source));
        assert(existsSync(join(projectRoot, file)), `${path} maps to ${source}`);
      }
    }
  },
  options,
);

test("the npm package passes publint and Are The Types Wrong", async () => {
  const tarball = join(work, (await prepared()).packed.filename);
  await tool("publint/src/cli.js", "run", tarball, "--strict");
  await tool("@arethetypeswrong/cli/dist/index.js", tarball, "--profile", "esm-only");
}, options);

test(
  "the npm package declares the exports of the sources, and Node imports its values",
  async () => {
    const { exports } = (await prepared()).manifest;
    const filesOf = (kind: "types" | "default"): [string, string][] =>
      Object.entries(exports).map(([name, files]) => [name, files[kind]]);
    const declared = readSurface(Object.fromEntries(filesOf("types")), installed);
    assertEquals(declared, readSurface(entryPoints()));
    const values = Object.entries(declared).map(([name, { values }]) => [name, values]);
    const script = `const found = [];
    for (const [name, file] of ${JSON.stringify(filesOf("default"))}) {
      const url = new URL(file, ${JSON.stringify(pathToFileURL(`${installed}/`).href)});
      found.push([name, Object.keys(await import(url)).sort()]);
    }
    console.log(JSON.stringify(found));`;
    assertEquals(JSON.parse(await node("--input-type=module", "--eval", script)), values);
  },
  options,
);

test(
  "an import of the npm package loads few modules, and nothing that many programs never use",
  async () => {
    await prepared();
    const loaded = loadedBy(join(installed, "esm", "mod.js"));
    assert(loaded.size <= MAX_MODULES, `${loaded.size} modules are too many`);
    const sources = [...loaded].flatMap((path) =>
      [...readFileSync(path, "utf8").matchAll(/^\/\/ (\S+)\.js$/gm)].map(([, source = ""]) =>
        source
      )
    );
    assert(sources.includes("src/codex"));
    const later =
      /^src\/(?:testing|websocket|framing|schema\/strict_|process\/(?!stdio_options)|client\/(?:account\/login|output\/output_turn|goals\/goal_|tools\/tool_(?:set|call|output)|turns\/review\.|threads\/thread_compact|fs\/fs_|mcp\/mcp_))/;
    assertEquals(sources.filter((source) => later.test(source)), []);
  },
  options,
);

test("a program that starts a client and runs a turn is small", async () => {
  await prepared();
  writeFileSync(
    join(work, "run.mjs"),
    `import { Codex } from "@codex-app-server/sdk";
    const codex = await Codex.start();
    console.log(await (await codex.threadStart()).run("Say hello"));\n`,
  );
  const bundler = await rolldown({ cwd: work, input: join(work, "run.mjs"), platform: "node" });
  await bundler.write({ dir: join(work, "bundled"), minify: true });
  await bundler.close();
  const start = filesUnder("bundled", ".js", work).filter((file) =>
    /\/(?:run|node-.*)\.js$/.test(file)
  );
  assertEquals(start.length, 2);
  const loaded = new Set(start.flatMap((file) => [...loadedBy(join(work, file))]));
  const bytes = [...loaded].reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  assert(bytes < MAX_PROGRAM, `${bytes} bytes are too many`);
}, options);

/** Returns the files that a module loads when it is imported, with the module itself. */
function loadedBy(path: string, loaded: Set<string> = new Set()): ReadonlySet<string> {
  if (loaded.has(path)) return loaded;
  loaded.add(path);
  const imports = readFileSync(path, "utf8").matchAll(
    /(?:^|[;}])(?:import|export)\b[^"'()`;]*["'`](\.[^"'`]+)/gm,
  );
  for (const [, specifier = ""] of imports) loadedBy(join(path, "..", specifier), loaded);
  return loaded;
}

/** The oldest supported TypeScript, the last one in JavaScript, and the native one. */
for (const compiler of ["typescript-5.4", "typescript-5.9", "typescript-7"]) {
  test(`the npm package compiles with ${compiler}, for Node and for a page`, async () => {
    await prepared();
    // Those that need nothing else from npm.
    const examples = filesUnder("examples", ".ts", work).filter((file) =>
      !/^examples\/(?:fleet|gateway|web)\//.test(file) &&
      !/ from "(?:zod|ai"|@opentelemetry)/.test(readFileSync(join(work, file), "utf8"))
    );
    const consumers = [
      { module: "nodenext", lib: ["es2022"], types: ["node"], files: examples },
      { module: "esnext", lib: ["es2022", "dom"], types: [], files: [] },
    ];
    for (const { module, files, ...scope } of consumers) {
      const compilerOptions = {
        ...{ ...scope, module, target: "es2022", strict: true, exactOptionalPropertyTypes: true },
        ...{ moduleResolution: module === "esnext" ? "bundler" : module },
        skipLibCheck: false, // also checks the declarations of the package
        noEmit: true,
        allowImportingTsExtensions: true, // between the examples
      };
      const config = { compilerOptions, files: ["every_entry.ts", ...files] };
      const file = `tsconfig.${compiler}.${module}.json`;
      writeFileSync(join(work, file), JSON.stringify(config));
      await tool(`${compiler}/bin/tsc`, "-p", file);
    }
  }, options);
}

test("the npm package works in a page, where a start is a typed error", async () => {
  await prepared();
  const flags = ["--bundle", "--platform=browser", "--format=iife", "--log-level=warning"];
  const args = ["page.mjs", ...flags, "--outfile=page.js"];
  const { code, output } = await runCommand(esbuildPath(), args, { cwd: work });
  assertEquals([code, output], [0, ""]);
  const printed = JSON.parse(await node("run_page.mjs", "page.js"));
  assertEquals(printed, [RUNTIME_VERSION, "spawn_failed"]);
}, options);
