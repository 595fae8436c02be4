/** Checks a JSON Schema and prepares it for validation. */
import { InvalidSchemaError, type SchemaIssue } from "../errors/schema_errors.ts";
import { isRecord } from "../util/is_record.ts";
import type { JsonSchema } from "./json_schema.ts";
import { subschemasOf, wrongKeyword } from "./keyword_shapes.ts";
import { References } from "./references.ts";

/** Maximum nesting depth of schemas. */
const MAX_DEPTH = 200;

/** A valid JSON Schema. */
export interface CompiledSchema {
  readonly root: JsonSchema;
  /** Returns the schema that a `$ref` refers to. */
  readonly target: (ref: string) => unknown;
  /** Returns the regular expression of a pattern. */
  readonly pattern: (source: string) => RegExp;
  /** Whether `$ref` overrides its sibling keywords, as in draft 7. */
  readonly refStandsAlone: boolean;
}

/**
 * Checks all parts of a JSON Schema; `what` is the name of the option it was passed to.
 *
 * @throws {InvalidSchemaError} if a keyword has an invalid value, or if a reference is unresolved, remote or infinitely
 * recursive for the same value
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
    if (!isRecord(node)) return; // a boolean; anything else was reported for the keyword that contains it
    if (depth > MAX_DEPTH) {
      issues.push({ path, message: `is nested more than ${MAX_DEPTH} schemas deep` });
      return;
    }
    references.add(node, path);
    for (const [keyword, value] of Object.entries(node)) {
      const wrong = wrongKeyword(keyword, value) ?? wrongPattern(keyword, value, patterns);
      if (wrong !== undefined) issues.push({ path: [...path, keyword], message: wrong });
    }
    if (path.length > 0 && typeof node["$id"] === "string") {
      issues.push({ path: [...path, "$id"], message: "only the root schema may have an id" });
    }
    for (const inner of subschemasOf(node)) visit(inner.node, [...path, ...inner.path], depth + 1);
  }

  visit(root, []);
  // The map may grow during the iteration: a schema found by reference may contain further references.
  for (const { node, path } of references.elsewhere()) visit(node, path);
  // References can only be followed if every part is valid.
  if (issues.length === 0) issues.push(...references.issues());
  if (issues.length > 0) throw new InvalidSchemaError(what, issues);
  return {
    root,
    target: (ref) => references.target(ref),
    pattern: (source) => patterns.get(source) as RegExp,
    refStandsAlone,
  };
}

/** Compiles the patterns of a keyword. Returns the problem if one is invalid. */
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
    if (expression === undefined) return `"${source}" is not a valid regular expression`;
    patterns.set(source, expression);
  }
  return undefined;
}

/** The standard requires Unicode mode; many patterns are only valid without it. */
function expressionOf(source: string): RegExp | undefined {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(source, flags);
    } catch {
      // Try without the flag.
    }
  }
  return undefined;
}
