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
  readonly exports: Readonly<Record<string, string>>;
}

export interface NpmManifest extends Omit<PackageConfig, "exports"> {
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
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
  const { name, version, license } = config;
  const modules = Object.entries(config.exports).map(([name, source]) => {
    const path = /^\.\/([^.]\S*)\.ts$/.exec(source)?.[1];
    if (path === undefined) {
      throw new TypeError(`Cannot make package.json: "${source}" is not "./*.ts"`);
    }
    return [name, `./${MODULE_FOLDER}/${path}`] as const;
  });
  const [main] = modules.filter(([name]) => name === ".");
  if (main === undefined) throw new TypeError(`Cannot make package.json: there is no export "."`);
  return {
    ...{ name, version, license },
    description:
      "Drives the codex app-server from Node, Bun and Deno: threads, turns, streaming, approvals and tools over JSON-RPC",
    keywords: KEYWORDS.split(" "),
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    types: `${main[1]}.d.ts`,
    // Compilers take the first condition that fits.
    exports: Object.fromEntries(modules.map(([name, path]) => {
      return [name, { types: `${path}.d.ts`, default: `${path}.js` }];
    })),
    // The entry points for TypeScript's `node10` resolution, which does not read `exports`.
    typesVersions: {
      "*": Object.fromEntries(
        modules.filter((one) => one !== main)
          .map(([name, path]) => [name.slice(2), [`${path}.d.ts`]]),
      ),
    },
    // What starts processes or opens sockets is behind dynamic imports: a browser has no modules of Node.
    browser: Object.fromEntries(
      ["bun", "deno", "node", "node_sockets"]
        .map((name) => [`./${MODULE_FOLDER}/transports/${name}.js`, false]),
    ),
    files: [MODULE_FOLDER, ...DOCUMENTS],
    dependencies: { [UPSTREAM_PACKAGE]: codexVersion },
  };
}

interface CompileOptions {
  /** The folder that the entry points are relative to. */
  readonly root: string;
  readonly entries: readonly string[];
  readonly out: string;
}

/**
 * Builds the npm package into the folder `out`, whose content is replaced. A failed build leaves it as it was.
 *
 * @throws {TypeError} if the builder is neither `tsc` nor `dnt`
 * @throws {Error} if the sources do not compile, or dnt cannot be imported
 */
export async function buildPackage(out: string, builder = "tsc"): Promise<NpmManifest> {
  const compile = new Map([["tsc", compileWithTsc], ["dnt", compileWithDnt]]).get(builder);
  if (compile === undefined) {
    throw new TypeError(`Cannot build with "${builder}": --builder is dnt or tsc`);
  }
  const config = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")) as PackageConfig;
  const manifest = npmManifest(config, RUNTIME_VERSION);
  return await withScratch("build-npm-", async (work) => {
    const entries = [...new Set(Object.values(entryPoints()))];
    await compile({ root: projectRoot, entries, out: work });
    finishPackage(projectRoot, work, manifest);
    rmSync(out, { recursive: true, force: true });
    cpSync(work, out, { recursive: true });
    return manifest;
  });
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
  const faults = ts.getPreEmitDiagnostics(program);
  if (faults.length > 0) {
    const text = ts.formatDiagnostics(faults, ts.createCompilerHost(options));
    throw new Error(`Cannot compile the package:\n${text}`);
  }
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  program.emit(undefined, (path, text) => {
    // The compiler rewrites specifiers in modules only.
    write(path, text.replace(/(\bfrom |\bimport\()"(\.{1,2}\/[^"]*)\.ts"/g, '$1"$2.js"'));
  });
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

/**
 * Compiles the entry points with dnt, which is imported from JSR, to the layout of {@linkcode compileWithTsc}.
 *
 * @throws {Error} with dnt's messages if it fails
 */
export async function compileWithDnt(
  { root, entries, out }: CompileOptions,
  timeoutMs = 300_000,
): Promise<void> {
  const options = {
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
  const script = `const { build } = await import("jsr:@deno/dnt@0.43.2");
    await build(${JSON.stringify(options)});`;
  // Outside of the project: dnt is neither in `deno.json` nor in `node_modules`.
  const args = ["eval", "--quiet", "--no-config", "--no-lock", "--node-modules-dir=none", script];
  const run = await runCommand(denoPath(), args, { cwd: out, timeoutMs });
  if (run.timedOut) throw new Error("Cannot build with dnt: it took too long");
  if (run.code !== 0) throw new Error(`Cannot build with dnt:\n${run.output.trim()}`);
  for (const extra of [".npmignore", `${MODULE_FOLDER}/package.json`]) {
    rmSync(join(out, extra), { force: true });
  }
}

/** The library that declares `AsyncDisposable`; a consumer's `lib` may lack it. */
const DISPOSABLE = `/// <reference lib="esnext.disposable" />\n`;

/** Completes the compiled modules of either builder with the manifest and documents. */
export function finishPackage(root: string, out: string, manifest: NpmManifest): void {
  writeFileSync(join(out, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  for (const name of DOCUMENTS) copyFileSync(join(root, name), join(out, name));
  for (const { types } of Object.values(manifest.exports)) {
    const path = join(out, types);
    writeFileSync(path, DISPOSABLE + readFileSync(path, "utf8"));
  }
  for (const file of filesUnder(MODULE_FOLDER, ".js", out)) {
    const path = join(out, file);
    if (!isEmptyModule(readFileSync(path, "utf8"))) continue;
    // The map of a module of types would hold its whole source for no line of code.
    writeFileSync(path, "export {};\n");
    rmSync(`${path}.map`, { force: true });
  }
}

/** Whether nothing is left of a module but an empty export; dnt keeps comments. */
export function isEmptyModule(code: string): boolean {
  return code.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "").trim() === "export {};";
}
