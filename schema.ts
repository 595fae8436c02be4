/**
 * The schemas of structured output and of tools: JSON Schema, Standard Schema, and {@linkcode strictSchema}, which
 * makes a JSON Schema one that the model's strict mode accepts.
 *
 * @example
 * ```ts
 * import { strictSchema } from "@codex-app-server/sdk/schema";
 *
 * const schema = strictSchema({ type: "object", properties: { title: { type: "string" } } });
 * ```
 *
 * @module
 */
export { strictSchema } from "./src/schema/strict_schema.ts";
export type { InferInput, InferOutput, Schema, SchemaPair } from "./src/schema/schema.ts";
export type { JsonSchema, JsonSchemaMap, JsonSchemaNode } from "./src/schema/json_schema.ts";
export type {
  StandardJsonConverter,
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaProps,
  StandardSchemaResult,
  StandardSchemaWithJson,
} from "./src/schema/standard_schema.ts";
