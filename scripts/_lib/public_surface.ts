import { join } from "node:path";
import ts from "typescript";
import { projectRoot } from "./project.ts";

/** The names that an entry point exports. A name that is both, such as a class, counts as a value. */
export interface EntryExports {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

/** The entry points as the compiler sees them. */
export interface PublicSurface {
  readonly exports: Readonly<Record<string, EntryExports>>;
  /** Returns public constructors that take a type which no entry point exports, one line each. */
  readonly privateParameters: readonly string[];
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  types: [],
};

/** Reads the exports of the entry points (`{ ".": "mod.ts" }`) in the folder `root`. */
export function readSurface(
  entryPoints: Readonly<Record<string, string>>,
  root: string = projectRoot,
): PublicSurface {
  const files = Object.values(entryPoints).map((path) => join(root, path));
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const published = new Set<ts.Symbol>();
  const classes = new Map<string, ts.Symbol>();
  const exports: Record<string, EntryExports> = {};
  for (const [entry, path] of Object.entries(entryPoints)) {
    const source = program.getSourceFile(join(root, path));
    const module = source && checker.getSymbolAtLocation(source);
    if (source === undefined || module === undefined) {
      throw new Error(`Cannot read the exports of ${path}: it is not a module`);
    }
    const values: string[] = [];
    const types: string[] = [];
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = resolve(checker, exported);
      published.add(symbol);
      const isValue = (symbol.flags & ts.SymbolFlags.Value) !== 0 &&
        !exported.declarations?.some(ts.isTypeOnlyImportOrExportDeclaration) &&
        !isTypeOnlyStar(exported, symbol, source);
      (isValue ? values : types).push(exported.name);
      if (isValue && symbol.flags & ts.SymbolFlags.Class) {
        classes.set(`${entry}: ${exported.name}`, symbol);
      }
    }
    exports[entry] = { values: values.sort(), types: types.sort() };
  }
  const privateParameters = [...classes].flatMap(([name, symbol]) =>
    constructorsOf(symbol).flatMap((constructor) =>
      constructor.parameters.flatMap(({ type }) => type === undefined ? [] : namesIn(type))
        .map((node) => [node, checker.getSymbolAtLocation(node)] as const)
        .filter(([, used]) => used !== undefined && isPrivate(resolve(checker, used)))
        .map(([node]) => `${name} has a public constructor that takes ${node.getText()}`)
    )
  );
  return { exports, privateParameters: [...new Set(privateParameters)] };

  function isPrivate(symbol: ts.Symbol): boolean {
    const [declaration] = symbol.declarations ?? [];
    if (declaration === undefined || ts.isTypeParameterDeclaration(declaration)) return false;
    const file = declaration.getSourceFile();
    return !program.isSourceFileDefaultLibrary(file) && !file.fileName.includes("/node_modules/") &&
      !published.has(symbol);
  }
}

function resolve(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** `export type *` passes on the symbols themselves, without a declaration that marks them as types. */
function isTypeOnlyStar(exported: ts.Symbol, symbol: ts.Symbol, source: ts.SourceFile): boolean {
  return exported === symbol && symbol.declarations?.[0]?.getSourceFile() !== source;
}

/** Returns the constructors that a caller may use; a class without one has that of its base. */
function constructorsOf(symbol: ts.Symbol): ts.ConstructorDeclaration[] {
  const members = (symbol.declarations ?? []).filter(ts.isClassDeclaration)
    .flatMap(({ members }) => [...members]);
  const all = members.filter(ts.isConstructorDeclaration);
  const overloads = all.filter(({ body }) => body === undefined);
  return (overloads.length > 0 ? overloads : all).filter((constructor) =>
    !constructor.modifiers?.some(({ kind }) =>
      kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword
    )
  );
}

/** Returns the names of types in a type, but not those of its members. */
function namesIn(type: ts.Node): ts.EntityName[] {
  if (ts.isTypeReferenceNode(type)) {
    return [type.typeName, ...(type.typeArguments ?? []).flatMap(namesIn)];
  }
  const found: ts.EntityName[] = [];
  ts.forEachChild(type, (child) => void found.push(...namesIn(child)));
  return found;
}
