import type { JsonSchema } from "../../src/schema/json_schema.ts";
import { assert, assertEquals, assertLess } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { issuesOf, isValid } from "./_validate.ts";

/** One value per line, and whether the schema accepts it. */
type Facts = readonly (readonly [
  schema: JsonSchema,
  valid: readonly unknown[],
  invalid: readonly unknown[],
])[];

function check(facts: Facts): void {
  for (const [schema, valid, invalid] of facts) {
    for (const value of valid) {
      assertEquals(issuesOf(schema, value), [], `${JSON.stringify(schema)} takes ${String(value)}`);
    }
    for (const value of invalid) {
      assert(!isValid(schema, value), `${JSON.stringify(schema)} refuses ${JSON.stringify(value)}`);
    }
  }
}

test("validateJson checks types, also a list of them, and integers by value", () => {
  check([
    [{ type: "integer" }, [1, 1.0, -3, 1e300], [1.5, "1", null, true]],
    [{ type: "number" }, [1.5, 1], ["1", null]],
    [{ type: ["string", "null"] }, ["", null], [0, {}, []]],
    [{ type: "object" }, [{}], [[], null]],
    [{ type: "array" }, [[]], [{}, null]],
    [{ type: [] }, [], [1, null]],
    [{}, [1, null, {}], []],
  ]);
});

test("validateJson compares enum and const deeply", () => {
  check([
    [{ enum: [{ a: [1, { b: 2 }], c: 3 }, 1] }, [{ c: 3, a: [1, { b: 2 }] }, 1.0], [
      { a: [{ b: 2 }, 1], c: 3 },
      true,
      "1",
    ]],
    [{ const: null }, [null], [0, false, {}]],
    [{ const: 0 }, [0, -0], [false, null]],
    [{ const: { constructor: 1 } }, [{ constructor: 1 }], [{}]],
  ]);
});

test("validateJson counts characters, not code units", () => {
  check([
    [{ maxLength: 2 }, ["😀😀", "ab", 123], ["😀😀😀", "abc"]],
    [{ minLength: 2 }, ["😀😀"], ["😀"]],
    [{ pattern: "^.$" }, ["😀", "a"], ["", "ab"]],
    [{ pattern: "b" }, ["abc"], ["ac"]], // not anchored
    [{ format: "email" }, ["no mail"], []],
  ]);
});

test("validateJson divides decimals as they are written", () => {
  check([
    [{ multipleOf: 0.1 }, [0.3, 1.1, 0, -0.7, 1e21], [0.35]],
    [{ multipleOf: 0.01 }, [19.99, 4.35, 1.15], [19.995]],
    [{ multipleOf: 0.0001 }, [0.0075], [0.00751]],
    [{ multipleOf: 1e-8 }, [12391239123, 1e-8], [1e-9]],
    [{ multipleOf: 0.123456789 }, [], [1e308]],
    [{ multipleOf: 3 }, [9, 1.2e1], [10, 9.5]],
  ]);
});

test("validateJson checks the limits of numbers", () => {
  check([
    [{ minimum: 1, maximum: 2 }, [1, 1.5, 2, "0"], [0.9, 2.1]],
    [{ exclusiveMinimum: 1, exclusiveMaximum: 2 }, [1.5], [1, 2]],
  ]);
});

test("validateJson only considers own properties, whatever their names", () => {
  const proto = JSON.parse('{"__proto__": 1}') as unknown;
  const schema = JSON.parse(
    '{"properties": {"__proto__": {"type": "string"}, "toString": {"type": "string"}}}',
  ) as JsonSchema;
  check([
    [{ required: ["constructor"] }, [{ constructor: 1 }], [{}]],
    [{ required: ["__proto__"] }, [proto], [{}]],
    [schema, [{}, { a: 1 }], [proto, { toString: 1 }]],
    [{ properties: {}, additionalProperties: false }, [{}], [{ constructor: 1 }, proto]],
    [{ dependentRequired: { valueOf: ["a"] } }, [{}], [{ valueOf: 1 }]],
  ]);
});

test("validateJson checks objects", () => {
  const closed: JsonSchema = {
    properties: { a: { type: "number" } },
    patternProperties: { "^x-": { type: "string" } },
    additionalProperties: { type: "boolean" },
  };
  check([
    [closed, [{ a: 1, "x-b": "s", c: true }, "no object"], [{ a: "1" }, { "x-b": 1 }, { c: 1 }]],
    [{ propertyNames: { maxLength: 2 } }, [{ ab: 1 }], [{ abc: 1 }]],
    [{ minProperties: 1, maxProperties: 2 }, [{ a: 1 }], [{}, { a: 1, b: 2, c: 3 }]],
    [{ dependentSchemas: { a: { required: ["b"] } } }, [{ b: 1 }, { a: 1, b: 1 }], [{ a: 1 }]],
    [{ dependencies: { a: ["b"], c: { required: ["d"] } } }, [{ a: 1, b: 1 }, {}], [
      { a: 1 },
      { c: 1 },
    ]],
  ]);
});

test("validateJson checks arrays of both drafts", () => {
  check([
    [{ items: { type: "number" } }, [[], [1, 2]], [[1, "2"]]],
    [{ prefixItems: [{ type: "number" }], items: false }, [[], [1]], [[1, 2], ["1"]]],
    [{ items: [{ type: "number" }], additionalItems: false }, [[], [1]], [[1, 2], ["1"]]],
    [{ items: [{ type: "number" }], additionalItems: { type: "string" } }, [[1, "a"]], [[1, 2]]],
    [{ minItems: 1, maxItems: 2 }, [[1], [1, 2]], [[], [1, 2, 3]]],
    [{ uniqueItems: true }, [[1, "1", [1], { a: 1, b: 2 }]], [[1, 1.0], [{ a: 1, b: 2 }, {
      b: 2,
      a: 1,
    }]]],
    [{ contains: { type: "number" }, maxContains: 1 }, [[1, "a"]], [[], ["a"], [1, 2]]],
    [{ contains: { type: "number" }, minContains: 0 }, [[]], []],
  ]);
});

test("validateJson combines schemas", () => {
  check([
    [{ allOf: [{ minimum: 1 }, { maximum: 3 }] }, [2], [0, 4]],
    [{ anyOf: [{ type: "string" }, { minimum: 3 }] }, ["a", 4], [1]],
    [{ oneOf: [{ minimum: 1 }, { maximum: 3 }] }, [0, 4], [2]],
    [{ not: { type: "null" } }, [1], [null]],
    [{ if: { type: "string" }, then: { minLength: 2 }, else: { minimum: 2 } }, ["ab", 3], ["a", 1]],
    [{ then: false, else: false }, [1], []],
    [{ properties: { a: true, b: false } }, [{ a: 1 }, {}], [{ b: 1 }]],
  ]);
});

test("validateJson follows references within the schema, also recursive ones that the value ends", () => {
  const tree: JsonSchema = {
    $ref: "#/$defs/node",
    $defs: {
      node: {
        type: "object",
        properties: {
          value: { type: "number" },
          next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] },
        },
        required: ["value", "next"],
        additionalProperties: false,
      },
    },
  };
  const escaped: JsonSchema = {
    $ref: "#/definitions/a~1b%25~0",
    definitions: { "a/b%~": { type: "string" } },
  };
  const siblings = {
    $ref: "#/definitions/text",
    definitions: { text: { type: "string" } },
    maxLength: 1,
  } as const;
  check([
    [tree, [{ value: 1, next: { value: 2, next: null } }], [
      { value: 1, next: { value: "2", next: null } },
      { value: 1 },
    ]],
    [escaped, ["a"], [1]],
    [{ properties: { a: { $ref: "#name" } }, $defs: { x: { $anchor: "name", type: "null" } } }, [{
      a: null,
    }], [{ a: 1 }]],
    [{ $id: "urn:x", items: { $ref: "urn:x" }, type: "array" }, [[[]]], [[1]]],
    [siblings, ["a"], ["ab", 1]],
    [{ ...siblings, $schema: "http://json-schema.org/draft-07/schema#" }, ["a", "ab"], [1]],
    [
      {
        $ref: "#/components/schemas/T",
        components: { schemas: { T: { type: "null" } } },
      } as JsonSchema,
      [null],
      [1],
    ],
  ]);
});

test("validateJson reports location and problem, never more than fifty", () => {
  const schema: JsonSchema = {
    type: "object",
    properties: { list: { items: { type: "string" } }, kind: { enum: ["a", "b"] } },
    required: ["list", "name"],
    additionalProperties: false,
  };
  assertEquals(issuesOf(schema, { list: ["a", 1], kind: "c", 'more "of it"': 1 }), [
    "list.1: must be a string, got number",
    'kind: must be one of "a", "b"',
    ': must have the property "name"',
    ': must not have the property "more \\"of it\\""',
  ]);
  assertEquals(issuesOf({ items: { type: "string" } }, Array(1_000).fill(1)).length, 50);
  assertEquals(issuesOf({ required: Array.from({ length: 60 }, String) }, {}).length, 50);
});

test("validateJson rejects values too deep to walk, and checks no pair of schema and value twice", () => {
  const nested = JSON.parse("[".repeat(50_000) + "]".repeat(50_000)) as unknown;
  assertEquals(issuesOf({ items: { $ref: "#" } }, nested), [
    ": must not be nested deeper than 200 levels",
  ]);
  // Each level has two ways to the next: without memoization that is 2^100 steps.
  const twoWays: JsonSchema = {
    anyOf: [
      { type: "null" },
      { type: "object", required: ["a"], properties: { a: { $ref: "#" } } },
      { type: "object", required: ["a"], properties: { a: { $ref: "#" } } },
    ],
    allOf: [{ properties: { a: { $ref: "#" } } }],
  };
  let value: unknown = 1;
  for (let level = 0; level < 100; level++) value = { a: value };
  const startedAt = performance.now();
  assert(!isValid(twoWays, value));
  assertLess(performance.now() - startedAt, 2_000);
});
