/** JSON Schema as a type: the keywords of drafts 7 and 2020-12. */

/**
 * A JSON Schema object of draft 2020-12 or draft 7.
 *
 * @example
 * ```ts
 * import type { JsonSchema } from "@codex-app-server/sdk/schema";
 *
 * const answer: JsonSchema = {
 *   type: "object",
 *   properties: { summary: { type: "string" }, score: { type: "number", minimum: 0 } },
 *   required: ["summary", "score"],
 *   additionalProperties: false,
 * };
 * ```
 */
export interface JsonSchema {
  /** Always absent: it marks the schema of a library. The type is the compiler's advice if that has no JSON Schema. */
  readonly "~standard"?:
    | "Use zod 4.2, arktype 2.1.28, valibot with toStandardJsonSchema() of @valibot/to-json-schema, or { schema, jsonSchema }"
    | undefined;
  /** The draft of the schema. */
  readonly $schema?: string | undefined;
  /** The identifier of the entire schema, usable in references. */
  readonly $id?: string | undefined;
  /** An identifier of this schema, usable in references as `#name`. */
  readonly $anchor?: string | undefined;
  /** A note for readers of the schema. */
  readonly $comment?: string | undefined;
  /** A reference to a schema in the same document: `#`, `#/$defs/name` or `#anchor`. */
  readonly $ref?: string | undefined;
  /** Schemas to refer to. */
  readonly $defs?: JsonSchemaMap | undefined;
  /** Schemas to refer to, in draft 7. */
  readonly definitions?: JsonSchemaMap | undefined;
  /** A short name, shown to the model. */
  readonly title?: string | undefined;
  /** A description of the value, shown to the model. */
  readonly description?: string | undefined;
  /** The default value; never filled in. */
  readonly default?: unknown;
  /** Examples of valid values. */
  readonly examples?: unknown;
  /** Whether the value is deprecated; not checked. */
  readonly deprecated?: boolean | undefined;
  /** Whether only the owner sets the value; not checked. */
  readonly readOnly?: boolean | undefined;
  /** Whether the value is never returned; not checked. */
  readonly writeOnly?: boolean | undefined;
  /** The type of the value, or a list of possible types. */
  readonly type?: string | readonly string[] | undefined;
  /** The possible values. */
  readonly enum?: readonly unknown[] | undefined;
  /** The only possible value. */
  readonly const?: unknown;
  /** Schemas of properties by name. */
  readonly properties?: JsonSchemaMap | undefined;
  /** Schemas of properties by a pattern of their names. */
  readonly patternProperties?: JsonSchemaMap | undefined;
  /** The schema of all properties that neither `properties` nor `patternProperties` matches. */
  readonly additionalProperties?: JsonSchemaNode | undefined;
  /** The schema of all property names. */
  readonly propertyNames?: JsonSchemaNode | undefined;
  /** The names of the required properties. */
  readonly required?: readonly string[] | undefined;
  /** Minimum number of properties. */
  readonly minProperties?: number | undefined;
  /** Maximum number of properties. */
  readonly maxProperties?: number | undefined;
  /** For each property, the properties that must be present with it. */
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>> | undefined;
  /** For each property, the schema of the whole object if it is present. */
  readonly dependentSchemas?: JsonSchemaMap | undefined;
  /** Combines `dependentRequired` and `dependentSchemas` in draft 7. */
  readonly dependencies?: Readonly<Record<string, JsonSchemaNode | readonly string[]>> | undefined;
  /** The schema of all items after `prefixItems`; in draft 7, an array holds the schemas of the first items. */
  readonly items?: JsonSchemaNode | readonly JsonSchemaNode[] | undefined;
  /** The schemas of the first items. */
  readonly prefixItems?: readonly JsonSchemaNode[] | undefined;
  /** The schema of the items after an array of `items`, in draft 7. */
  readonly additionalItems?: JsonSchemaNode | undefined;
  /** A schema that some items must match. */
  readonly contains?: JsonSchemaNode | undefined;
  /**
   * Minimum number of items that match `contains`.
   * @default {1}
   */
  readonly minContains?: number | undefined;
  /** Maximum number of items that match `contains`. */
  readonly maxContains?: number | undefined;
  /** Minimum number of items. */
  readonly minItems?: number | undefined;
  /** Maximum number of items. */
  readonly maxItems?: number | undefined;
  /** Whether all items must be different. */
  readonly uniqueItems?: boolean | undefined;
  /** Minimum number of characters. */
  readonly minLength?: number | undefined;
  /** Maximum number of characters. */
  readonly maxLength?: number | undefined;
  /** A regular expression that must match a part of the string. */
  readonly pattern?: string | undefined;
  /** Shown to the model; not checked. */
  readonly format?: string | undefined;
  /** The binary encoding of the string; not checked. */
  readonly contentEncoding?: string | undefined;
  /** The media type of the string's content; not checked. */
  readonly contentMediaType?: string | undefined;
  /** Inclusive lower limit. */
  readonly minimum?: number | undefined;
  /** Inclusive upper limit. */
  readonly maximum?: number | undefined;
  /** Exclusive lower limit. */
  readonly exclusiveMinimum?: number | undefined;
  /** Exclusive upper limit. */
  readonly exclusiveMaximum?: number | undefined;
  /** The number that the value must be a multiple of, in decimal. */
  readonly multipleOf?: number | undefined;
  /** Schemas that must all match. */
  readonly allOf?: readonly JsonSchemaNode[] | undefined;
  /** Schemas of which at least one must match. */
  readonly anyOf?: readonly JsonSchemaNode[] | undefined;
  /** Schemas of which exactly one must match. */
  readonly oneOf?: readonly JsonSchemaNode[] | undefined;
  /** A schema that must not match. */
  readonly not?: JsonSchemaNode | undefined;
  /** A schema that selects between `then` and `else`. */
  readonly if?: JsonSchemaNode | undefined;
  /** The schema to apply if `if` matches. */
  readonly then?: JsonSchemaNode | undefined;
  /** The schema to apply if `if` does not match. */
  readonly else?: JsonSchemaNode | undefined;
}

/**
 * Any JSON Schema: `true` matches everything, `false` nothing.
 *
 * @example
 * ```ts
 * import type { JsonSchemaNode } from "@codex-app-server/sdk/schema";
 *
 * const anything: JsonSchemaNode = true;
 * ```
 */
export type JsonSchemaNode = JsonSchema | boolean;

/**
 * JSON Schemas by name.
 *
 * @example
 * ```ts
 * import type { JsonSchemaMap } from "@codex-app-server/sdk/schema";
 *
 * const properties: JsonSchemaMap = { name: { type: "string" }, age: { type: "integer" } };
 * ```
 */
export type JsonSchemaMap = Readonly<Record<string, JsonSchemaNode>>;
