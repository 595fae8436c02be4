import { InvalidSchemaError } from "../../errors.ts";
import { compileJsonSchema } from "../../src/schema/compile_json_schema.ts";
import type { JsonSchema } from "../../src/schema/json_schema.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function issuesOf(schema: unknown): string[] {
  const error = assertThrows(
    () => compileJsonSchema(schema as JsonSchema, { what: "test" }),
    InvalidSchemaError,
  );
  return error.issues.map(({ path, message }) => `${path.join("/")}: ${message}`);
}

test("compileJsonSchema reports every keyword of the wrong type with its path", () => {
  assertEquals(
    issuesOf({
      type: "text",
      properties: { a: { minLength: -1 }, b: { required: "a" }, c: { pattern: "(" } },
      items: 3,
      $defs: { d: { anyOf: [] } },
    }),
    [
      "type: must be one of object, array, string, number, integer, boolean, null, or an array of them",
      "items: must be a schema or an array of schemas",
      "properties/a/minLength: must be a non-negative integer",
      "properties/b/required: must be an array of strings",
      'properties/c/pattern: "(" is not a valid regular expression',
      "$defs/d/anyOf: must be a non-empty array of schemas",
    ],
  );
});

test("compileJsonSchema rejects references that are unresolved or outside the schema", () => {
  assertEquals(
    issuesOf({
      properties: {
        a: { $ref: "#/$defs/none" },
        b: { $ref: "https://example.com/schema.json" },
        c: { $ref: "#/required" },
        d: { $ref: "#/constructor" },
      },
      required: ["a"],
    }),
    [
      'properties/a/$ref: "#/$defs/none" does not resolve to a schema',
      'properties/b/$ref: "https://example.com/schema.json" is outside the schema; remote references are not fetched',
      'properties/c/$ref: "#/required" does not resolve to a schema',
      'properties/d/$ref: "#/constructor" does not resolve to a schema',
    ],
  );
});

test("compileJsonSchema rejects infinite recursion for one value", () => {
  const circle = "refers to itself for the same value";
  assertEquals(issuesOf({ $ref: "#" }), [`: ${circle}`]);
  assertEquals(
    issuesOf({
      properties: { a: { $ref: "#/$defs/a" } },
      $defs: {
        a: { anyOf: [{ type: "null" }, { $ref: "#/$defs/b" }] },
        b: { not: { $ref: "#/$defs/a" } },
      },
    }),
    [`$defs/a: ${circle}`],
  );
});

test("compileJsonSchema rejects keywords that it would have to ignore", () => {
  assertEquals(
    issuesOf({ unevaluatedProperties: false, properties: { a: { $dynamicRef: "#x" } } }),
    [
      'unevaluatedProperties: "unevaluatedProperties" is not supported',
      'properties/a/$dynamicRef: "$dynamicRef" is not supported',
    ],
  );
  assertEquals(issuesOf({ properties: { a: { $id: "urn:b" } } }), [
    "properties/a/$id: only the root schema may have an id",
  ]);
});

test("compileJsonSchema accepts unknown keywords and deeply nested schemas", () => {
  let schema: Record<string, unknown> = { "x-order": 1, markdownDescription: "text" };
  for (let depth = 0; depth < 100; depth++) schema = { properties: { a: schema } };
  compileJsonSchema(schema, { what: "test" });
  for (let depth = 0; depth < 200; depth++) schema = { items: schema };
  assertEquals(issuesOf(schema).length, 1);
});
