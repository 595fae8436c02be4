/** What a turn with a typed output takes and gives. */
import type { StructuredOutputError } from "../../errors/schema_errors.ts";
import type { Schema } from "../../schema/schema.ts";
import type { TurnInput } from "../input/input_items.ts";
import type { TurnResult } from "../turns/turn_result.ts";
import type { TurnOptions } from "../turns/turn_start.ts";

/**
 * Options of a turn whose final response is read by a schema.
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
  & Omit<TurnOptions, "goal" | "output" | "outputSchema" | "whenBusy">
  & {
    /**
     * What the final response must be: the model is bound to the JSON Schema of it (`outputSchema`, in strict mode), and the
     * response is parsed and validated. A plain JSON Schema is sent as it is and must be strict; in that of a library objects
     * are closed, and what only checks and strict mode does not know is left out. See `strictSchema()` for the rest.
     */
    readonly output: Schema<T>;
    /** As for any turn, but for `"steer"`: a running turn takes no schema. */
    readonly whenBusy?: "reject" | "queue" | undefined;
    /** Never beside `output`, which is the schema. */
    readonly outputSchema?: undefined;
    /** Never beside `output`: the many turns of a goal have no one output. */
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
   * Whether to run one more turn when the response of the first does not fit: it tells the model what is wrong and asks
   * again. The other options hold for both turns, and `timeoutMs` is for both together. `false` when left out.
   */
  readonly repair?: boolean | RepairOptions | undefined;
};

/**
 * How a response that does not fit is asked for again.
 *
 * @example
 * ```ts
 * import type { RepairOptions } from "@codex-app-server/sdk/types";
 *
 * const inShort: RepairOptions = { input: ({ message }) => `${message}. Try again.` };
 * ```
 */
export interface RepairOptions {
  /** Gives the input of the second turn; a list of what is wrong when left out. */
  readonly input?: ((error: StructuredOutputError<TurnResult>) => TurnInput) | undefined;
}

/**
 * What a turn with a typed output produced.
 *
 * @example
 * ```ts
 * import type { OutputResult } from "@codex-app-server/sdk";
 *
 * const tokensOf = ({ usage }: OutputResult<unknown>): number => usage?.total.totalTokens ?? 0;
 * ```
 */
export interface OutputResult<T> extends TurnResult {
  /** The final response, parsed, validated, and made into what the schema gives. */
  readonly output: T;
  /**
   * The error of the first turn, with its result, when this is the result of the second one that `repair` has run; `null`
   * when the first response did fit.
   */
  readonly repaired: StructuredOutputError<TurnResult> | null;
}
