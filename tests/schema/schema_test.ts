import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { z as z3 } from "zod/v3";
import { InvalidSchemaError } from "../../errors.ts";
import type { Schema } from "../../schema.ts";
import { readSchema } from "../../src/schema/schema.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const what = { what: "output" };

/** The same shape in each library; `size` becomes a number. */
const LIBRARIES: readonly (readonly [string, Schema<{ name: string; size: number }>])[] = [
  ["zod", z.object({ name: z.string().min(1), size: z.string().transform(Number) })],
  ["arktype", type({ name: "string > 0", size: "string.numeric.parse" })],
  [
    "valibot",
    toStandardJsonSchema(v.object({
      name: v.pipe(v.string(), v.minLength(1)),
      size: v.pipe(v.string(), v.transform(Number)),
    })),
  ],
];

for (const [library, schema] of LIBRARIES) {
  test(`readSchema reads a schema of ${library}: the JSON Schema of its input, and its own validation [R-76]`, async () => {
    const { json, isGenerated, validate } = readSchema(schema, what);
    assert(isGenerated);
    assertEquals(json.type, "object");
    assertEquals(json.$schema, undefined);
    assertEquals(json.required, ["name", "size"]);
    assertEquals((json.properties?.["size"] as { type: unknown }).type, "string");
    assertEquals(await validate({ name: "a", size: "12" }), { value: { name: "a", size: 12 } });
    const { issues = [] } = await validate({ name: "", size: "1" });
    assertEquals(issues.map(({ path }) => path), [["name"]]);
    assert((issues[0]?.message.length ?? 0) > 0);
  });
}

test("readSchema awaits an asynchronous validation", async () => {
  const slow = z.string().refine((text) => Promise.resolve(text === "yes"), "must be yes");
  const { validate } = readSchema(slow, what);
  assertEquals(await validate("yes"), { value: "yes" });
  assertEquals(await validate("no"), { issues: [{ path: [], message: "must be yes" }] });
});

test("readSchema reads a plain JSON Schema and keeps a copy [R-76]", async () => {
  const schema = { type: "object", properties: { a: { type: "number" } }, required: ["a"] };
  const { json, isGenerated, validate } = readSchema<{ a: number }>(schema, what);
  schema.required.push("b");
  schema.properties.a.type = "string";
  assertEquals(json.required, ["a"]);
  assert(!isGenerated);
  assertEquals(await validate({ a: 1 }), { value: { a: 1 } });
  assertEquals(await validate({ a: "1" }), {
    issues: [{ path: ["a"], message: "must be a number, got string" }],
  });
});

test("readSchema accepts a Standard Schema together with its JSON Schema", async () => {
  const schema = v.object({ a: v.number() });
  const jsonSchema = { type: "object", properties: { a: { type: "number" } } } as const;
  const { json, validate } = readSchema({ schema, jsonSchema }, what);
  assertEquals(json, { ...jsonSchema });
  assertEquals(await validate({ a: 1 }), { value: { a: 1 } });
  assertEquals((await validate({ a: "x" })).issues?.[0]?.path, ["a"]);
});

test("readSchema says what to add if a library provides no JSON Schema", () => {
  const bare = (schema: unknown): InvalidSchemaError =>
    assertThrows(() => readSchema(schema as Schema, what), InvalidSchemaError);
  assertStringIncludes(
    bare(v.string()).message,
    "toStandardJsonSchema() of @valibot/to-json-schema",
  );
  const of = (vendor: string): unknown => ({
    "~standard": { version: 1, vendor, validate: (value: unknown) => ({ value }) },
  });
  assertStringIncludes(bare(z3.string()).message, "use zod 4, from 4.2 on");
  // Neither had Standard Schema before zod 3.24 and valibot 1.
  const before = (method: string): unknown => ({ type: "string", [method]: () => ({}) });
  assertStringIncludes(bare(before("safeParse")).message, "use zod 4, from 4.2 on");
  for (const method of ["_run", "_parse"]) {
    assertStringIncludes(bare(before(method)).message, "@valibot/to-json-schema");
  }
  assertStringIncludes(bare(of("arktype")).message, "from 2.1.28 on");
  assertStringIncludes(bare(of("other")).message, 'the library "other"');
  assertStringIncludes(bare(of("other")).message, "{ schema, jsonSchema }");
});

test("readSchema reports what a library cannot convert to JSON Schema, and why", () => {
  const error = assertThrows(
    () => readSchema(z.object({ at: z.date() }), what),
    InvalidSchemaError,
    "Date cannot be represented in JSON Schema",
  );
  assertEquals(error.what, "output");
  assert(error.cause instanceof Error);
});

test("readSchema asks a library for draft 7 if it supports nothing newer", () => {
  const asked: string[] = [];
  const old: Schema = {
    "~standard": {
      version: 1,
      vendor: "old",
      validate: (value) => ({ value }),
      jsonSchema: {
        input: ({ target }) => {
          asked.push(target);
          if (target !== "draft-07") throw new Error("unknown draft");
          return { type: "object" };
        },
        output: () => ({}),
      },
    },
  };
  assertEquals(readSchema(old, what).json, { type: "object" });
  assertEquals(asked, ["draft-2020-12", "draft-07"]);
});

test("readSchema rejects anything that is not a schema, before it is used", () => {
  for (const none of [null, undefined, 3, "string", [], () => {}]) {
    assertThrows(() => readSchema(none as never, what), TypeError, '"output" must be a schema');
  }
  const circle: Record<string, unknown> = {};
  circle["properties"] = { circle };
  assertThrows(() => readSchema(circle, what), InvalidSchemaError, "it is not JSON");
});

test("readSchema's validation rejects when the schema's own code throws", async () => {
  const broken = z.string().refine(() => {
    throw new Error("a fault of the schema");
  });
  await assertRejects(() => readSchema(broken, what).validate("a"), Error, "a fault of the schema");
});
