import { readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import ts from "typescript";
import { entryPoints } from "../_lib/package_files.ts";
import { projectRoot } from "../_lib/project.ts";

/** What one name of an entry point stands for: a class, or a value and a type of the same name. */
export interface PublicSymbol {
  readonly name: string;
  readonly declarations: readonly ts.Statement[];
}

/** An entry point with what it exports, in the order of its source. */
export interface EntryPoint {
  readonly name: string;
  readonly about: string;
  readonly symbols: readonly PublicSymbol[];
  /** The modules of which everything is exported: the generated types. */
  readonly everythingOf: readonly string[];
}

/** Reads the entry points of the package from their declarations, which keep the comments. */
export function readEntryPoints(): EntryPoint[] {
  const packageName = "@codex-app-server/sdk";
  return Object.entries(entryPoints()).map(([name, file]) => {
    const source = declarationsOf(file);
    const symbols = new Map<string, PublicSymbol>();
    const everythingOf: string[] = [];
    const add = (exported: string, from: string, local: string): void => {
      symbols.set(exported, { name: exported, declarations: findDeclarations(from, local) });
    };
    for (const statement of source.statements) {
      if (ts.isExportDeclaration(statement)) {
        const target = targetOf(file, statement);
        const { exportClause } = statement;
        if (target === undefined) continue; // `export {}`
        if (exportClause === undefined) everythingOf.push(target);
        else if (ts.isNamedExports(exportClause)) {
          for (const { name, propertyName } of exportClause.elements) {
            add(name.text, target, (propertyName ?? name).text);
          }
        }
      } else {
        for (const own of exportedNames(statement)) add(own, file, own);
      }
    }
    return {
      name: name === "." ? packageName : packageName + name.slice(1),
      about: moduleComment(file),
      symbols: [...symbols.values()],
      everythingOf,
    };
  });
}

const cache = new Map<string, ts.SourceFile>();

function declarationsOf(file: string): ts.SourceFile {
  const known = cache.get(file);
  if (known !== undefined) return known;
  const { outputText } = ts.transpileDeclaration(readFileSync(join(projectRoot, file), "utf8"), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      stripInternal: true,
    },
  });
  const source = ts.createSourceFile(file, outputText, ts.ScriptTarget.Latest, true);
  cache.set(file, source);
  return source;
}

/** The declarations of a name, followed through modules that pass it on. */
function findDeclarations(file: string, name: string): readonly ts.Statement[] {
  const source = declarationsOf(file);
  const own = source.statements.filter((statement) => exportedNames(statement).includes(name));
  if (own.length > 0) return own;
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement)) continue;
    const target = targetOf(file, statement);
    const { exportClause } = statement;
    if (target === undefined || exportClause === undefined || !ts.isNamedExports(exportClause)) {
      continue;
    }
    const element = exportClause.elements.find((one) => one.name.text === name);
    if (element !== undefined) {
      return findDeclarations(target, (element.propertyName ?? element.name).text);
    }
  }
  throw new Error(`"${name}" is not declared in ${file}`);
}

function targetOf(file: string, { moduleSpecifier }: ts.ExportDeclaration): string | undefined {
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return undefined;
  return posix.join(dirname(file), moduleSpecifier.text);
}

function exportedNames(statement: ts.Statement): string[] {
  const exported = ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!exported) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as ts.Statement & { readonly name?: ts.Identifier };
  return name === undefined ? [] : [name.text];
}

/** The first paragraph of a module's comment. */
function moduleComment(file: string): string {
  const text = readFileSync(join(projectRoot, file), "utf8");
  const comment = /^\/\*\*([^]*?)\*\//.exec(text)?.[1] ?? "";
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
  return lines.join("\n").trim().split(/\n\s*\n|\n@/)[0]?.replace(/\s+/g, " ") ?? "";
}
