/** Errors of schemas, and of values that do not fit them. */
import { CodexError } from "./codex_error.ts";

/**
 * What is wrong in one place of a value or of a schema.
 *
 * @example
 * ```ts
 * import type { SchemaIssue } from "@codex-app-server/sdk";
 *
 * const line = ({ path, message }: SchemaIssue): string => `${path.join(".")}: ${message}`;
 * ```
 */
export interface SchemaIssue {
  /** The names and the indexes that lead there; empty for the whole. */
  readonly path: readonly (string | number)[];
  /** What is wrong, in words. */
  readonly message: string;
}

/** How many issues a message names; the error has them all. */
const NAMED_ISSUES = 3;

/** Puts issues into one line: `at "a.0": must be a string; and 4 more`. */
export function describeIssues(issues: readonly SchemaIssue[]): string {
  const named = issues.slice(0, NAMED_ISSUES).map(({ path, message }) =>
    path.length === 0 ? message : `at "${path.join(".")}": ${message}`
  );
  const more = issues.length - named.length;
  return more > 0 ? `${named.join("; ")}; and ${more} more` : named.join("; ");
}

/**
 * A schema cannot be used as it is: it is no valid JSON Schema, or has none to show; nothing was sent.
 *
 * @example
 * ```ts
 * import { InvalidSchemaError } from "@codex-app-server/sdk";
 *
 * function explain(error: unknown): string[] {
 *   if (!(error instanceof InvalidSchemaError)) throw error;
 *   return error.issues.map(({ path, message }) => `${path.join("/")}: ${message}`);
 * }
 * ```
 */
export class InvalidSchemaError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "InvalidSchemaError";
  /** What the schema was given for, such as `"output"`. */
  readonly what: string;
  /** What is wrong, each with its path in the schema. */
  readonly issues: readonly SchemaIssue[];

  /** Makes the error for a schema and what is wrong with it. */
  constructor(
    what: string,
    issues: readonly SchemaIssue[],
    options: { readonly cause?: unknown } = {},
  ) {
    super(`Cannot use the schema of "${what}": ${describeIssues(issues)}`, {
      code: "invalid_schema",
      ...options,
    });
    this.what = what;
    this.issues = issues;
  }
}

/**
 * A schema has what the strict mode of structured outputs refuses; nothing was sent.
 *
 * @example
 * ```ts
 * import { SchemaNotStrictError, type Schema, strictSchema } from "@codex-app-server/sdk";
 *
 * function usable<T>(error: unknown, schema: Schema<T>): Schema<T> {
 *   if (error instanceof SchemaNotStrictError) return strictSchema(schema);
 *   throw error;
 * }
 * ```
 */
export class SchemaNotStrictError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "SchemaNotStrictError";
  /** What the schema was given for, such as `"output"`. */
  readonly what: string;
  /** What strict mode refuses, each with its path in the schema. */
  readonly issues: readonly SchemaIssue[];

  /** Makes the error for a schema and what strict mode refuses in it. */
  constructor(what: string, issues: readonly SchemaIssue[]) {
    super(`Cannot send the schema of "${what}" in strict mode: ${describeIssues(issues)}`, {
      code: "schema_not_strict",
    });
    this.what = what;
    this.issues = issues;
  }
}

/**
 * What is known of an output that is none.
 *
 * @example
 * ```ts
 * import type { OutputFailure, TurnResult } from "@codex-app-server/sdk";
 *
 * const whatCame = ({ text, result }: OutputFailure<TurnResult>): string => text ?? result.status;
 * ```
 */
export interface OutputFailure<Result> {
  /** The final response as it came; `null` when the turn had none. */
  readonly text: string | null;
  /** What is wrong, each with its path in the output. */
  readonly issues: readonly SchemaIssue[];
  /** Everything the turn produced. */
  readonly result: Result;
  /** What lies behind it, such as the `SyntaxError` of a text that is no JSON. */
  readonly cause?: unknown;
}

/**
 * The turn ended, but its final response is not what the schema of `output` asks for.
 *
 * @example
 * ```ts
 * import { type JsonSchema, StructuredOutputError, type Thread } from "@codex-app-server/sdk";
 *
 * async function ask(thread: Thread, question: string, output: JsonSchema): Promise<unknown> {
 *   try {
 *     return (await thread.run(question, { output })).output;
 *   } catch (error) {
 *     if (error instanceof StructuredOutputError) return error.text; // as the model wrote it
 *     throw error;
 *   }
 * }
 * ```
 */
export class StructuredOutputError<Result = unknown> extends CodexError {
  /** The name of the class. */
  override readonly name: string = "StructuredOutputError";
  /** What is known of the failure. */
  readonly failure: OutputFailure<Result>;

  /** Makes the error from what is known of the failure. */
  constructor(failure: OutputFailure<Result>) {
    const { cause, issues } = failure;
    super(`Cannot read the output of the turn: ${describeIssues(issues)}`, {
      code: "structured_output",
      ...(cause === undefined ? {} : { cause }),
    });
    this.failure = failure;
  }

  /** The final response as it came; `null` when the turn had none. */
  get text(): string | null {
    return this.failure.text;
  }

  /** What is wrong, each with its path in the output. */
  get issues(): readonly SchemaIssue[] {
    return this.failure.issues;
  }

  /** Everything the turn produced; with a repair, everything its second turn produced. */
  get result(): Result {
    return this.failure.result;
  }
}
