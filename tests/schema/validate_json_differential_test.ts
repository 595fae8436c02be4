import { Ajv2020 } from "ajv/dist/2020.js";
import { compileJsonSchema } from "../../src/schema/compile_json_schema.ts";
import { validateJson } from "../../src/schema/validate_json.ts";
import { assert } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { fc } from "../_support/property.ts";

const name = fc.constantFrom("a", "b", "constructor", "ab");
const scalar = fc.constantFrom(
  null,
  true,
  false,
  0,
  -0,
  1,
  1.5,
  -2,
  3,
  6,
  "",
  "a",
  "ab",
  "😀",
  "b1",
);
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", maxDepth: 3 },
    scalar,
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(name, fc.constant("__proto__")), tie("any"), { maxKeys: 4 }),
  ),
})).any;

const typeName = fc.constantFrom(
  "object",
  "array",
  "string",
  "number",
  "integer",
  "boolean",
  "null",
);
const count = fc.integer({ min: 0, max: 3 });
const limit = fc.constantFrom(-2, 0, 1, 1.5, 3);
const pattern = fc.constantFrom("^a", "b", "^.$", "\\d", "^$");

/** Schemas that most values match in part; `$defs` exist to be referenced. */
const node = fc.letrec<{ any: unknown; object: Record<string, unknown> }>((tie) => {
  const any = tie("any");
  const list = fc.array(any, { minLength: 1, maxLength: 3 });
  const map = fc.dictionary(name, any, { maxKeys: 3 });
  const names = fc.uniqueArray(name, { maxLength: 2 });
  const keywords: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    type: fc.oneof(typeName, fc.uniqueArray(typeName, { minLength: 1, maxLength: 3 })),
    enum: fc.uniqueArray(value, {
      minLength: 1,
      maxLength: 3,
      selector: (v) => JSON.stringify(v),
    }),
    const: value,
    minimum: limit,
    maximum: limit,
    exclusiveMinimum: limit,
    exclusiveMaximum: limit,
    multipleOf: fc.constantFrom(1, 2, 3, 0.5),
    minLength: count,
    maxLength: count,
    pattern,
    properties: map,
    patternProperties: fc.dictionary(pattern, any, { maxKeys: 2 }),
    additionalProperties: any,
    propertyNames: any,
    required: names,
    minProperties: count,
    maxProperties: count,
    dependentRequired: fc.dictionary(name, names, { maxKeys: 2 }),
    dependentSchemas: map,
    prefixItems: list,
    items: any,
    contains: any,
    minContains: fc.integer({ min: 0, max: 2 }),
    maxContains: fc.integer({ min: 2, max: 3 }),
    minItems: count,
    maxItems: count,
    uniqueItems: fc.boolean(),
    allOf: list,
    anyOf: list,
    oneOf: list,
    not: any,
    if: any,
    then: any,
    else: any,
    $ref: fc.constantFrom("#", "#/$defs/one", "#/$defs/two"),
    title: fc.constant("a note"),
  };
  return {
    object: fc.uniqueArray(fc.constantFrom(...groupsOf(Object.keys(keywords))), {
      minLength: 1,
      maxLength: 3,
    }).chain((groups) => {
      const names = alone(groups.flat());
      return fc.record(Object.fromEntries(names.map((name) => [name, keywords[name] as never])));
    }),
    any: fc.oneof(
      { depthSize: "small", maxDepth: 3 },
      fc.boolean(),
      fc.constant({}),
      fc.record({ type: typeName }),
      tie("object"),
      tie("object"),
    ),
  };
});

const root = fc.record({ body: node.object, one: node.any, two: node.any })
  .map(({ body, one, two }): Record<string, unknown> => ({ ...body, $defs: { one, two } }));

/** Keywords that ajv 8.20 ignores beside `prefixItems`. */
const NOT_BESIDE_PREFIX = ["contains", "uniqueItems", "minItems", "maxItems"];

/** Keywords that interact: with only a few of them at a time, most values match in part. */
function groupsOf(names: readonly string[]): string[][] {
  return [
    ...names.map((name) => [name]),
    ["if", "then", "else"],
    ["contains", "minContains", "maxContains"],
  ];
}

/** Removes what ajv ignores beside `prefixItems`. */
function alone(names: readonly string[]): string[] {
  return names.includes("prefixItems")
    ? names.filter((name) => !NOT_BESIDE_PREFIX.includes(name))
    : [...names];
}

/** The result of ajv; `undefined` if its generated code does not run. */
function oracleOf(
  ajv: Ajv2020,
  schema: Record<string, unknown>,
): (value: unknown) => boolean | undefined {
  let isValid: ((value: unknown) => unknown) | undefined;
  return (value) => {
    try {
      isValid ??= ajv.compile(schema);
      return isValid(value) === true;
    } catch (error) {
      assert(error instanceof ReferenceError || error instanceof TypeError, String(error));
      return undefined;
    }
  };
}

test("validateJson agrees with ajv on random schemas and values [R-76]", () => {
  // Skip the meta-schemas, which ajv would compile for each schema: they do not affect values.
  const options = { strict: false, ownProperties: true, logger: false, meta: false } as const;
  const ajv = new Ajv2020({ ...options, validateSchema: false });
  let valid = 0;
  let invalid = 0;
  fc.assert(
    fc.property(root, fc.array(value, { minLength: 3, maxLength: 6 }), (schema, values) => {
      const json = JSON.parse(JSON.stringify(schema)) as Record<string, unknown>;
      let compiled;
      try {
        compiled = compileJsonSchema(json, { what: "test" });
      } catch (error) {
        // Infinite recursion: rejected by us, endless in ajv.
        assert(String(error).includes("refers to itself"), String(error));
        return;
      }
      const oracle = oracleOf(ajv, json);
      for (const each of values) {
        const parsed: unknown = JSON.parse(JSON.stringify(each));
        const expected = oracle(parsed);
        if (expected === undefined) continue;
        expected ? valid++ : invalid++;
        assert(
          (validateJson(compiled, parsed).length === 0) === expected,
          `${JSON.stringify(json)} and ${JSON.stringify(parsed)}: ajv says ${expected}`,
        );
      }
    }),
    { numRuns: 2_000, endOnFailure: true },
  );
  assert(valid > 1_000 && invalid > 1_000, `too one-sided: ${valid} valid, ${invalid} invalid`);
}, { timeoutMs: 60_000 });
