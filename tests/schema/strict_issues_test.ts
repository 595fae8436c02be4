import type { JsonSchema } from "../../schema.ts";
import { strictIssues } from "../../src/schema/strict_issues.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

/** The problems, each as `path: message`. */
function issuesOf(schema: JsonSchema): string[] {
  return strictIssues(schema).map(({ path, message }) => `${path.join("/")}: ${message}`);
}

/** A strict object with these properties. */
function object(properties: Record<string, JsonSchema | boolean>): JsonSchema {
  const required = Object.keys(properties);
  return { type: "object", properties, required, additionalProperties: false };
}

/** The problems of one property of a strict object. */
function wrongProperty(schema: JsonSchema | boolean): string[] {
  return issuesOf(object({ a: schema })).map((line) => line.replace("properties/a", "a"));
}

test("strictIssues accepts what strict mode supports [R-75]", () => {
  const node = object({
    kind: { type: "string", enum: ["a", "b"] },
    title: { type: ["string", "null"], pattern: "^a", format: "date-time", minLength: 1 },
    count: { type: "integer", minimum: 0, exclusiveMaximum: 10, multipleOf: 2 },
    choice: { anyOf: [object({ t: { type: "string", const: "x" } }), { type: "null" }] },
    list: { type: "array", items: { $ref: "#/$defs/item" }, minItems: 1, maxItems: 3 },
    next: { anyOf: [{ $ref: "#", description: "recursion" }, { type: "null" }] },
  });
  assertEquals(issuesOf({ ...node, $defs: { item: object({}) }, description: "all of it" }), []);
});

test("strictIssues requires an object as the root, without a choice [R-75]", () => {
  assertEquals(issuesOf({ type: "array", items: { type: "string" } }), [
    'type: must be "object": the whole output is an object',
  ]);
  assertEquals(issuesOf({ ...object({}), anyOf: [object({})] }), [
    "anyOf: is not allowed here: move the choice into a property",
  ]);
  assertEquals(issuesOf({ ...object({}), type: ["object", "null"] }).length, 1);
  assertEquals(issuesOf({ $ref: "#/$defs/a", $defs: { a: object({}) } }).length, 1);
});

test("strictIssues requires every object to be closed and every property to be required [R-75]", () => {
  const open = { type: "object", properties: { b: { type: "string" } } } as const;
  assertEquals(wrongProperty(open), [
    "a/additionalProperties: must be present and false",
    "a/properties/b: must be required: make it nullable instead, or wrap the schema with " +
    "strictSchema()",
  ]);
  const free =
    "must be false, because property names must be fixed: use an array of objects with a name and a value";
  for (const additionalProperties of [true, { type: "number" }]) {
    assertEquals(wrongProperty({ type: "object", additionalProperties }), [
      `a/additionalProperties: ${free}`,
    ]);
  }
  assertEquals(wrongProperty({ ...object({}), required: ["x"] }), [
    'a/required: must not name "x", which is not a property',
  ]);
  // Wherever it occurs.
  const deep = {
    ...object({ l: { type: "array", items: { anyOf: [open] } } }),
    $defs: { d: open },
  };
  assertEquals(issuesOf(deep).length, 4);
});

test("strictIssues names each keyword that strict mode rejects, and what to use instead [R-75]", () => {
  const refused = {
    allOf: [{ type: "string" }],
    oneOf: [{ type: "string" }],
    not: { type: "null" },
    if: { type: "string" },
    then: { type: "string" },
    else: { type: "string" },
    dependentRequired: {},
    dependentSchemas: {},
    patternProperties: {},
    propertyNames: {},
    minProperties: 1,
    maxProperties: 2,
    prefixItems: [{ type: "string" }],
    contains: { type: "string" },
    uniqueItems: true,
  };
  for (const [keyword, value] of Object.entries(refused)) {
    const [line = "", ...more] = wrongProperty({ type: "string", [keyword]: value });
    assert(line.startsWith(`a/${keyword}: is not supported: `), line);
    assertEquals(more, []);
  }
  assertEquals(wrongProperty({ type: "string", format: "uri" }).length, 1);
  assertEquals(wrongProperty({ $ref: "#", minLength: 1 }), [
    'a/$ref: must not be combined with "minLength"',
  ]);
  assertEquals(wrongProperty({ type: "array" }), ["a/items: is required"]);
  assertEquals(wrongProperty({ type: "array", items: [{ type: "string" }] }).length, 1);
  for (const pattern of ["^(?!a)b", "a(?=b)", "(?<=a)b", "[)](?<!a)", "\\\\(?!a)"]) {
    assertEquals(wrongProperty({ type: "string", pattern }), [
      "a/pattern: must not use lookaround: use a group without ?=, ?!, ?<= and ?<!",
    ]);
  }
  for (const pattern of ["^(?:a|(?<name>b))$", "[(?=]", "\\(?=", "[\\](?!]"]) {
    assertEquals(wrongProperty({ type: "string", pattern }), []);
  }
  for (const anything of [{}, true, { description: "anything" }]) {
    assertEquals(wrongProperty(anything), ["a: must have a type"]);
  }
});

test("strictIssues checks the limits of size [R-75]", () => {
  const text: JsonSchema = { type: "string" };
  const many = (count: number): JsonSchema =>
    object(Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, text])));
  assertEquals(issuesOf(many(5_000)), []);
  assertEquals(issuesOf(many(5_001)), [": has 5001 properties, more than 5000"]);

  let nested = object({ a: text });
  for (let level = 1; level < 10; level++) nested = object({ a: nested });
  assertEquals(issuesOf(nested), []);
  assertEquals(issuesOf(object({ a: nested })), [
    `${"properties/a/".repeat(10).slice(0, -1)}: is nested deeper than 10 levels of objects`,
  ]);

  const values = (count: number, length: number): JsonSchema => ({
    type: "string",
    enum: Array.from({ length: count }, (_, index) => String(index).padEnd(length, "x")),
  });
  assertEquals(wrongProperty(values(1_000, 15)), []);
  assertEquals(wrongProperty(values(1_001, 5)), [": has 1001 values in enums, more than 1000"]);
  assertEquals(wrongProperty(values(300, 51)), [
    "a/enum: has 15300 characters in 300 values, more than 15000",
  ]);
  assertEquals(wrongProperty(values(200, 500)), []);
  assertEquals(wrongProperty(values(250, 500)), [
    ": has 125001 characters in names and given values, more than 120000",
  ]);
});
