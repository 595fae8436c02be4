/** Errors of schemas, and of values that do not match them. */
import { CodexError } from "./codex_error.ts";

/**
 * A problem at one location of a value or schema.
 *
 * @example
 * ```ts
 * import type { SchemaIssue } from "@codex-app-server/sdk/errors";
 *
 * const line = ({ path, message }: SchemaIssue): string => `${path.join(".")}: ${message}`;
 * ```
 */
export interface SchemaIssue {
  /** The keys and indexes that lead to the location; empty for the root. */
  readonly path: readonly (string | number)[];
  /** Describes the problem. */
  readonly message: string;
}

/** How many issues a message lists; the error has them all. */
const NAMED_ISSUES = 3;

/** Formats issues in one line: `at "a.0": must be a string; and 4 more`. */
export function describeIssues(issues: readonly SchemaIssue[]): string {
  const named = issues.slice(0, NAMED_ISSUES).map(describeIssue);
  const more = issues.length - named.length;
  return more > 0 ? `${named.join("; ")}; and ${more} more` : named.join("; ");
}

/** How many issues are reported to the model. */
const LISTED_ISSUES = 20;

/** Lists issues for the model, one per line: `- at "a.0": must be a string`. */
export function listIssues(issues: readonly SchemaIssue[]): string[] {
  const lines = issues.slice(0, LISTED_ISSUES).map((issue) => `- ${describeIssue(issue)}`);
  const more = issues.length - lines.length;
  return more > 0 ? [...lines, `- and ${more} more`] : lines;
}

function describeIssue({ path, message }: SchemaIssue): string {
  return path.length === 0 ? message : `at "${path.join(".")}": ${message}`;
}

/**
 * A schema cannot be used: it is not valid JSON Schema, or its library provides none. Nothing was sent.
 *
 * @example
 * ```ts
 * import { InvalidSchemaError } from "@codex-app-server/sdk/errors";
 *
 * function explain(error: unknown): string[] {
 *   if (!(error instanceof InvalidSchemaError)) throw error;
 *   return error.issues.map(({ path, message }) => `${path.join("/")}: ${message}`);
 * }
 * ```
 */
export class InvalidSchemaError extends CodexError {
  /** The class name. */
  override readonly name: string = "InvalidSchemaError";
  /** The option the schema was passed to, such as `"output"`. */
  readonly what: string;
  /** The problems, each with its path in the schema. */
  readonly issues: readonly SchemaIssue[];

  /** Creates the error for a schema and its problems. */
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
 * A schema uses features that the strict mode of structured outputs rejects. Nothing was sent.
 *
 * @example
 * ```ts
 * import { SchemaNotStrictError } from "@codex-app-server/sdk/errors";
 * import { type Schema, strictSchema } from "@codex-app-server/sdk/schema";
 *
 * function usable<T>(error: unknown, schema: Schema<T>): Schema<T> {
 *   if (error instanceof SchemaNotStrictError) return strictSchema(schema);
 *   throw error;
 * }
 * ```
 */
export class SchemaNotStrictError extends CodexError {
  /** The class name. */
  override readonly name: string = "SchemaNotStrictError";
  /** The option the schema was passed to, such as `"output"`. */
  readonly what: string;
  /** What strict mode rejects, each with its path in the schema. */
  readonly issues: readonly SchemaIssue[];

  /** Creates the error for a schema and what strict mode rejects in it. */
  constructor(what: string, issues: readonly SchemaIssue[]) {
    super(`Cannot send the schema of "${what}" in strict mode: ${describeIssues(issues)}`, {
      code: "schema_not_strict",
    });
    this.what = what;
    this.issues = issues;
  }
}

/**
 * Details of an output that could not be parsed or validated.
 *
 * @example
 * ```ts
 * import type { TurnResult } from "@codex-app-server/sdk";
 * import type { OutputFailure } from "@codex-app-server/sdk/errors";
 *
 * const whatCame = ({ text, result }: OutputFailure<TurnResult>): string => text ?? result.status;
 * ```
 */
export interface OutputFailure<Result> {
  /** The final response; `null` if the turn had none. */
  readonly text: string | null;
  /** The problems, each with its path in the output. */
  readonly issues: readonly SchemaIssue[];
  /** Everything the turn produced. */
  readonly result: Result;
  /** The underlying error, such as the `SyntaxError` of invalid JSON. */
  readonly cause?: unknown;
}

/**
 * The turn ended, but its final response does not match the schema of `output`.
 *
 * @example
 * ```ts
 * import { StructuredOutputError, type Thread } from "@codex-app-server/sdk";
 * import type { JsonSchema } from "@codex-app-server/sdk/schema";
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
  /** The class name. */
  override readonly name: string = "StructuredOutputError";
  /** The details of the failure. */
  readonly failure: OutputFailure<Result>;

  /** Creates the error from the details of the failure. */
  constructor(failure: OutputFailure<Result>) {
    const { cause, issues } = failure;
    super(`Cannot read the output of the turn: ${describeIssues(issues)}`, {
      code: "structured_output",
      ...(cause === undefined ? {} : { cause }),
    });
    this.failure = failure;
  }

  /** The final response; `null` if the turn had none. */
  get text(): string | null {
    return this.failure.text;
  }

  /** The problems, each with its path in the output. */
  get issues(): readonly SchemaIssue[] {
    return this.failure.issues;
  }

  /** Everything the turn produced; after a repair, everything its second turn produced. */
  get result(): Result {
    return this.failure.result;
  }
}
