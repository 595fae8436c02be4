/** Starts turns whose final response is read by a schema. */
import { isRecord } from "../../util/is_record.ts";
import { checkCallOptions } from "../call_options.ts";
import type { ClientContext } from "../client_context.ts";
import type { TurnInput } from "../input/input_items.ts";
import { startTurn, type TurnOptions } from "../turns/turn_start.ts";
import type { OutputOptions, OutputRunOptions } from "./output_options.ts";
import { OutputReader } from "./output_reader.ts";
import { TypedTurnHandle } from "./typed_turn_handle.ts";

/** An output that was asked for, and the options of its turn. */
export interface OutputTurn<T> {
  readonly reader: OutputReader<T>;
  readonly options: TurnOptions;
}

/**
 * Tells whether options ask for an output.
 *
 * @throws {TypeError} when they ask for a repair of none
 */
export function wantsOutput<T>(
  options: TurnOptions | OutputRunOptions<T>,
): options is OutputRunOptions<T> {
  if (!isRecord(options)) return false; // refused where the turn is started
  if (options["output"] !== undefined) return true;
  if (options["repair"] !== undefined) throw new TypeError('"repair" needs "output"');
  return false;
}

/**
 * Reads the schema of an output, and makes it an option of the turn.
 *
 * @throws {SchemaNotStrictError} when strict mode would refuse the schema
 * @throws {InvalidSchemaError} when it is no valid JSON Schema, or has none to show
 * @throws {TypeError} when it is no schema at all, or stands beside what it cannot stand beside
 */
export function outputTurn<T>(given: OutputOptions<T>): OutputTurn<T> {
  checkCallOptions(given);
  const { output, ...options } = given;
  if (options.outputSchema != null) {
    throw new TypeError('"output" is the schema: "outputSchema" cannot be given with it');
  }
  if (options.goal) throw new TypeError('A turn with a goal cannot have "output"');
  if ((options.whenBusy as string) === "steer") {
    throw new TypeError('"output" cannot be steered into a running turn: it takes no schema');
  }
  const reader = new OutputReader(output);
  return { reader, options: { ...options, outputSchema: reader.json as never } };
}

/** Starts a turn with an output and gives its handle. */
export async function startOutputTurn<T>(
  context: ClientContext,
  threadId: string,
  input: TurnInput,
  given: OutputOptions<T>,
): Promise<TypedTurnHandle<T>> {
  if ((given as OutputRunOptions<T>).repair !== undefined) {
    throw new TypeError('"repair" is for run(): a handle is of one turn');
  }
  const { reader, options } = outputTurn(given);
  const { turn } = await startTurn(context, threadId, input, options);
  return new TypedTurnHandle(turn, context, reader);
}
