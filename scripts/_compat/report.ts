/** What `deno task compat` writes: the tables of docs/compatibility.md, and the fields that older runtimes ignore. */
import { isOlder } from "../../src/protocol/metadata.ts";
import { exceptionFor, type Features } from "../../tests/compat/features.ts";
import ts from "typescript";
import {
  fieldsOf,
  nameOf,
  namesIn,
  type Protocol,
  type Types,
} from "../_generate/read_protocol.ts";
import { formatCode } from "../_lib/format_code.ts";

/** Methods, such as `turn/start`, and their fields, such as `turn/start toolOutput.retain`. */
export type RequestFields = ReadonlySet<string>;

/** The first version known to have a field, by method and field. */
export type NewerFields = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Returns the fields of every request, two levels deep; lists and unions are opaque. */
export function requestFields(
  { methods, types }: Pick<Protocol, "methods" | "types">,
): RequestFields {
  const found = new Set<string>();
  for (const { method, params } of methods.ClientRequest) {
    found.add(method);
    for (const field of objectFields(params, types)) {
      const key = `${method} ${nameOf(field)}`;
      found.add(key);
      for (const part of objectFields(field.type, types)) found.add(`${key}.${nameOf(part)}`);
    }
  }
  return found;
}

/** Returns the fields of the only object in a type, `null` aside and references followed. */
function objectFields(type: ts.TypeNode | undefined, types: Types): ts.PropertySignature[] {
  if (type === undefined) return [];
  if (ts.isTypeReferenceNode(type)) return objectFields(types.get(namesIn(type)[0] ?? ""), types);
  if (!ts.isUnionTypeNode(type)) return fieldsOf(type);
  const [only, ...others] = type.types.filter((part) =>
    !/^(?:null|undefined)$/.test(part.getText())
  );
  return others.length > 0 ? [] : objectFields(only, types);
}

/** Returns the fields of `newest` that some versions lack although they have the method, sorted. */
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

/** Returns the fields about which a table is wrong for a version. */
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
    // A client sends `initialize` before it can know the version.
    return field === undefined || method === "initialize" ? [] : [[key, method, field]];
  });
}

/** Returns the table of newer fields as a module of the SDK. */
export function describeNewerFields(table: NewerFields): string {
  return formatCode(
    `// Measured by \`deno task compat\`. Do not edit.
/** The request fields that older runtimes ignore, by method, with the first version known to support each. */
export const NEWER_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> =
${JSON.stringify(table, null, 2).replace(/"(\w+)":/g, "$1:")};`,
    "ts",
  );
}

export interface Compatibility {
  readonly features: Features;
  readonly newerFields: NewerFields;
  readonly versions: readonly string[];
}

/** Returns the page of compatibility with new tables in the places of the old ones. */
export function describeCompatibility(
  page: string,
  { features, newerFields, versions }: Compatibility,
): string {
  const notes: string[] = [];
  const rows = Object.entries(features).map(([name, feature]) => [
    name,
    ...versions.map((version) => {
      const exception = exceptionFor(feature, version);
      if (exception === undefined) return "works";
      const { before, outcome, reason } = exception;
      const note = `${name}, before ${before}: ${outcome}. ${reason}`;
      if (!notes.includes(note)) notes.push(note);
      return `${outcome.replace(/:.*/, "")} [${notes.indexOf(note) + 1}](#exceptions)`;
    }),
  ]);
  const fields = Object.entries(newerFields).map(([method, fields]) => {
    const list = Object.entries(fields).map(([field, since]) => `\`${field}\` ${since}`);
    return [`\`${method}\``, list.join(", ")];
  });
  const parts: Readonly<Record<string, string>> = {
    features: table(["feature", ...versions], rows),
    exceptions: notes.map((note, index) => `${index + 1}. ${note}`).join("\n"),
    fields: table(["request", "fields"], fields),
  };
  return formatCode(
    page.replace(/(<!-- (\w+) -->\n)[^]*?(<!-- end -->)/g, (_all, start, name, end) => {
      return `${start}\n${parts[name]}\n\n${end}`;
    }),
  );
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
