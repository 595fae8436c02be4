/** Compile-time tests of schema types: the inference is right if this file type-checks. */
import { toJsonSchema, toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import {
  type InferInput,
  type InferOutput,
  type ReadSchema,
  readSchema,
  type Schema,
} from "../../src/schema/schema.ts";
import { assert } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Only compiles for the type `true`. */
function holds<_Fact extends true>(): void {}

/** Returns the inferred type of a schema. */
function infer<T>(schema: Schema<T>): ReadSchema<T> {
  return readSchema<T>(schema, { what: "test" });
}

const zodSchema = z.object({
  name: z.string(),
  tags: z.array(z.string()).optional(),
  size: z.string().transform(Number),
});
const arkSchema = type({ name: "string", "tags?": "string[]", size: "string.numeric.parse" });
const valibotSchema = v.object({
  name: v.string(),
  tags: v.optional(v.array(v.string())),
  size: v.pipe(v.string(), v.transform(Number)),
});
const plainSchema = {
  type: "object",
  properties: { name: { type: "string" }, size: { type: ["number", "null"] } },
  required: ["name", "size"],
  additionalProperties: false,
} as const;

/** Never called; only type-checked. */
export function inference(): void {
  const ofZod = infer(zodSchema);
  holds<Equal<typeof ofZod, ReadSchema<z.output<typeof zodSchema>>>>();
  holds<Equal<InferOutput<typeof zodSchema>["size"], number>>();
  holds<Equal<InferInput<typeof zodSchema>["size"], string>>();

  const ofArk = infer(arkSchema);
  holds<Equal<typeof ofArk, ReadSchema<typeof arkSchema.infer>>>();
  holds<Equal<InferOutput<typeof arkSchema>, typeof arkSchema.infer>>();
  holds<Equal<InferInput<typeof arkSchema>["size"], string>>();

  const ofValibot = infer(toStandardJsonSchema(valibotSchema));
  holds<Equal<typeof ofValibot, ReadSchema<v.InferOutput<typeof valibotSchema>>>>();

  const pair = { schema: valibotSchema, jsonSchema: toJsonSchema(valibotSchema) };
  const ofPair = infer(pair);
  holds<Equal<typeof ofPair, ReadSchema<v.InferOutput<typeof valibotSchema>>>>();
  holds<Equal<InferOutput<typeof pair>, v.InferOutput<typeof valibotSchema>>>();

  const ofPlain = infer(plainSchema);
  holds<Equal<typeof ofPlain, ReadSchema<unknown>>>();
  holds<Equal<InferOutput<typeof plainSchema>, unknown>>();
  const named = infer<{ name: string }>(plainSchema);
  holds<Equal<typeof named, ReadSchema<{ name: string }>>>();
  infer({ type: "array", prefixItems: [{ const: 1 }, true], items: false });
  infer(z.toJSONSchema(zodSchema));

  // @ts-expect-error: valibot's schemas have no JSON Schema of their own
  infer(valibotSchema);
  // @ts-expect-error: not a keyword of JSON Schema
  infer({ type: "object", propertys: {} });
  // @ts-expect-error: not a schema
  infer("string");
  // @ts-expect-error: another output type than requested
  infer<{ name: number }>(zodSchema);
}

test("Schema infers its type for zod, arktype, valibot and pairs, and none for plain JSON Schema [R-76]", () => {
  assert(typeof inference === "function"); // type-checked with this file
});
