/** The JSON Schema features that the strict mode of structured outputs supports and rejects. */

/** Keywords that strict mode rejects, and what to use instead. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ["allOf", "put its parts into one schema"],
  ["oneOf", 'use "anyOf"'],
  ["not", "describe what is allowed instead"],
  ["if", 'use "anyOf"'],
  ["then", 'use "anyOf"'],
  ["else", 'use "anyOf"'],
  ["dependentRequired", 'use "anyOf"'],
  ["dependentSchemas", 'use "anyOf"'],
  ["dependencies", 'use "anyOf"'],
  ["patternProperties", "use an array of objects with a name and a value"],
  ["propertyNames", "use an array of objects with a name and a value"],
  ["minProperties", "every property is required anyway"],
  ["maxProperties", "every property is required anyway"],
  ["unevaluatedProperties", 'use "additionalProperties": false'],
  ["prefixItems", "use an object with a property per position"],
  ["additionalItems", "use an object with a property per position"],
  ["unevaluatedItems", "all items share one schema"],
  ["contains", "use the description instead"],
  ["minContains", "use the description instead"],
  ["maxContains", "use the description instead"],
  ["uniqueItems", "use the description instead"],
]);

/** The rejected keywords that only narrow values: they need not be sent, because values are validated afterwards. */
export const CHECKS: ReadonlySet<string> = new Set([
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "dependencies",
  "propertyNames",
  "minProperties",
  "maxProperties",
  "contains",
  "minContains",
  "maxContains",
  "uniqueItems",
]);

/** The formats that strict mode supports; it rejects all others. */
export const FORMATS: ReadonlySet<unknown> = new Set([
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uuid",
]);

/** Annotations, which are allowed beside a `$ref`. */
export const NOTES: ReadonlySet<string> = new Set([
  "$comment",
  "$defs",
  "definitions",
  "deprecated",
  "description",
  "examples",
  "readOnly",
  "title",
  "writeOnly",
]);

/** An escape or a character class, in which syntax characters have no special meaning. */
const ESCAPE_OR_CLASS = /\\.|\[(?:\\.|[^\\\]])*\]/gsu;

/** Returns whether a pattern contains a lookahead or lookbehind, which strict mode rejects. */
export function looksAround(pattern: unknown): boolean {
  return typeof pattern === "string" && /\(\?<?[=!]/.test(pattern.replace(ESCAPE_OR_CLASS, ""));
}

/** Returns whether a pattern contains a backreference, whose support is not documented. */
export function refersBack(pattern: unknown): boolean {
  if (typeof pattern !== "string") return false;
  return (pattern.match(ESCAPE_OR_CLASS) ?? []).some((part) => /^\\[1-9k]/.test(part));
}
