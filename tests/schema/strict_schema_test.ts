import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { InvalidSchemaError, SchemaNotStrictError } from "../../errors.ts";
import { type JsonSchema, type Schema, strictSchema } from "../../schema.ts";
import { strictIssues } from "../../src/schema/strict_issues.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { isValid } from "./_validate.ts";
import { fc } from "../_support/property.ts";

function jsonOf(schema: Schema): JsonSchema {
  return strictSchema(schema)["~standard"].jsonSchema.input({ target: "draft-2020-12" });
}

test("strictSchema closes objects and makes optional properties nullable and required [R-75]", () => {
  const schema: JsonSchema = {
    type: "object",
    properties: {
      a: { type: "string" },
      b: { type: "string", description: "may be left out" },
      c: { type: "string", enum: ["x"] },
      d: { type: ["number", "null"] },
      e: {
        description: "inner",
        type: "object",
        properties: { f: { type: "string", default: "x" } },
      },
      g: { $ref: "#/$defs/g" },
    },
    required: ["a"],
    $defs: { g: { type: "array", items: { type: "object", properties: {} } } },
  };
  const closed = { additionalProperties: false };
  assertEquals(jsonOf(schema), {
    type: "object",
    properties: {
      a: { type: "string" },
      b: { type: ["string", "null"], description: "may be left out" },
      c: { anyOf: [{ type: "string", enum: ["x"] }, { type: "null" }] },
      d: { type: ["number", "null"] },
      e: {
        description: "inner",
        anyOf: [{
          type: "object",
          properties: { f: { type: ["string", "null"] } },
          required: ["f"],
          ...closed,
        }, { type: "null" }],
      },
      g: { anyOf: [{ $ref: "#/$defs/g" }, { type: "null" }] },
    },
    required: ["a", "b", "c", "d", "e", "g"],
    ...closed,
    $defs: {
      g: { type: "array", items: { type: "object", properties: {}, required: [], ...closed } },
    },
  });
});

test("strictSchema rewrites what strict mode expresses differently, and omits pure checks [R-75]", () => {
  const schema: JsonSchema = {
    $ref: "#/definitions/all",
    definitions: {
      all: {
        type: "object",
        properties: {
          choice: { oneOf: [{ const: "a" }, { enum: [1, "b"] }] },
          single: { allOf: [{ $ref: "#/definitions/text" }], description: "one" },
          list: {
            type: "array",
            items: { type: "string" },
            uniqueItems: true,
            contains: { const: "a" },
          },
          url: { type: "string", format: "uri" },
        },
        required: ["choice", "single", "list", "url"],
        minProperties: 2,
      },
      text: { type: "string" },
    },
  };
  const json = jsonOf(schema);
  assertEquals(strictIssues(json), []);
  assertEquals(json.properties, {
    choice: {
      anyOf: [{ type: "string", const: "a" }, { type: ["number", "string"], enum: [1, "b"] }],
    },
    single: { $ref: "#/definitions/text", description: "one" },
    list: { type: "array", items: { type: "string" } },
    url: { type: "string" },
  });
});

test("strictSchema does not send a pattern that strict mode cannot match, and checks it [R-75]", async () => {
  const schema = strictSchema(type({ n: "string.numeric.parse", day: "string.date.iso" }));
  assertEquals(jsonOf(schema).properties, { n: { type: "string" }, day: { type: "string" } });
  const { issues } = await schema["~standard"].validate({ n: "12", day: "tomorrow" });
  assertEquals(issues?.length, 1);
  const again = z.object({ quoted: z.string().regex(/^(['"]).*\1$/) });
  assertEquals(jsonOf(strictSchema(again)).properties, { quoted: { type: "string" } });
  const kept = { type: "string", pattern: "^(?:a|\\\\1)[(?=]$" } as const;
  const json = jsonOf({ type: "object", properties: { kept }, required: ["kept"] });
  assertEquals(json.properties, { kept });
});

test("strictSchema converts a record with fixed names to an object [R-75]", async () => {
  const names = z.enum(["cost", "speed"]);
  const full = strictSchema(z.object({ scores: z.record(names, z.number()) }));
  const score = { type: "number" };
  assertEquals(jsonOf(full).properties, {
    scores: {
      type: "object",
      properties: { cost: score, speed: score },
      required: ["cost", "speed"],
      additionalProperties: false,
    },
  });
  const partial = strictSchema(z.object({ scores: z.partialRecord(names, z.number()) }));
  assertEquals(strictIssues(jsonOf(partial)), []);
  assertEquals(await partial["~standard"].validate({ scores: { cost: 1, speed: null } }), {
    value: { scores: { cost: 1 } },
  });
});

test("strictSchema validates with the original schema, without the nulls of absent properties [R-75] [R-76]", async () => {
  const validate = strictSchema({
    type: "object",
    properties: {
      name: { type: "string" },
      age: { type: "integer" },
      note: { type: ["string", "null"] },
      list: { type: "array", items: { $ref: "#/$defs/node" } },
      shape: {
        anyOf: [
          { type: "object", properties: { r: { type: "number" } }, required: ["r"] },
          {
            type: "object",
            properties: { w: { type: "number" }, h: { type: "number" } },
            required: ["w"],
          },
        ],
      },
    },
    required: ["name"],
    $defs: {
      node: {
        type: "object",
        properties: { next: { $ref: "#/$defs/node" }, n: { type: "number" } },
      },
    },
  })["~standard"].validate;
  assertEquals(
    await validate({
      name: "a",
      age: null,
      note: null,
      list: [{ next: { next: null, n: 1 }, n: null }],
      shape: { w: 1, h: null },
    }),
    { value: { name: "a", note: null, list: [{ next: { n: 1 } }], shape: { w: 1 } } },
  );
  assertEquals(await validate({ name: null, age: null }), {
    issues: [{ path: ["name"], message: "must be a string, got null" }],
  });
  assertEquals(await validate({ name: "a", age: 1.5 }), {
    issues: [{ path: ["age"], message: "must be an integer, got number" }],
  });
});

for (
  const [library, schema] of [
    ["zod", z.object({ a: z.string(), b: z.string().optional(), c: z.number().default(3) })],
    ["arktype", type({ a: "string", "b?": "string", c: "number = 3" })],
    [
      "valibot",
      toStandardJsonSchema(
        v.object({ a: v.string(), b: v.optional(v.string()), c: v.optional(v.number(), 3) }),
      ),
    ],
  ] as const
) {
  test(`strictSchema gives a schema of ${library} its defaults where the model says null [R-76]`, async () => {
    const strict = strictSchema(schema as Schema);
    assertEquals(strictIssues(jsonOf(strict)), []);
    assertEquals(await strict["~standard"].validate({ a: "x", b: null, c: null }), {
      value: { a: "x", c: 3 },
    });
  });
}

test("strictSchema rejects schemas without a strict version, with the paths [R-75]", () => {
  const refused = (schema: Schema): string[] =>
    assertThrows(() => strictSchema(schema), SchemaNotStrictError).issues.map(({ path }) =>
      path.join("/")
    );
  assertEquals(refused(z.object({ r: z.record(z.string(), z.number()) })), [
    "properties/r/additionalProperties",
  ]);
  assertEquals(
    refused(z.object({ r: z.record(z.literal(["a"]).or(z.literal("b")), z.string()) })),
    [
      "properties/r/additionalProperties",
    ],
  );
  assertEquals(refused(z.object({ t: z.tuple([z.string()]), any: z.unknown() })), [
    "properties/t/prefixItems",
    "properties/any",
  ]);
  assertEquals(refused(z.string()), ["type"]);
  assertEquals(refused({ type: "object" }), ["additionalProperties"]);
  assertThrows(() => strictSchema({ type: "text" }), InvalidSchemaError);
});

test("strictSchema reports values that are too deep to walk", async () => {
  const tree = strictSchema({
    type: "object",
    properties: { under: { type: "array", items: { $ref: "#" } } },
    required: ["under"],
  });
  let value: unknown = { under: [] };
  for (let depth = 0; depth < 50_000; depth++) value = { under: [value] };
  const { issues } = await tree["~standard"].validate(value);
  assertEquals(issues?.length, 1);
});

/** Object schemas with optional properties, and matching values. */
const shape = fc.letrec<{ any: JsonSchema }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constantFrom<JsonSchema>(
      { type: "string" },
      { type: "number" },
      { type: ["string", "null"] },
      { enum: ["a", "b"] },
      { const: 1 },
    ),
    fc.record({ type: fc.constant("array"), items: tie("any") }),
    fc.array(tie("any"), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.tuple(
      fc.dictionary(fc.constantFrom("a", "b", "c"), tie("any"), { maxKeys: 3 }),
      fc.subarray(["a", "b", "c"]),
    ).map(([properties, names]) => ({
      type: "object",
      properties,
      required: names.filter((name) => name in properties),
    })),
  ),
})).any;

test("strictSchema accepts every value that its strict JSON Schema accepts, for schemas of any shape [R-75]", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom("a", "b"), shape, { minKeys: 1, maxKeys: 2 }),
      fc.infiniteStream(fc.nat()),
      async (properties, random) => {
        const schema = { type: "object", properties };
        const json = jsonOf(schema);
        assertEquals(strictIssues(json), []);
        const value = valueOf(json, () => random.next().value as number);
        assertEquals(isValid(json, value), true);
        const { issues } = await strictSchema(schema)["~standard"].validate(value);
        assertEquals(issues, undefined, `${JSON.stringify(schema)} and ${JSON.stringify(value)}`);
      },
    ),
    { numRuns: 200 },
  );
});

/** A value that a strict schema accepts. */
function valueOf(node: unknown, random: () => number): unknown {
  const { type, anyOf, items, properties, ...rest } = node as JsonSchema;
  if (rest.enum !== undefined) return rest.enum[random() % rest.enum.length];
  if (rest.const !== undefined) return rest.const;
  if (anyOf !== undefined) return valueOf(anyOf[random() % anyOf.length], random);
  const name = typeof type === "string" ? type : type?.[random() % (type.length || 1)];
  if (name === "object") {
    return Object.fromEntries(
      Object.entries(properties ?? {}).map(([key, inner]) => [key, valueOf(inner, random)]),
    );
  }
  if (name === "array") return Array.from({ length: random() % 3 }, () => valueOf(items, random));
  return name === "string" ? `s${random()}` : name === "number" ? random() : null;
}
