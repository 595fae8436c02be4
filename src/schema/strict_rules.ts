/** What the strict mode of structured outputs knows of JSON Schema, and what it refuses. */

/** Keywords that strict mode refuses, and what to write instead. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ["allOf", "put its parts into one schema"],
  ["oneOf", 'use "anyOf"'],
  ["not", "say what is allowed instead"],
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
  ["prefixItems", "use an object with a property for each place"],
  ["additionalItems", "use an object with a property for each place"],
  ["unevaluatedItems", "all items are of one schema"],
  ["contains", "say it in the description"],
  ["minContains", "say it in the description"],
  ["maxContains", "say it in the description"],
  ["uniqueItems", "say it in the description"],
]);

/** Of those, what only narrows values: it can be left out of what is sent where the values are validated after all. */
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

/** The formats that strict mode knows; another one is refused. */
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

/** Keywords that tell about a schema, and may stand beside a `$ref`. */
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

/** An escape, or a class: in neither a letter of the syntax means what it does elsewhere. */
const ESCAPE_OR_CLASS = /\\.|\[(?:\\.|[^\\\]])*\]/gsu;

/** Whether a pattern has a look-ahead or a look-behind, which is refused. */
export function looksAround(pattern: unknown): boolean {
  return typeof pattern === "string" && /\(\?<?[=!]/.test(pattern.replace(ESCAPE_OR_CLASS, ""));
}

/** Whether a pattern matches once more what a group has matched: it is nowhere said to be supported. */
export function refersBack(pattern: unknown): boolean {
  if (typeof pattern !== "string") return false;
  return (pattern.match(ESCAPE_OR_CLASS) ?? []).some((part) => /^\\[1-9k]/.test(part));
}
