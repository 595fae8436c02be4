/** Which fields the requests of a runtime have, by the types that it prints itself. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import ts from "typescript";
import { isOlder } from "../../src/protocol/metadata.ts";
import { withScratch } from "../_lib/interruption.ts";

/** Methods, such as `turn/start`, and their fields, such as `turn/start toolOutput.retain`. */
export type RequestFields = ReadonlySet<string>;

/** The first version known to have a field, by method and field. */
export type NewerFields = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Reads the types of every request; lists and unions are not looked into. */
export async function requestFields(executable: string): Promise<RequestFields> {
  return await withScratch("codex-compat-", (folder) => {
    const env = { ...process.env, CODEX_HOME: folder };
    const args = ["app-server", "generate-ts", "--experimental", "--out", folder];
    execFileSync(executable, args, { env, stdio: "pipe" });
    const file = join(folder, "ClientRequest.ts");
    const options = {
      noLib: true,
      strict: true,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    };
    const program = ts.createProgram([file], { ...options, module: ts.ModuleKind.ESNext });
    return fieldsOf(program.getTypeChecker(), program.getSourceFile(file) as ts.SourceFile);
  });
}

function fieldsOf(checker: ts.TypeChecker, source: ts.SourceFile): RequestFields {
  const found = new Set<string>();
  const walk = (type: ts.Type, path: string): void => {
    const plain = checker.getNonNullableType(type);
    if (plain.isUnion() || (plain.flags & ts.TypeFlags.Object) === 0) return;
    for (const property of plain.getProperties()) {
      const name = path + property.name;
      if (found.has(name)) continue;
      found.add(name);
      if (!/\..*\./.test(name)) walk(checker.getTypeOfSymbol(property), `${name}.`);
    }
  };
  const [request] = checker.getExportsOfModule(checker.getSymbolAtLocation(source) as ts.Symbol);
  const union = checker.getDeclaredTypeOfSymbol(request as ts.Symbol) as ts.UnionType;
  for (const variant of union.types) {
    const [method, params] = ["method", "params"].map((name) => variant.getProperty(name));
    const type = checker.getTypeOfSymbol(method as ts.Symbol) as ts.StringLiteralType;
    found.add(type.value);
    if (params !== undefined) walk(checker.getTypeOfSymbol(params), `${type.value} `);
  }
  return found;
}

/** The fields of `newest` that some of the versions lack although they have the method; all sorted. */
export function newerFields(
  versions: ReadonlyMap<string, RequestFields>,
  newest: RequestFields,
): NewerFields {
  const table: Record<string, Record<string, string>> = {};
  for (const [key, method, field] of splitFields(newest)) {
    const [oldest, ...others] = [...versions].filter(([, fields]) => fields.has(method));
    if (oldest === undefined || oldest[1].has(key)) continue;
    const since = others.find(([, fields]) => fields.has(key))?.[0];
    const isPart = since === table[method]?.[field.replace(/\.[^.]*$/, "")];
    if (since !== undefined && !isPart) (table[method] ??= {})[field] = since;
  }
  return table;
}

/** What a table says wrong about a version. */
export function faultsIn(
  table: NewerFields,
  version: string,
  fields: RequestFields,
  newest: RequestFields,
): string[] {
  return splitFields(newest).flatMap(([key, method, field]) => {
    const since = table[method]?.[field] ?? table[method]?.[field.replace(/\.[^.]*$/, "")];
    const isKnown = since === undefined || !isOlder(version, since);
    return fields.has(method) && fields.has(key) !== isKnown ? [`${key} in ${version}`] : [];
  });
}

function splitFields(fields: RequestFields): [key: string, method: string, field: string][] {
  return [...fields].sort().flatMap((key) => {
    const [method = "", field] = key.split(" ");
    // What a client says of itself comes before it can know the version.
    return field === undefined || method === "initialize" ? [] : [[key, method, field]];
  });
}
