/** Checks a JSON Schema and makes it ready for validation. */
import { InvalidSchemaError, type SchemaIssue } from "../errors/schema_errors.ts";
import { isRecord } from "../util/is_record.ts";
import type { JsonSchema } from "./json_schema.ts";
import { subschemasOf, wrongKeyword } from "./keyword_shapes.ts";
import { References } from "./references.ts";

/** How deep schemas may be inside one another. */
const MAX_DEPTH = 200;

/** A JSON Schema that is known to be valid. */
export interface CompiledSchema {
  readonly root: JsonSchema;
  /** The schema that a `$ref` names. */
  readonly target: (ref: string) => unknown;
  /** The expression of a pattern. */
  readonly pattern: (source: string) => RegExp;
  /** Whether a `$ref` stands alone, as in draft 7, and what is beside it says nothing. */
  readonly refStandsAlone: boolean;
}

/**
 * Checks a JSON Schema in all its parts; `what` is the name of the option that it was given for.
 *
 * @throws {InvalidSchemaError} when a keyword has a wrong value, a reference leads nowhere or out of the schema, or in a
 * circle that no value ever leaves
 */
export function compileJsonSchema(
  root: JsonSchema,
  { what }: { readonly what: string },
): CompiledSchema {
  const issues: SchemaIssue[] = [];
  const patterns = new Map<string, RegExp>();
  const references = new References(root);
  const refStandsAlone = /draft-0?[3-7]\b/.test(String(root.$schema ?? ""));

  function visit(node: unknown, path: readonly (string | number)[], depth = 0): void {
    if (!isRecord(node)) return; // a boolean; everything else was told by the keyword that holds it
    if (depth > MAX_DEPTH) {
      issues.push({ path, message: `it is more than ${MAX_DEPTH} schemas deep` });
      return;
    }
    references.add(node, path);
    for (const [keyword, value] of Object.entries(node)) {
      const wrong = wrongKeyword(keyword, value) ?? wrongPattern(keyword, value, patterns);
      if (wrong !== undefined) issues.push({ path: [...path, keyword], message: wrong });
    }
    if (path.length > 0 && typeof node["$id"] === "string") {
      issues.push({ path: [...path, "$id"], message: "a schema inside another cannot have an id" });
    }
    for (const inner of subschemasOf(node)) visit(inner.node, [...path, ...inner.path], depth + 1);
  }

  visit(root, []);
  // A map may grow while it is walked: what is found elsewhere may lead further.
  for (const { node, path } of references.elsewhere()) visit(node, path);
  // Only where each part is in order can the references be followed.
  if (issues.length === 0) issues.push(...references.issues());
  if (issues.length > 0) throw new InvalidSchemaError(what, issues);
  return {
    root,
    target: (ref) => references.target(ref),
    pattern: (source) => patterns.get(source) as RegExp,
    refStandsAlone,
  };
}

/** Makes the expressions of a keyword; what is wrong with them, if they are none. */
function wrongPattern(
  keyword: string,
  value: unknown,
  patterns: Map<string, RegExp>,
): string | undefined {
  const sources = keyword === "pattern"
    ? [value as string]
    : keyword === "patternProperties"
    ? Object.keys(value as object)
    : [];
  for (const source of sources) {
    const expression = expressionOf(source);
    if (expression === undefined) return `"${source}" is no regular expression`;
    patterns.set(source, expression);
  }
  return undefined;
}

/** The standard asks for Unicode; many patterns are only right without. */
function expressionOf(source: string): RegExp | undefined {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(source, flags);
    } catch {
      // Tried without the flag next.
    }
  }
  return undefined;
}
