/** What `deno task compat` writes: the page of compatibility, and the table of fields that older runtimes ignore. */
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
  const entries = Object.entries(table).map(([method, fields]) => [
    `  ${JSON.stringify(method)}: {`,
    ...Object.entries(fields).map(([field, since]) => {
      return `    ${/\W/.test(field) ? JSON.stringify(field) : field}: ${JSON.stringify(since)},`;
    }),
    "  },",
  ]);
  return [
    "// Measured by `deno task compat`. Do not edit.",
    "/** The fields of requests that older runtimes ignore, by method, with the first version known to have each. */",
    "export const NEWER_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {",
    ...entries.flat(),
    "};\n",
  ].join("\n");
}

const PROMISE = `
# Compatibility

Made by \`deno task compat\`; do not edit.

The SDK comes with one version of Codex. It is also run on the older versions below and on the newest release, and the
promise is this: **on each of them a feature works, or is one of the exceptions that this page lists.** A feature that a
runtime lacks rejects with a class of its own, such as \`MethodNotSupportedError\`: never a hang, never an error without a
class. Where a version behaves differently, the page says how.

No version is refused. Any other than the one that comes with the SDK is reported to \`onDiagnostic\` as
\`untestedVersion\`, and \`codex.metadata.version\` names it.
`;

const FIELDS = `
## Fields that older versions ignore

A runtime says nothing about a field of a request that it does not know. Where a program sets one of these and the runtime
is older than the version beside it, \`onDiagnostic\` gets an \`ignoredField\`, once for each field. That version is the
first in the table above that has the field.
`;

/** The content of the page. */
export interface Compatibility {
  readonly features: Features;
  readonly newerFields: NewerFields;
  readonly versions: readonly string[];
  /** The version that comes with the SDK. */
  readonly pinned: string;
}

/** Returns the page, in Markdown, from what is expected of each feature on each version. */
export function describeCompatibility(
  { features, newerFields, versions, pinned }: Compatibility,
): string {
  const notes: string[] = [];
  const rows = Object.entries(features).map(([name, feature]) => {
    const cells = versions.map((version) => {
      const exception = exceptionFor(feature, version);
      if (exception === undefined) return "works";
      const { before, outcome, reason } = exception;
      const note = `${name}, before ${before}: ${outcome}. ${reason}`;
      if (!notes.includes(note)) notes.push(note);
      return `${outcome.replace(/:.*/, "")} [${notes.indexOf(note) + 1}](#exceptions)`;
    });
    return `| ${[name, ...cells].join(" | ")} |`;
  });
  const heads = versions.map((version) => version === pinned ? `${version}, included` : version);
  return formatCode([
    PROMISE,
    `| feature | ${heads.join(" | ")} |`,
    `|---|${versions.map(() => "---|").join("")}`,
    ...rows,
    "\n## Exceptions\n",
    ...notes.map((note, index) => `${index + 1}. ${note}`),
    FIELDS,
    "| request | fields |\n|---|---|",
    ...Object.entries(newerFields).map(([method, fields]) => {
      const list = Object.entries(fields).map(([field, since]) => `\`${field}\` ${since}`);
      return `| \`${method}\` | ${list.join(", ")} |`;
    }),
  ].join("\n"));
}

/** Returns the versions that a page has columns for. */
export function versionsIn(page: string): string[] {
  const head = page.split("\n").find((line) => line.startsWith("| feature")) ?? "";
  return head.match(/\d+\.\d+\.\d+/g) ?? [];
}
