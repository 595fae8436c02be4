/** Standard Schema v1 and its JSON Schema face, as zod, arktype and valibot have them. */

/**
 * What a schema of any library that follows Standard Schema v1 is: something that validates.
 *
 * @example
 * ```ts
 * import type { StandardSchema } from "@codex-app-server/sdk";
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
  /** What the standard asks for. */
  readonly "~standard": StandardSchemaProps<Input, Output>;
}

/**
 * A Standard Schema that can tell itself as JSON Schema, as those of zod from 4.2 and arktype from 2.1.28 on can, and
 * those of valibot through `toStandardJsonSchema` of `@valibot/to-json-schema`.
 *
 * @example
 * ```ts
 * import type { StandardSchemaWithJson } from "@codex-app-server/sdk";
 *
 * const jsonOf = (schema: StandardSchemaWithJson): unknown =>
 *   schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
 * ```
 */
export interface StandardSchemaWithJson<Input = unknown, Output = Input> {
  /** What the standard asks for. */
  readonly "~standard": StandardSchemaProps<Input, Output> & {
    /** Tells the schema as JSON Schema; throws where that is not possible. */
    readonly jsonSchema: StandardJsonConverter;
  };
}

/**
 * The members of a Standard Schema.
 *
 * @example
 * ```ts
 * import type { StandardSchemaProps } from "@codex-app-server/sdk";
 *
 * const vendorOf = (props: StandardSchemaProps): string => props.vendor;
 * ```
 */
export interface StandardSchemaProps<Input = unknown, Output = Input> {
  /** The version of the standard. */
  readonly version: 1;
  /** The name of the library. */
  readonly vendor: string;
  /** Checks a value, and gives what the schema makes of it. */
  readonly validate: (
    value: unknown,
  ) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>;
  /** For the compiler alone: the types that the schema takes and gives. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
}

/**
 * What a Standard Schema made of a value: the value, or what is wrong with it.
 *
 * @example
 * ```ts
 * import type { StandardSchemaResult } from "@codex-app-server/sdk";
 *
 * const isValid = (result: StandardSchemaResult<unknown>): boolean => result.issues === undefined;
 * ```
 */
export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] };

/**
 * What a Standard Schema says is wrong in one place.
 *
 * @example
 * ```ts
 * import type { StandardSchemaIssue } from "@codex-app-server/sdk";
 *
 * const missing: StandardSchemaIssue = { message: "must be there", path: ["name"] };
 * ```
 */
export interface StandardSchemaIssue {
  /** What is wrong, in words. */
  readonly message: string;
  /** The keys that lead there. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * Tells a Standard Schema as JSON Schema.
 *
 * @example
 * ```ts
 * import type { StandardJsonConverter } from "@codex-app-server/sdk";
 *
 * const onlyStrings: StandardJsonConverter = {
 *   input: () => ({ type: "string" }),
 *   output: () => ({ type: "string" }),
 * };
 * ```
 */
export interface StandardJsonConverter {
  /** The JSON Schema of what the schema takes. */
  readonly input: (options: { readonly target: string }) => Record<string, unknown>;
  /** The JSON Schema of what the schema gives. */
  readonly output: (options: { readonly target: string }) => Record<string, unknown>;
}

/** Tells whether a value is a Standard Schema; arktype's are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const props: unknown = (value as { readonly "~standard"?: unknown })["~standard"];
  return typeof props === "object" && props !== null &&
    typeof (props as { readonly validate?: unknown }).validate === "function";
}
