/** What a tool takes: the schema that is sent, and the check of what the model gives. */
import { InvalidSchemaError } from "../../errors/schema_errors.ts";
import { type ReadSchema, readSchema, type Schema } from "../../schema/schema.ts";

/** What a tool takes that has no schema. */
const NOTHING = { type: "object", properties: {}, additionalProperties: false } as const;

/**
 * Reads the input schema of a tool.
 *
 * @throws {InvalidSchemaError} when it is no valid JSON Schema, or not one of an object, as the Responses API wants it
 * @throws {TypeError} when it is no schema at all
 */
export function readToolInput(name: string, input: Schema | undefined): ReadSchema<unknown> {
  const what = `input of the tool ${name}`;
  const read = readSchema(input ?? NOTHING, { what });
  if (read.json.type === "object") return read;
  const message = 'the arguments of a tool are an object: the schema must say type "object"';
  throw new InvalidSchemaError(what, [{ path: [], message }]);
}
