/** Standard Schema v1 and its JSON Schema extension, as zod, arktype and valibot implement them. */

/**
 * A schema of any library that implements Standard Schema v1.
 *
 * @example
 * ```ts
 * import type { StandardSchema } from "@codex-app-server/sdk/schema";
 *
 * const evenNumber: StandardSchema<unknown, number> = {
 *   "~standard": {
 *     version: 1,
 *     vendor: "my-app",
 *     validate: (value) =>
 *       typeof value === "number" && value % 2 === 0
 *         ? { value }
 *         : { issues: [{ message: "must be an even number" }] },
 *   },
 * };
 * ```
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The properties defined by the standard. */
  readonly "~standard": StandardSchemaProps<Input, Output>;
}

/**
 * A Standard Schema that provides JSON Schema, as those of zod from 4.2 and arktype from 2.1.28 on do, and those of
 * valibot through `toStandardJsonSchema` of `@valibot/to-json-schema`.
 *
 * @example
 * ```ts
 * import type { StandardSchemaWithJson } from "@codex-app-server/sdk/schema";
 *
 * const jsonOf = (schema: StandardSchemaWithJson): unknown =>
 *   schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
 * ```
 */
export interface StandardSchemaWithJson<Input = unknown, Output = Input> {
  /** The properties defined by the standard. */
  readonly "~standard": StandardSchemaProps<Input, Output> & {
    /** Converts the schema to JSON Schema; throws if that is not possible. */
    readonly jsonSchema: StandardJsonConverter;
  };
}

/**
 * The properties of a Standard Schema.
 *
 * @example
 * ```ts
 * import type { StandardSchemaProps } from "@codex-app-server/sdk/schema";
 *
 * const vendorOf = (props: StandardSchemaProps): string => props.vendor;
 * ```
 */
export interface StandardSchemaProps<Input = unknown, Output = Input> {
  /** The version of the standard. */
  readonly version: 1;
  /** The name of the library. */
  readonly vendor: string;
  /** Validates a value and returns the schema's output for it. */
  readonly validate: (
    value: unknown,
  ) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>;
  /** The input and output types; only used by the compiler. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
}

/**
 * The result of a Standard Schema: the value, or the problems.
 *
 * @example
 * ```ts
 * import type { StandardSchemaResult } from "@codex-app-server/sdk/schema";
 *
 * const isValid = (result: StandardSchemaResult<unknown>): boolean => result.issues === undefined;
 * ```
 */
export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] };

/**
 * A problem that a Standard Schema found at one location.
 *
 * @example
 * ```ts
 * import type { StandardSchemaIssue } from "@codex-app-server/sdk/schema";
 *
 * const missing: StandardSchemaIssue = { message: "is required", path: ["name"] };
 * ```
 */
export interface StandardSchemaIssue {
  /** Describes the problem. */
  readonly message: string;
  /** The keys that lead to the location. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * Converts a Standard Schema to JSON Schema.
 *
 * @example
 * ```ts
 * import type { StandardJsonConverter } from "@codex-app-server/sdk/schema";
 *
 * const onlyStrings: StandardJsonConverter = {
 *   input: () => ({ type: "string" }),
 *   output: () => ({ type: "string" }),
 * };
 * ```
 */
export interface StandardJsonConverter {
  /** Returns the JSON Schema of the schema's input. */
  readonly input: (options: { readonly target: string }) => Record<string, unknown>;
  /** Returns the JSON Schema of the schema's output. */
  readonly output: (options: { readonly target: string }) => Record<string, unknown>;
}

/** Returns whether a value is a Standard Schema; those of arktype are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const props: unknown = (value as { readonly "~standard"?: unknown })["~standard"];
  return typeof props === "object" && props !== null &&
    typeof (props as { readonly validate?: unknown }).validate === "function";
}
