/** Reads a folder of upstream files into one flat set of named types. */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";

/** One named type of the protocol. */
export interface Declaration {
  /** The name that this project gives it; unique. */
  readonly name: string;
  /** The shape, as parsed. */
  readonly type: ts.TypeNode;
  /** The names that the upstream file uses, each with this project's name for the same type. */
  readonly names: ReadonlyMap<string, string>;
}

/** Named types by name. */
export type Declarations = ReadonlyMap<string, Declaration>;

/**
 * Upstream has a root folder and `v2/`, and some names in both. Where the shapes are equal the two become one; where
 * they differ `v2/` keeps the name, and the other is listed here.
 */
const RENAMED: Readonly<Record<string, string>> = {
  SessionSource: "ConversationSessionSource",
  WebSearchAction: "ResponseWebSearchAction",
};

interface UpstreamFile {
  readonly path: string;
  readonly local: string;
  readonly type: ts.TypeNode;
  readonly text: string;
  readonly imports: ReadonlyMap<string, string>;
}

/**
 * Reads every type below `folder`.
 *
 * @throws {Error} When two types share a name and differ, or a file is not one type alias.
 */
export function readUpstream(
  folder: string,
): Declarations {
  const files = new Map<string, UpstreamFile>();
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = entry.replaceAll("\\", "/");
    if (!path.endsWith(".ts") || posix.basename(path) === "index.ts") continue;
    const file = parse(path, readFileSync(join(folder, entry), "utf8"));
    files.set(file.path, file);
  }
  const nameOf = (file: UpstreamFile): string => {
    const other = file.path.includes("/") ? undefined : files.get(`v2/${file.local}`);
    if (other === undefined || other.text === file.text) return file.local;
    const renamed = RENAMED[file.local];
    if (renamed === undefined) throw new Error(`Cannot merge: "${file.local}" has two shapes`);
    return renamed;
  };
  const declarations = new Map<string, Declaration>();
  for (const file of [...files.values()].sort((a, b) => compare(a.path, b.path))) {
    const name = nameOf(file);
    const names = new Map([[file.local, name]]);
    for (const [local, path] of file.imports) {
      const target = files.get(path);
      if (target === undefined) throw new Error(`Cannot resolve: "${path}" from "${file.path}"`);
      names.set(local, nameOf(target));
    }
    const known = declarations.get(name);
    if (known !== undefined && !sameShape(known, names)) {
      throw new Error(`Cannot merge: the parts of "${name}" have two shapes`);
    }
    declarations.set(name, { name, type: file.type, names });
  }
  return new Map([...declarations].sort(([a], [b]) => compare(a, b)));
}

/** Orders strings by code unit, the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sameShape(known: Declaration, names: ReadonlyMap<string, string>): boolean {
  return [...names].every(([local, name]) => known.names.get(local) === name);
}

function parse(filePath: string, text: string): UpstreamFile {
  const source = ts.createSourceFile(filePath, text, ts.ScriptTarget.Latest, true);
  const path = filePath.slice(0, -".ts".length);
  const imports = new Map<string, string>();
  let alias: ts.TypeAliasDeclaration | undefined;
  for (const statement of source.statements) {
    if (ts.isTypeAliasDeclaration(statement) && !alias && !statement.typeParameters) {
      alias = statement;
    } else if (ts.isImportDeclaration(statement)) {
      const from = (statement.moduleSpecifier as ts.StringLiteral).text;
      const named = statement.importClause?.namedBindings;
      if (!named || !ts.isNamedImports(named)) throw new Error(`Cannot read "${filePath}": import`);
      for (const { name } of named.elements) {
        imports.set(name.text, posix.join(posix.dirname(path), from));
      }
    } else {
      throw new Error(`Cannot read "${filePath}": not one type alias`);
    }
  }
  if (!alias) throw new Error(`Cannot read "${filePath}": no type`);
  const printer = ts.createPrinter({ removeComments: true });
  const shape = printer.printNode(ts.EmitHint.Unspecified, alias.type, source);
  return { path, local: alias.name.text, type: alias.type, text: shape, imports };
}
