/** Options and result of a turn with a typed output. */
import type { StructuredOutputError } from "../../errors/schema_errors.ts";
import type { Schema } from "../../schema/schema.ts";
import { isRecord } from "../../util/is_record.ts";
import type { TurnInput } from "../input/input.ts";
import type { TurnResult } from "../turns/turn_result.ts";
import type { TurnOptions } from "../turns/turn_options.ts";

/**
 * Options of a turn whose final response is parsed and validated with a schema.
 *
 * @example
 * ```ts
 * import type { OutputOptions, Thread } from "@codex-app-server/sdk";
 *
 * const options: OutputOptions<{ risk: "low" | "high" }> = {
 *   output: {
 *     type: "object",
 *     properties: { risk: { enum: ["low", "high"], type: "string" } },
 *     required: ["risk"],
 *     additionalProperties: false,
 *   },
 *   effort: "low",
 * };
 *
 * async function isRisky(thread: Thread, change: string): Promise<boolean> {
 *   return (await thread.run(change, options)).output.risk === "high";
 * }
 * ```
 */
export type OutputOptions<T> =
  & Omit<TurnOptions, "goal" | "output" | "outputSchema" | "repair" | "whenBusy">
  & {
    /**
     * The schema of the final response: the server constrains the model to its JSON Schema (`outputSchema`, in strict mode),
     * and the SDK parses and validates the response. A plain JSON Schema is sent unchanged and must be strict; in a library's
     * schema, objects are closed and validation keywords that strict mode does not support are omitted. See `strictSchema()`.
     */
    readonly output: Schema<T>;
    /** As for any turn, except `"steer"`: a running turn accepts no schema. */
    readonly whenBusy?: "reject" | "queue" | undefined;
    /** Cannot be combined with `output`. */
    readonly outputSchema?: undefined;
    /** Cannot be combined with `output`: a goal has many turns. */
    readonly goal?: false | undefined;
  };

/**
 * Options of {@linkcode Thread.run} with an output.
 *
 * @example
 * ```ts
 * import type { OutputRunOptions } from "@codex-app-server/sdk";
 * import type { JsonSchema } from "@codex-app-server/sdk/schema";
 *
 * const withSecondTry = (output: JsonSchema): OutputRunOptions<unknown> => ({ output, repair: true });
 * ```
 */
export type OutputRunOptions<T> = OutputOptions<T> & {
  /**
   * Whether to run a second turn if the response of the first does not match the schema, with the issues as its input. The
   * other options apply to both turns; `timeoutMs` limits both together.
   *
   * @default {false}
   */
  readonly repair?: boolean | RepairOptions | undefined;
};

/**
 * How to repair a response that does not match the schema.
 *
 * @example
 * ```ts
 * import type { RepairOptions } from "@codex-app-server/sdk/types";
 *
 * const inShort: RepairOptions = { input: ({ message }) => `${message}. Try again.` };
 * ```
 */
export interface RepairOptions {
  /** Returns the input of the second turn; defaults to a list of the issues. */
  readonly input?: ((error: StructuredOutputError<TurnResult>) => TurnInput) | undefined;
}

/**
 * The result of a turn with a typed output.
 *
 * @example
 * ```ts
 * import type { OutputResult } from "@codex-app-server/sdk";
 *
 * const tokensOf = ({ usage }: OutputResult<unknown>): number => usage?.total.totalTokens ?? 0;
 * ```
 */
export interface OutputResult<T> extends TurnResult {
  /** The final response, parsed, validated and transformed by the schema. */
  readonly output: T;
  /**
   * The error of the first turn, with its result, if this is the result of the second; `null` if the first response matched.
   */
  readonly repaired: StructuredOutputError<TurnResult> | null;
}

/**
 * Whether the options request a typed output.
 *
 * @throws {TypeError} if they request `repair` without `output`
 */
export function wantsOutput<T>(
  options: TurnOptions | OutputRunOptions<T>,
): options is OutputRunOptions<T> {
  if (!isRecord(options)) return false; // rejected when the turn is started
  if (options["output"] !== undefined) return true;
  if (options["repair"] !== undefined) throw new TypeError('"repair" needs "output"');
  return false;
}
