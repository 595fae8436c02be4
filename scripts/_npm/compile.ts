/** Compiles the entry points: modules with their maps, declarations with their comments. */
import { join } from "node:path";
import ts from "typescript";
import { runCommand } from "../_lib/command.ts";
import { denoPath } from "../_lib/project.ts";

export interface CompileOptions {
  readonly root: string;
  /** The paths of the entry points in `root`, without their endings. */
  readonly entries: readonly string[];
  /** The folder to write to; dnt wants its name to be `esm`. */
  readonly out: string;
}

/** @throws {Error} with the compiler's messages if the sources do not compile */
export function compileWithTsc({ root, entries, out }: CompileOptions): void {
  const options: ts.CompilerOptions = {
    ...{ rootDir: root, outDir: out, declaration: true, sourceMap: true },
    ...{ target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, types: ["node"] },
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"].map((name) => `lib.${name}.d.ts`),
    ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true },
    ...{ verbatimModuleSyntax: true, rewriteRelativeImportExtensions: true },
  };
  const program = ts.createProgram(entries.map((entry) => join(root, `${entry}.ts`)), options);
  const faults = ts.getPreEmitDiagnostics(program);
  if (faults.length === 0) return void program.emit();
  const text = ts.formatDiagnostics(faults, ts.createCompilerHost(options));
  throw new Error(`Cannot compile the package:\n${text}`);
}

/** @throws {Error} with dnt's messages if it fails; it is imported from JSR */
export async function compileWithDnt({ root, entries, out }: CompileOptions): Promise<void> {
  const cwd = join(out, "..");
  const options = {
    entryPoints: entries.map((entry) => ({ name: entry, path: join(root, `${entry}.ts`) })),
    ...{ outDir: cwd, skipSourceOutput: true, package: { name: "unfinished", version: "0.0.0" } },
    ...{ skipNpmInstall: true, typeCheck: false, test: false, shims: {}, polyfills: false },
    ...{ esModule: true, scriptModule: false, declaration: "inline", declarationMap: false },
    compilerOptions: { target: "ES2022", lib: ["ESNext", "DOM", "DOM.Iterable"], sourceMap: true },
  };
  const script = `const { build } = await import("jsr:@deno/dnt@0.43.2");
    await build(${JSON.stringify(options)});`;
  // Outside of the project: dnt is neither in `deno.json` nor in `node_modules`.
  const args = ["eval", "--quiet", "--no-config", "--no-lock", "--node-modules-dir=none", script];
  const { code, output } = await runCommand(denoPath(), args, { cwd });
  if (code !== 0) throw new Error(`Cannot build with dnt:\n${output.trim()}`);
}
