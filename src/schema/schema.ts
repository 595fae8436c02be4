/** What the SDK takes as a schema. */
import { InvalidSchemaError, type SchemaIssue } from "../errors/schema_errors.ts";
import { isRecord } from "../util/is_record.ts";
import { compileJsonSchema } from "./compile_json_schema.ts";
import { validateJson } from "./validate_json.ts";
import type { JsonSchema } from "./json_schema.ts";
import {
  isStandardSchema,
  type StandardSchema,
  type StandardSchemaWithJson,
} from "./standard_schema.ts";

/**
 * A schema that gives a `T`: of a library that follows Standard Schema and can tell itself as JSON Schema (zod, arktype,
 * valibot with its package for that), one of any other library together with its JSON Schema, or a plain JSON Schema. A
 * plain one says nothing about `T`: name it where the schema is used, or it is `unknown`.
 *
 * @example
 * ```ts
 * import type { Schema } from "@codex-app-server/sdk";
 *
 * const person: Schema<{ name: string }> = {
 *   type: "object",
 *   properties: { name: { type: "string" } },
 *   required: ["name"],
 *   additionalProperties: false,
 * };
 * ```
 */
export type Schema<T = unknown> =
  | StandardSchemaWithJson<unknown, T>
  | SchemaPair<T>
  | JsonSchema;

/**
 * A Standard Schema that cannot tell itself as JSON Schema, with the JSON Schema beside it: the first validates, the
 * second is sent.
 *
 * @example
 * ```ts
 * import type { SchemaPair, StandardSchema } from "@codex-app-server/sdk";
 *
 * const withJson = <T>(schema: StandardSchema<unknown, T>): SchemaPair<T> => ({
 *   schema,
 *   jsonSchema: { type: "object", properties: {}, additionalProperties: false },
 * });
 * ```
 */
export interface SchemaPair<T = unknown> {
  /** What validates. */
  readonly schema: StandardSchema<unknown, T>;
  /** What is sent: the JSON Schema of what `schema` takes. */
  readonly jsonSchema: JsonSchema;
}

/**
 * What a schema gives for a valid value; `unknown` for a plain JSON Schema.
 *
 * @example
 * ```ts
 * import type { InferOutput, StandardSchemaWithJson } from "@codex-app-server/sdk";
 *
 * type Answer = InferOutput<StandardSchemaWithJson<string, number>>;
 *
 * const answer: Answer = 42;
 * ```
 */
export type InferOutput<S> = S extends StandardSchema<unknown, infer Output> ? Output
  : S extends SchemaPair<infer Output> ? Output
  : unknown;

/**
 * What a schema takes; `unknown` for a plain JSON Schema.
 *
 * @example
 * ```ts
 * import type { InferInput, StandardSchemaWithJson } from "@codex-app-server/sdk";
 *
 * type Given = InferInput<StandardSchemaWithJson<string, number>>;
 *
 * const given: Given = "42";
 * ```
 */
export type InferInput<S> = S extends StandardSchema<infer Input, unknown> ? Input
  : S extends { readonly schema: StandardSchema<infer Input, unknown> } ? Input
  : unknown;

/** What a schema made of a value: the value, or what is wrong with it. */
export type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** A schema that was read. */
export interface ReadSchema<T> {
  /** The JSON Schema, to be sent: a copy of its own. */
  readonly json: JsonSchema;
  /** Whether a library wrote the JSON Schema, and validates by more than that. */
  readonly isGenerated: boolean;
  /** Checks a value; rejects only when the schema's own code throws. */
  readonly validate: (value: unknown) => Promise<SchemaResult<T>>;
}

/**
 * Reads a schema; `what` is the name of the option that it was given for.
 *
 * @throws {InvalidSchemaError} when it is no valid JSON Schema, or a Standard Schema with none to show
 * @throws {TypeError} when it is no schema at all
 */
export function readSchema<T>(
  schema: Schema<T>,
  { what }: { readonly what: string },
): ReadSchema<T> {
  if (isStandardSchema(schema)) {
    return readStandard(schema as StandardSchema<unknown, T>, faceOf(schema, what), true, what);
  }
  if (isPair<T>(schema)) return readStandard(schema.schema, schema.jsonSchema, false, what);
  if (!isRecord(schema)) {
    throw new TypeError(
      `"${what}" must be a schema, got ${schema === null ? "null" : typeof schema}`,
    );
  }
  const compiled = compileJsonSchema(copyOf(schema, what), { what });
  return {
    json: compiled.root,
    isGenerated: false,
    validate: (value) => {
      const issues = validateJson(compiled, value);
      return Promise.resolve(issues.length === 0 ? { value: value as T } : { issues });
    },
  };
}

function readStandard<T>(
  schema: StandardSchema<unknown, T>,
  json: unknown,
  isGenerated: boolean,
  what: string,
): ReadSchema<T> {
  if (!isRecord(json)) {
    throw new TypeError(`The JSON Schema of "${what}" must be an object, got ${String(json)}`);
  }
  // The name of the draft is of no use to whom the schema is sent.
  const { $schema: _, ...rest } = copyOf(json, what);
  return { json: rest, isGenerated, validate: (value) => validateStandard(schema, value) };
}

async function validateStandard<T>(
  schema: StandardSchema<unknown, T>,
  value: unknown,
): Promise<SchemaResult<T>> {
  const result = await schema["~standard"].validate(value);
  if (!result.issues) return { value: result.value };
  return {
    issues: result.issues.map(({ message, path = [] }) => ({
      message,
      // A list of a library's own kind would make another of that kind.
      path: Array.from(path, (step) => nameOf(typeof step === "object" ? step.key : step)),
    })),
  };
}

function nameOf(key: PropertyKey): string | number {
  return typeof key === "symbol" ? String(key) : key;
}

/** What the schema takes, as JSON Schema: the model writes that, and validation makes the output of it. */
function faceOf(schema: StandardSchema, what: string): unknown {
  const { vendor, jsonSchema } = schema["~standard"] as {
    readonly vendor: string;
    readonly jsonSchema?: { readonly input?: (options: { target: string }) => unknown };
  };
  if (typeof jsonSchema?.input !== "function") {
    throw new InvalidSchemaError(what, [{ path: [], message: adviceFor(vendor) }]);
  }
  try {
    return jsonSchema.input({ target: "draft-2020-12" });
  } catch (cause) {
    try {
      return jsonSchema.input({ target: "draft-07" }); // a library need not know every draft
    } catch {
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `${vendor} cannot tell it as JSON Schema: ${why}`;
      throw new InvalidSchemaError(what, [{ path: [], message }], { cause });
    }
  }
}

function adviceFor(vendor: string): string {
  const byHand = "or give { schema, jsonSchema }";
  if (vendor === "valibot") {
    return `valibot tells no JSON Schema by itself: wrap it with toStandardJsonSchema() of @valibot/to-json-schema, ${byHand}`;
  }
  if (vendor === "zod") return `zod tells JSON Schema from 4.2 on: update it, ${byHand}`;
  if (vendor === "arktype") return `arktype tells JSON Schema from 2.1.28 on: update it, ${byHand}`;
  return `the library "${vendor}" tells no JSON Schema (Standard JSON Schema): use one that does, ${byHand}`;
}

function isPair<T>(schema: unknown): schema is SchemaPair<T> {
  return isRecord(schema) && "jsonSchema" in schema && isStandardSchema(schema["schema"]);
}

/** A copy that nobody can change, of JSON alone. */
function copyOf(schema: unknown, what: string): JsonSchema {
  try {
    return JSON.parse(JSON.stringify(schema)) as JsonSchema;
  } catch (cause) {
    throw new InvalidSchemaError(what, [{ path: [], message: "it is not JSON" }], { cause });
  }
}
