/** What the built package exports, to be compared with what the sources do. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { runCommand } from "../_lib/command.ts";
import type { EntryExports } from "../_lib/public_surface.ts";
import type { NpmManifest } from "./manifest.ts";

/** The exports of each entry point as a compiler sees them: read from the declaration files. */
export function declaredExports(
  folder: string,
  { exports }: NpmManifest,
): Record<string, EntryExports> {
  const paths = Object.values(exports).map(({ types }) => join(folder, types));
  const program = ts.createProgram(paths, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    types: [],
  });
  const checker = program.getTypeChecker();
  return Object.fromEntries(
    Object.entries(exports).map(([name, { types }]) => {
      const file = program.getSourceFile(join(folder, types));
      const module = file && checker.getSymbolAtLocation(file);
      return [name, entryExports(module ? checker.getExportsOfModule(module) : [], checker)];
    }),
  );
}

function entryExports(symbols: readonly ts.Symbol[], checker: ts.TypeChecker): EntryExports {
  const isValue = (symbol: ts.Symbol): boolean => {
    const { flags } = symbol;
    const target = flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const typeOnly = symbol.declarations?.some(isTypeOnly) ?? false;
    return (target.flags & ts.SymbolFlags.Value) !== 0 && !typeOnly;
  };
  const names = (values: boolean): string[] => {
    return symbols.filter((symbol) => isValue(symbol) === values).map(({ name }) => name).sort();
  };
  return { values: names(true), types: names(false) };
}

/** `export type { Name } from` hands on the type of a class without the class. */
function isTypeOnly(declaration: ts.Declaration): boolean {
  return ts.isExportSpecifier(declaration) &&
    (declaration.isTypeOnly || declaration.parent.parent.isTypeOnly);
}

/**
 * The values that each entry point has when Node imports it.
 *
 * @throws {Error} with Node's words when it cannot be imported
 */
export async function importedValues(
  folder: string,
  { exports }: NpmManifest,
): Promise<Record<string, EntryExports>> {
  const urls = Object.entries(exports).map(([name, { default: module }]) => {
    return [name, pathToFileURL(join(folder, module)).href];
  });
  const script = `const found = {};
    for (const [name, url] of ${JSON.stringify(urls)}) {
      found[name] = { values: Object.keys(await import(url)).sort(), types: [] };
    }
    console.log(JSON.stringify(found));`;
  const args = ["--input-type=module", "--eval", script];
  const { code, stdout, output } = await runCommand("node", args, { cwd: folder });
  if (code !== 0) throw new Error(`Cannot import the package: ${output}`);
  return JSON.parse(stdout);
}
