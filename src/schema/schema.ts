/** The schemas that the SDK accepts, and how they are read. */
import { InvalidSchemaError, type SchemaIssue } from "../errors/schema_errors.ts";
import { errorText } from "../util/error_text.ts";
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
 * A schema with output type `T`: from a library that implements Standard Schema and provides JSON Schema (zod,
 * arktype, or valibot with its package for that), a schema of any other library paired with its JSON Schema, or a
 * plain JSON Schema. A plain one does not determine `T`: specify it where the schema is used; otherwise it is
 * `unknown`.
 *
 * @example
 * ```ts
 * import type { Schema } from "@codex-app-server/sdk/schema";
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
 * A Standard Schema without its own JSON Schema, paired with one: the first validates, the second is sent.
 *
 * @example
 * ```ts
 * import type { SchemaPair, StandardSchema } from "@codex-app-server/sdk/schema";
 *
 * const withJson = <T>(schema: StandardSchema<unknown, T>): SchemaPair<T> => ({
 *   schema,
 *   jsonSchema: { type: "object", properties: {}, additionalProperties: false },
 * });
 * ```
 */
export interface SchemaPair<T = unknown> {
  /** The schema that validates. */
  readonly schema: StandardSchema<unknown, T>;
  /** The JSON Schema of the input of `schema`; it is sent. */
  readonly jsonSchema: JsonSchema;
}

/**
 * The output type of a schema; `unknown` for a plain JSON Schema.
 *
 * @example
 * ```ts
 * import type { InferOutput, StandardSchemaWithJson } from "@codex-app-server/sdk/schema";
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
 * The input type of a schema; `unknown` for a plain JSON Schema.
 *
 * @example
 * ```ts
 * import type { InferInput, StandardSchemaWithJson } from "@codex-app-server/sdk/schema";
 *
 * type Given = InferInput<StandardSchemaWithJson<string, number>>;
 *
 * const given: Given = "42";
 * ```
 */
export type InferInput<S> = S extends StandardSchema<infer Input, unknown> ? Input
  : S extends { readonly schema: StandardSchema<infer Input, unknown> } ? Input
  : unknown;

/** The result of validation: the value, or the problems. */
export type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** A schema ready for use. */
export interface ReadSchema<T> {
  /** The JSON Schema to send: a private copy. */
  readonly json: JsonSchema;
  /** Whether a library generated the JSON Schema and validates more than it expresses. */
  readonly isGenerated: boolean;
  /** Validates a value; only rejects if the schema's own code throws. */
  readonly validate: (value: unknown) => Promise<SchemaResult<T>>;
}

/**
 * Reads a schema; `what` is the name of the option it was passed to.
 *
 * @throws {InvalidSchemaError} if it is not a valid JSON Schema, or a Standard Schema that provides none
 * @throws {TypeError} if it is not a schema
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
  const library = oldLibrary(schema);
  if (library !== undefined) {
    throw new InvalidSchemaError(what, [{ path: [], message: adviceFor(library) }]);
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
  // The model's API has no use for the draft.
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
      // `Array.from`, because `map` of a library's own list type would return another of that type.
      path: Array.from(path, (step) => nameOf(typeof step === "object" ? step.key : step)),
    })),
  };
}

function nameOf(key: PropertyKey): string | number {
  return typeof key === "symbol" ? String(key) : key;
}

/**
 * Returns the JSON Schema of the schema's input: the model writes the input, and validation turns it into the output.
 */
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
      return jsonSchema.input({ target: "draft-07" }); // libraries need not support every draft
    } catch {
      const message = `${vendor} cannot convert it to JSON Schema: ${errorText(cause)}`;
      throw new InvalidSchemaError(what, [{ path: [], message }], { cause });
    }
  }
}

function adviceFor(vendor: string): string {
  const byHand = "or pass { schema, jsonSchema }";
  if (vendor === "valibot") {
    return `valibot provides no JSON Schema by itself: wrap it with toStandardJsonSchema() of @valibot/to-json-schema, ${byHand}`;
  }
  if (vendor === "zod") {
    return `this version of zod provides no JSON Schema: use zod 4, from 4.2 on, ${byHand}`;
  }
  if (vendor === "arktype") {
    return `arktype provides JSON Schema from 2.1.28 on: update it, ${byHand}`;
  }
  return `the library "${vendor}" provides no JSON Schema (Standard JSON Schema): use one that does, ${byHand}`;
}

/** Returns the library of a schema from before Standard Schema, which is no plain JSON Schema either. */
function oldLibrary(schema: Readonly<Record<string, unknown>>): "zod" | "valibot" | undefined {
  const has = (method: string): boolean => typeof schema[method] === "function";
  if (has("safeParse")) return "zod";
  return has("_run") || has("_parse") ? "valibot" : undefined;
}

function isPair<T>(schema: unknown): schema is SchemaPair<T> {
  return isRecord(schema) && "jsonSchema" in schema && isStandardSchema(schema["schema"]);
}

/** Returns a private copy as pure JSON. */
function copyOf(schema: unknown, what: string): JsonSchema {
  try {
    return JSON.parse(JSON.stringify(schema)) as JsonSchema;
  } catch (cause) {
    throw new InvalidSchemaError(what, [{ path: [], message: "it is not JSON" }], { cause });
  }
}
