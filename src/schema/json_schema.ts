/** JSON Schema as a type: the keywords of the drafts 7 and 2020-12. */

/**
 * A JSON Schema that is an object, of the draft 2020-12 or 7.
 *
 * @example
 * ```ts
 * import type { JsonSchema } from "@codex-app-server/sdk";
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
  /** Never there: a schema with it is one of a library, not a plain one. */
  readonly "~standard"?: undefined;
  /** The draft that the schema is written in. */
  readonly $schema?: string | undefined;
  /** The name of the whole schema, to which references may go. */
  readonly $id?: string | undefined;
  /** A name for this schema, to which references may go as `#name`. */
  readonly $anchor?: string | undefined;
  /** A note for those who read the schema. */
  readonly $comment?: string | undefined;
  /** Another schema of the same document: `#`, `#/$defs/name` or `#anchor`. */
  readonly $ref?: string | undefined;
  /** Schemas to refer to. */
  readonly $defs?: JsonSchemaMap | undefined;
  /** Schemas to refer to, as draft 7 has them. */
  readonly definitions?: JsonSchemaMap | undefined;
  /** A short name, told to the model. */
  readonly title?: string | undefined;
  /** What the value is, told to the model. */
  readonly description?: string | undefined;
  /** What is meant where nothing is given; never filled in. */
  readonly default?: unknown;
  /** Some valid values. */
  readonly examples?: unknown;
  /** Whether it should be used no more; not checked. */
  readonly deprecated?: boolean | undefined;
  /** Whether it is given by the owner alone; not checked. */
  readonly readOnly?: boolean | undefined;
  /** Whether it is never given back; not checked. */
  readonly writeOnly?: boolean | undefined;
  /** The type of the value, or all that it may be. */
  readonly type?: string | readonly string[] | undefined;
  /** All that the value may be. */
  readonly enum?: readonly unknown[] | undefined;
  /** The one value that it may be. */
  readonly const?: unknown;
  /** The schemas of properties by their names. */
  readonly properties?: JsonSchemaMap | undefined;
  /** The schemas of properties by patterns of their names. */
  readonly patternProperties?: JsonSchemaMap | undefined;
  /** The schema of every property that neither of those two names. */
  readonly additionalProperties?: JsonSchemaNode | undefined;
  /** The schema of the names of all properties. */
  readonly propertyNames?: JsonSchemaNode | undefined;
  /** The names of the properties that must be there. */
  readonly required?: readonly string[] | undefined;
  /** How many properties there must be. */
  readonly minProperties?: number | undefined;
  /** How many properties there may be. */
  readonly maxProperties?: number | undefined;
  /** The properties that must be there where another one is. */
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>> | undefined;
  /** The schema of the whole where a property is there. */
  readonly dependentSchemas?: JsonSchemaMap | undefined;
  /** What draft 7 has for both of those. */
  readonly dependencies?: Readonly<Record<string, JsonSchemaNode | readonly string[]>> | undefined;
  /** The schema of every item after `prefixItems`; in draft 7 a list is of schemas for the first items. */
  readonly items?: JsonSchemaNode | readonly JsonSchemaNode[] | undefined;
  /** The schemas of the first items. */
  readonly prefixItems?: readonly JsonSchemaNode[] | undefined;
  /** The schema of the items after a list of `items`, in draft 7. */
  readonly additionalItems?: JsonSchemaNode | undefined;
  /** The schema that some items must fit. */
  readonly contains?: JsonSchemaNode | undefined;
  /** How many items must fit `contains`; 1 when left out. */
  readonly minContains?: number | undefined;
  /** How many items may fit `contains`. */
  readonly maxContains?: number | undefined;
  /** How many items there must be. */
  readonly minItems?: number | undefined;
  /** How many items there may be. */
  readonly maxItems?: number | undefined;
  /** Whether no two items may be equal. */
  readonly uniqueItems?: boolean | undefined;
  /** How many characters there must be. */
  readonly minLength?: number | undefined;
  /** How many characters there may be. */
  readonly maxLength?: number | undefined;
  /** A regular expression that the text must match somewhere. */
  readonly pattern?: string | undefined;
  /** Told to the model, not checked. */
  readonly format?: string | undefined;
  /** How the text stands for bytes; not checked. */
  readonly contentEncoding?: string | undefined;
  /** What the text holds; not checked. */
  readonly contentMediaType?: string | undefined;
  /** The least number that the value may be. */
  readonly minimum?: number | undefined;
  /** The greatest number that the value may be. */
  readonly maximum?: number | undefined;
  /** The number that the value must be above. */
  readonly exclusiveMinimum?: number | undefined;
  /** The number that the value must be below. */
  readonly exclusiveMaximum?: number | undefined;
  /** The number that the value must be a multiple of, in decimals. */
  readonly multipleOf?: number | undefined;
  /** Schemas that must all fit. */
  readonly allOf?: readonly JsonSchemaNode[] | undefined;
  /** Schemas of which one must fit, or more. */
  readonly anyOf?: readonly JsonSchemaNode[] | undefined;
  /** Schemas of which exactly one must fit. */
  readonly oneOf?: readonly JsonSchemaNode[] | undefined;
  /** A schema that must not fit. */
  readonly not?: JsonSchemaNode | undefined;
  /** A schema that chooses between `then` and `else`. */
  readonly if?: JsonSchemaNode | undefined;
  /** The schema where `if` fits. */
  readonly then?: JsonSchemaNode | undefined;
  /** The schema where `if` does not fit. */
  readonly else?: JsonSchemaNode | undefined;
}

/**
 * Any JSON Schema: `true` takes everything, `false` nothing.
 *
 * @example
 * ```ts
 * import type { JsonSchemaNode } from "@codex-app-server/sdk";
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
 * import type { JsonSchemaMap } from "@codex-app-server/sdk";
 *
 * const properties: JsonSchemaMap = { name: { type: "string" }, age: { type: "integer" } };
 * ```
 */
export type JsonSchemaMap = Readonly<Record<string, JsonSchemaNode>>;
