import { formatMarkdown } from "../_lib/format_markdown.ts";
import { exceptionFor, type Features } from "./feature.ts";
import type { NewerFields } from "./request_fields.ts";

/** What the table is made of. */
export interface Table {
  readonly features: Features;
  readonly newerFields: NewerFields;
  readonly versions: readonly string[];
  /** The version that comes with the SDK. */
  readonly pinned: string;
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

/** The page as Markdown, from what is expected of each feature on each version. */
export function describeCompatibility({ features, newerFields, versions, pinned }: Table): string {
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
  return formatMarkdown([
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

/** The versions that a page has columns for. */
export function versionsIn(page: string): string[] {
  const head = page.split("\n").find((line) => line.startsWith("| feature")) ?? "";
  return head.match(/\d+\.\d+\.\d+/g) ?? [];
}

/** The table of newer fields as the module of the SDK that holds it. */
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
