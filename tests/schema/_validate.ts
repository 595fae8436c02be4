/** The results of our own validator. */
import { compileJsonSchema } from "../../src/schema/compile_json_schema.ts";
import { validateJson } from "../../src/schema/validate_json.ts";
import type { JsonSchema } from "../../src/schema/json_schema.ts";

/** The problems of a value, each as `path: message`. */
export function issuesOf(schema: JsonSchema, value: unknown): string[] {
  const compiled = compileJsonSchema(schema, { what: "test" });
  return validateJson(compiled, value).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

/** Whether a value is valid. */
export function isValid(schema: JsonSchema, value: unknown): boolean {
  return issuesOf(schema, value).length === 0;
}
