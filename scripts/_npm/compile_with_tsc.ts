/** Compiles the package with the TypeScript compiler: the same files in the same places as dnt makes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { MODULE_FOLDER } from "./manifest.ts";
import { rewriteSpecifiers } from "./rewrite_specifiers.ts";

/** What is compiled, and to where. */
export interface CompileOptions {
  /** The folder that the entry points are relative to. */
  readonly root: string;
  /** Entry points, such as `mod.ts`. */
  readonly entries: readonly string[];
  /** The folder of the package; the modules come into a folder inside. */
  readonly out: string;
}

/** Node 20, the oldest Node that is supported, knows the syntax of this year. */
const TARGET = ts.ScriptTarget.ES2022;

/**
 * Compiles the entry points and all they import.
 *
 * Comments stay in the declarations, where editors show them, and in the sources inside the maps: the modules that run
 * go without, which makes them a third smaller.
 *
 * @throws {Error} with the compiler's words when the sources do not compile
 */
export function compileWithTsc({ root, entries, out }: CompileOptions): void {
  const files = entries.map((entry) => join(root, entry));
  const shared: ts.CompilerOptions = {
    rootDir: root,
    outDir: join(out, MODULE_FOLDER),
    target: TARGET,
    module: ts.ModuleKind.NodeNext,
    lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"].map((name) => `lib.${name}.d.ts`),
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  const declarations = ts.createProgram(files, {
    ...shared,
    declaration: true,
    emitDeclarationOnly: true,
  });
  report(ts.getPreEmitDiagnostics(declarations));
  emit(declarations, { afterDeclarations: [rewriteSpecifiers] });

  const modules = ts.createProgram(
    files,
    { ...shared, removeComments: true, sourceMap: true, inlineSources: true },
    undefined,
    declarations,
  );
  emit(modules);
}

function emit(program: ts.Program, transformers?: ts.CustomTransformers): void {
  const write: ts.WriteFileCallback = (path, text) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  report(program.emit(undefined, write, undefined, undefined, transformers).diagnostics);
}

function report(diagnostics: readonly ts.Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  const text = ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => ts.sys.getCurrentDirectory(),
    getNewLine: () => "\n",
  });
  throw new Error(`Cannot compile the package:\n${text}`);
}
