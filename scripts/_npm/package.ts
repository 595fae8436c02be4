/** Builds and packs the npm package: `package.json` from `deno.json`, the modules by the TypeScript compiler or dnt. */
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import ts from "typescript";
import { UPSTREAM_PACKAGE } from "../../src/process/runtime_package.ts";
import { RUNTIME_VERSION } from "../../src/process/runtime_version.ts";
import { runCommand } from "../_lib/command.ts";
import { withScratch } from "../_lib/interruption.ts";
import { entryPoints } from "../_lib/package_files.ts";
import { denoPath, filesUnder, projectRoot } from "../_lib/project.ts";

/** The part of `deno.json` that the npm package is made from. */
export interface PackageConfig {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Entry points: `{ ".": "./mod.ts" }`. */
  readonly exports: Readonly<Record<string, string>>;
}

/** The compiled files of an entry point. */
export interface EntryFiles {
  readonly types: string;
  readonly default: string;
}

/** The `package.json` of the npm package. */
export interface NpmManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly type: "module";
  readonly sideEffects: false;
  readonly engines: Readonly<Record<string, string>>;
  readonly types: string;
  readonly exports: Readonly<Record<string, EntryFiles>>;
  /** The entry points for TypeScript's `node10` resolution, which does not read `exports`. */
  readonly typesVersions: { readonly "*": Readonly<Record<string, readonly string[]>> };
  /** Modules that bundlers leave out for browsers. */
  readonly browser: Readonly<Record<string, false>>;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The folder of the compiled modules; dnt calls it so. */
export const MODULE_FOLDER = "esm";

const DOCUMENTS: readonly string[] = ["README.md", "CHANGELOG.md", "LICENSE"];
const KEYWORDS =
  "codex codex-app-server app-server openai agent coding-agent json-rpc sdk deno bun";

/**
 * Returns the `package.json` of the npm package, which depends on exactly one version of Codex.
 *
 * @throws {TypeError} if there is no main entry point, or an entry point is not a `.ts` file
 */
export function npmManifest(config: PackageConfig, codexVersion: string): NpmManifest {
  const exports = Object.fromEntries(
    Object.entries(config.exports).map(([name, source]): [string, EntryFiles] => {
      const path = /^\.\/([^.]\S*)\.ts$/.exec(source)?.[1];
      if (path === undefined) {
        throw new TypeError(`Cannot make package.json: "${source}" is not "./*.ts"`);
      }
      const module = `./${MODULE_FOLDER}/${path}`;
      // Compilers take the first condition that fits.
      return [name, { types: `${module}.d.ts`, default: `${module}.js` }];
    }),
  );
  const main = exports["."];
  if (main === undefined) throw new TypeError(`Cannot make package.json: there is no export "."`);
  return {
    ...{ name: config.name, version: config.version },
    description:
      "Drives the codex app-server from Node, Bun and Deno: threads, turns, streaming, approvals and tools over JSON-RPC",
    keywords: KEYWORDS.split(" "),
    license: config.license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    types: main.types,
    exports,
    typesVersions: {
      "*": Object.fromEntries(
        Object.entries(exports).filter(([name]) => name !== ".")
          .map(([name, { types }]) => [name.slice(2), [types]]),
      ),
    },
    // What starts processes is behind dynamic imports: a browser has no modules of Node.
    browser: Object.fromEntries(
      ["bun", "deno", "node"].map((name) => [`./${MODULE_FOLDER}/transports/${name}.js`, false]),
    ),
    files: [MODULE_FOLDER, ...DOCUMENTS],
    dependencies: { [UPSTREAM_PACKAGE]: codexVersion },
  };
}

/** What is compiled, and to where. */
export interface CompileOptions {
  /** The folder that the entry points are relative to. */
  readonly root: string;
  /** Entry points, such as `mod.ts`. */
  readonly entries: readonly string[];
  /** The folder of the package. */
  readonly out: string;
}

/** How the package is built. */
export interface BuildOptions {
  /** The folder of the package; its content is replaced. */
  readonly out: string;
  /** @default {"tsc"} */
  readonly builder?: string | undefined;
}

/**
 * Builds the npm package into a folder and returns its manifest. A failed build leaves the folder as it was.
 *
 * @throws {TypeError} if the builder is neither `tsc` nor `dnt`
 * @throws {Error} if the sources do not compile, or dnt cannot be imported
 */
export async function buildPackage({ out, builder = "tsc" }: BuildOptions): Promise<NpmManifest> {
  if (builder !== "tsc" && builder !== "dnt") {
    throw new TypeError(`Cannot build with "${builder}": --builder is dnt or tsc`);
  }
  const config = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")) as PackageConfig;
  const manifest = npmManifest(config, RUNTIME_VERSION);
  await withScratch("build-npm-", async (work) => {
    const entries = [...new Set(Object.values(entryPoints()))];
    await (builder === "tsc" ? compileWithTsc : compileWithDnt)({
      ...{ root: projectRoot, entries, out: work },
    });
    finishPackage(projectRoot, work, manifest);
    rmSync(out, { recursive: true, force: true });
    cpSync(work, out, { recursive: true });
  });
  return manifest;
}

/**
 * Compiles the entry points and everything they import. Comments stay in the declarations, where editors show them, and
 * in the sources inside the maps; without them the modules are a third smaller.
 *
 * @throws {Error} with the compiler's messages if the sources do not compile
 */
export function compileWithTsc({ root, entries, out }: CompileOptions): void {
  const options: ts.CompilerOptions = {
    rootDir: root,
    outDir: join(out, MODULE_FOLDER),
    target: ts.ScriptTarget.ES2022, // Node 20
    module: ts.ModuleKind.NodeNext,
    lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"].map((name) => `lib.${name}.d.ts`),
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    declaration: true,
    emitDeclarationOnly: true,
  };
  const program = ts.createProgram(entries.map((entry) => join(root, entry)), options);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  const diagnostics = [...ts.getPreEmitDiagnostics(program)];
  if (diagnostics.length === 0) {
    diagnostics.push(
      ...program.emit(undefined, (path, text) => {
        // The compiler rewrites specifiers in modules only.
        write(path, text.replace(/(\bfrom |\bimport\()"(\.{1,2}\/[^"]*)\.ts"/g, '$1"$2.js"'));
      }).diagnostics,
    );
  }
  if (diagnostics.length > 0) {
    const text = ts.formatDiagnostics(diagnostics, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => ts.sys.getCurrentDirectory(),
      getNewLine: () => "\n",
    });
    throw new Error(`Cannot compile the package:\n${text}`);
  }
  const compilerOptions: ts.CompilerOptions = {
    ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    ...{ verbatimModuleSyntax: true, rewriteRelativeImportExtensions: true },
    ...{ removeComments: true, sourceMap: true, inlineSources: true },
  };
  for (const { fileName, text, isDeclarationFile } of program.getSourceFiles()) {
    if (isDeclarationFile) continue;
    const compiled = ts.transpileModule(text, { fileName, compilerOptions });
    const file = posix.relative(root.replaceAll("\\", "/"), fileName).replace(/\.ts$/, ".js");
    write(join(out, MODULE_FOLDER, file), compiled.outputText);
    write(join(out, MODULE_FOLDER, `${file}.map`), compiled.sourceMapText ?? "");
  }
}

/** Deno without the project's own imports: dnt is neither in `deno.json` nor in `node_modules`. */
const DNT = ["run", "-A", "--quiet", "--no-config", "--no-lock", "--node-modules-dir=none"];

/**
 * Compiles the entry points with dnt, which is imported from JSR.
 *
 * @throws {Error} with dnt's messages if it fails
 */
export async function compileWithDnt(
  options: CompileOptions,
  timeoutMs = 300_000,
): Promise<void> {
  const script = `const { build } = await import("jsr:@deno/dnt@0.43.2");
    await build(${JSON.stringify(dntOptions(options))});`;
  await withScratch("dnt-", async (folder) => {
    const file = join(folder, "build.mjs");
    writeFileSync(file, script);
    const run = await runCommand(denoPath(), [...DNT, file], { timeoutMs });
    if (run.timedOut) throw new Error("Cannot build with dnt: it took too long");
    if (run.code !== 0) throw new Error(`Cannot build with dnt:\n${run.output.trim()}`);
  });
}

/** Returns the options of dnt's `build()` that give the layout of {@linkcode compileWithTsc}. */
export function dntOptions({ root, entries, out }: CompileOptions): Record<string, unknown> {
  return {
    entryPoints: entries.map((entry) => ({ name: `./${entry}`, path: join(root, entry) })),
    outDir: out,
    package: { name: "unfinished", version: "0.0.0" },
    ...{ skipNpmInstall: true, typeCheck: false, test: false, shims: {}, polyfills: false },
    ...{ esModule: true, scriptModule: false, declaration: "inline", declarationMap: false },
    skipSourceOutput: true,
    compilerOptions: {
      ...{ target: "ES2022", lib: ["ESNext", "DOM", "DOM.Iterable"] },
      ...{ sourceMap: true, inlineSources: true },
    },
  };
}

/** The library that declares `AsyncDisposable`; a consumer's `lib` may lack it. */
const DISPOSABLE = `/// <reference lib="esnext.disposable" />\n`;

/** Completes the compiled modules of either builder: manifest, documents, source maps. */
export function finishPackage(root: string, out: string, manifest: NpmManifest): void {
  for (const extra of [".npmignore", `${MODULE_FOLDER}/package.json`]) {
    rmSync(join(out, extra), { force: true });
  }
  writeFileSync(join(out, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  for (const name of DOCUMENTS) copyFileSync(join(root, name), join(out, name));
  for (const { types } of Object.values(manifest.exports)) {
    const path = join(out, types);
    writeFileSync(path, DISPOSABLE + readFileSync(path, "utf8"));
  }
  for (const file of filesUnder(MODULE_FOLDER, ".js", out)) {
    const path = join(out, file);
    if (isEmptyModule(readFileSync(path, "utf8"))) {
      // The map of a module of types would hold its whole source for no line of code.
      writeFileSync(path, "export {};\n");
      rmSync(`${path}.map`, { force: true });
      continue;
    }
    const { sourceRoot: _, ...map } = JSON.parse(readFileSync(`${path}.map`, "utf8"));
    const source = file.slice(MODULE_FOLDER.length + 1).replace(/\.js$/, ".ts");
    map.sources = [posix.relative(posix.dirname(file), source)];
    writeFileSync(`${path}.map`, JSON.stringify(map));
  }
}

/** Whether nothing is left of a module but an empty export; dnt keeps comments. */
export function isEmptyModule(code: string): boolean {
  return code.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "").trim() === "export {};";
}

/** A packed package: what a registry is given. */
export interface PackedPackage {
  /** The path of the tarball. */
  readonly tarball: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes. */
  readonly unpackedSize: number;
  /** The paths of its files, without `package/`. */
  readonly files: readonly string[];
}

/**
 * Packs a package with npm into another folder.
 *
 * @throws {Error} with npm's messages if it fails
 */
export async function packPackage(folder: string, into: string): Promise<PackedPackage> {
  const args = ["pack", "--json", "--loglevel=error", `--pack-destination=${into}`];
  const { code, stdout, output } = await runCommand("npm", args, { cwd: folder });
  if (code !== 0) throw new Error(`Cannot pack "${folder}": ${output}`);
  const [{ filename, size, unpackedSize, files }] = JSON.parse(stdout);
  return {
    ...{ tarball: join(into, filename), size, unpackedSize },
    files: files.map(({ path }: { path: string }) => path),
  };
}
