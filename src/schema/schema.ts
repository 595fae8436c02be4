/** What the SDK takes as a schema. */
import type { JsonSchema } from "./json_schema.ts";
import type { StandardSchema, StandardSchemaWithJson } from "./standard_schema.ts";

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
