/** Errors of a turn's typed output. */
import { CodexError } from "./codex_error.ts";
import { describeIssues, type SchemaIssue } from "./schema_errors.ts";

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
