/** Makes a schema that the strict mode of structured outputs takes. */
import { SchemaNotStrictError } from "../../errors/schema_errors.ts";
import { compileJsonSchema } from "../json/compile_json_schema.ts";
import { validateJson } from "../json/validate_json.ts";
import type { JsonSchema } from "../json_schema.ts";
import { readSchema } from "../read_schema.ts";
import type { Schema } from "../schema.ts";
import type { StandardSchemaWithJson } from "../standard_schema.ts";
import { dropNulls } from "./drop_nulls.ts";
import { strictIssues } from "./strict_issues.ts";
import { strictJson } from "./strict_json.ts";

const WHAT = { what: "strictSchema()" };

/**
 * Gives the strict version of a schema: objects are closed, a property that may be left out is required and may be
 * `null`, `oneOf` is `anyOf`, and what strict mode does not know but only checks is not sent. A value is validated by the
 * schema that was given, with no trace of those nulls.
 *
 * @throws {SchemaNotStrictError} when there is no strict version, as for an object with free names
 * @throws {InvalidSchemaError} when the schema is no valid JSON Schema, or has none to show
 *
 * @example
 * ```ts
 * import { strictSchema, type Thread } from "@codex-app-server/sdk";
 *
 * const person = strictSchema<{ name: string; age?: number }>({
 *   type: "object",
 *   properties: { name: { type: "string" }, age: { type: "integer" } },
 *   required: ["name"],
 * });
 *
 * async function author(thread: Thread): Promise<string> {
 *   const { output } = await thread.run("Who wrote this?", { output: person });
 *   return output.age === undefined ? output.name : `${output.name}, ${output.age}`;
 * }
 * ```
 */
export function strictSchema<T>(schema: Schema<T>): StandardSchemaWithJson<unknown, T> {
  const read = readSchema(schema, WHAT);
  const original = compileJsonSchema(read.json, WHAT);
  const nullable = new Set<JsonSchema>();
  const strict = strictJson(read.json, {
    takesNull: (node) => validateJson(original, null, node).length === 0,
    onNull: (node) => void nullable.add(node),
  });
  const issues = strictIssues(strict);
  if (issues.length > 0) throw new SchemaNotStrictError(WHAT.what, issues);
  const compiled = compileJsonSchema(strict, WHAT);
  return {
    "~standard": {
      version: 1,
      vendor: "@codex-app-server/sdk",
      validate: (value) => read.validate(dropNulls(compiled, nullable, value)),
      jsonSchema: {
        input: () => ({ ...strict }),
        output: () => ({ ...read.json }),
      },
    },
  };
}
