import { join } from "node:path";
import ts from "typescript";
import { projectRoot } from "./project.ts";

/** The names that an entry point exports. A name that is both, such as a class, counts as a value. */
export interface EntryExports {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

const options: ts.CompilerOptions = {
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  ...{ allowImportingTsExtensions: true, noLib: true, types: [] },
};

/** Reads the exports of the entry points (`{ ".": "mod.ts" }`) in the folder `root`. */
export function readSurface(
  entryPoints: Readonly<Record<string, string>>,
  root: string = projectRoot,
): Record<string, EntryExports> {
  const files = Object.values(entryPoints).map((path) => join(root, path));
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  return Object.fromEntries(
    Object.entries(entryPoints).map(([entry, path]) => {
      const source = program.getSourceFile(join(root, path));
      const module = source && checker.getSymbolAtLocation(source);
      if (module === undefined) throw new Error(`Cannot read the exports of ${path}: not a module`);
      const names = { values: [] as string[], types: [] as string[] };
      for (const symbol of checker.getExportsOfModule(module)) {
        names[isValue(symbol, checker, source) ? "values" : "types"].push(symbol.name);
      }
      return [entry, { values: names.values.sort(), types: names.types.sort() }];
    }),
  );
}

function isValue(exported: ts.Symbol, checker: ts.TypeChecker, source?: ts.SourceFile): boolean {
  const { declarations = [], flags } = exported;
  const isAlias = (flags & ts.SymbolFlags.Alias) !== 0;
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
  if (declarations.some(ts.isTypeOnlyImportOrExportDeclaration)) return false;
  // `export type *` passes on the symbols themselves, without a declaration that marks them as types.
  const isStar = !isAlias && declarations[0]?.getSourceFile() !== source;
  return (symbol.flags & ts.SymbolFlags.Value) !== 0 && !isStar;
}
