/** Reads the final response of a turn by a schema. */
import {
  type SchemaIssue,
  SchemaNotStrictError,
  StructuredOutputError,
} from "../../errors/schema_errors.ts";
import type { JsonSchema } from "../../schema/json_schema.ts";
import {
  type ReadSchema,
  readSchema,
  type Schema,
  type SchemaResult,
} from "../../schema/schema.ts";
import { strictIssues } from "../../schema/strict_issues.ts";
import { strictJson } from "../../schema/strict_schema.ts";
import type { TurnResult } from "../turns/turn_result.ts";

const WHAT = { what: "output" };

/** A schema for outputs, known to be one that strict mode takes. */
export class OutputReader<T> {
  readonly #schema: ReadSchema<T>;
  /** What is sent. */
  readonly json: JsonSchema;

  /**
   * Reads the schema.
   *
   * @throws {SchemaNotStrictError} when strict mode would refuse it
   * @throws {InvalidSchemaError} when it is no valid JSON Schema, or has none to show
   * @throws {TypeError} when it is no schema at all
   */
  constructor(schema: Schema<T>) {
    this.#schema = readSchema(schema, WHAT);
    const { json, isGenerated } = this.#schema;
    this.json = isGenerated ? strictJson(json) : json;
    const issues = strictIssues(this.json);
    if (issues.length > 0) throw new SchemaNotStrictError(WHAT.what, issues);
  }

  /**
   * Gives the output of a turn.
   *
   * @throws {StructuredOutputError} when the turn has no final response, or one that does not fit
   */
  async read(result: TurnResult): Promise<T> {
    const { finalResponse: text, status } = result;
    const fail = (issues: readonly SchemaIssue[], options: { cause?: unknown } = {}): never => {
      throw new StructuredOutputError({ text, issues, result, ...options });
    };
    const failAll = (message: string, options?: { cause?: unknown }): never =>
      fail([{ path: [], message }], options);

    if (status !== "completed") failAll(`the turn was not completed, its status is "${status}"`);
    if (text === null) return failAll("the turn has no final response");
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      failAll("the final response is no JSON", { cause });
    }
    let read: SchemaResult<T>;
    try {
      read = await this.#schema.validate(value);
    } catch (cause) {
      return failAll("the schema's own code failed", { cause });
    }
    return read.issues === undefined ? read.value : fail(read.issues);
  }
}
