import { InvalidSchemaError } from "../../mod.ts";
import { compileJsonSchema } from "../../src/schema/compile_json_schema.ts";
import type { JsonSchema } from "../../src/schema/json_schema.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function wrongOf(schema: unknown): string[] {
  const error = assertThrows(
    () => compileJsonSchema(schema as JsonSchema, { what: "test" }),
    InvalidSchemaError,
  );
  return error.issues.map(({ path, message }) => `${path.join("/")}: ${message}`);
}

test("compileJsonSchema tells every keyword of a wrong shape with its path", () => {
  assertEquals(
    wrongOf({
      type: "text",
      properties: { a: { minLength: -1 }, b: { required: "a" }, c: { pattern: "(" } },
      items: 3,
      $defs: { d: { anyOf: [] } },
    }),
    [
      "type: must be one of object, array, string, number, integer, boolean, null, or a list of them",
      "items: must be a schema or a list of schemas",
      "properties/a/minLength: must be an integer from 0 up",
      "properties/b/required: must be a list of strings",
      'properties/c/pattern: "(" is no regular expression',
      "$defs/d/anyOf: must be a list of at least one schema",
    ],
  );
});

test("compileJsonSchema refuses references that lead nowhere or out of the schema", () => {
  assertEquals(
    wrongOf({
      properties: {
        a: { $ref: "#/$defs/none" },
        b: { $ref: "https://example.com/schema.json" },
        c: { $ref: "#/required" },
        d: { $ref: "#/constructor" },
      },
      required: ["a"],
    }),
    [
      'properties/a/$ref: "#/$defs/none" leads to no schema',
      'properties/b/$ref: "https://example.com/schema.json" leads out of the schema, and nothing is fetched',
      'properties/c/$ref: "#/required" leads to no schema',
      'properties/d/$ref: "#/constructor" leads to no schema',
    ],
  );
});

test("compileJsonSchema refuses circles that no value leaves", () => {
  const circle = "it refers to itself for one and the same value";
  assertEquals(wrongOf({ $ref: "#" }), [`: ${circle}`]);
  assertEquals(
    wrongOf({
      properties: { a: { $ref: "#/$defs/a" } },
      $defs: {
        a: { anyOf: [{ type: "null" }, { $ref: "#/$defs/b" }] },
        b: { not: { $ref: "#/$defs/a" } },
      },
    }),
    [`$defs/a: ${circle}`],
  );
});

test("compileJsonSchema refuses keywords that it would have to pass over", () => {
  assertEquals(
    wrongOf({ unevaluatedProperties: false, properties: { a: { $dynamicRef: "#x" } } }),
    [
      'unevaluatedProperties: "unevaluatedProperties" is not supported',
      'properties/a/$dynamicRef: "$dynamicRef" is not supported',
    ],
  );
  assertEquals(wrongOf({ properties: { a: { $id: "urn:b" } } }), [
    "properties/a/$id: a schema inside another cannot have an id",
  ]);
});

test("compileJsonSchema takes keywords that nobody knows, and schemas as deep as people write", () => {
  let schema: Record<string, unknown> = { "x-order": 1, markdownDescription: "text" };
  for (let depth = 0; depth < 100; depth++) schema = { properties: { a: schema } };
  compileJsonSchema(schema, { what: "test" });
  for (let depth = 0; depth < 200; depth++) schema = { items: schema };
  assertEquals(wrongOf(schema).length, 1);
});
