/** Runs turns whose final response is read by a schema, and asks once more where it does not fit. */
import { StructuredOutputError } from "../../errors/schema_errors.ts";
import { TurnTimeoutError } from "../../errors/turn_errors.ts";
import { Deadline } from "../../util/deadline.ts";
import { isRecord } from "../../util/is_record.ts";
import { checkLimitMs } from "../../util/timer.ts";
import type { ClientContext } from "../client_context.ts";
import type { TurnInput } from "../input/input_items.ts";
import type { TurnResult } from "../turns/turn_result.ts";
import { runTurn, type TurnOptions } from "../turns/turn_start.ts";
import type { OutputResult, OutputRunOptions, RepairOptions } from "./output_options.ts";
import type { OutputReader } from "./output_reader.ts";
import { outputTurn } from "./output_turn.ts";
import { repairInput } from "./repair_input.ts";

/** Runs a turn to its end and reads its output, within one limit for all of it. */
export async function runForOutput<T>(
  context: ClientContext,
  threadId: string,
  input: TurnInput,
  given: OutputRunOptions<T>,
): Promise<OutputResult<T>> {
  const { repair, ...rest } = given;
  checkRepair(repair);
  const { reader, options: { signal, timeoutMs, ...options } } = outputTurn(rest);
  checkLimitMs("timeoutMs", timeoutMs);
  const deadline = new Deadline({
    signal,
    timeoutMs,
    timeoutError: (ms) => new TurnTimeoutError(ms),
  });
  const run: OutputRun<T> = { context, threadId, reader, options, deadline };
  try {
    return await runOnce(run, input, null).catch(async (error: unknown) => {
      if (!repair || !isRepairable(error)) throw error;
      return await runAgain(run, error, repair === true ? {} : repair);
    });
  } finally {
    deadline.end();
  }
}

interface OutputRun<T> {
  readonly context: ClientContext;
  readonly threadId: string;
  readonly reader: OutputReader<T>;
  readonly options: TurnOptions;
  readonly deadline: Deadline;
}

async function runOnce<T>(
  { context, threadId, reader, options, deadline }: OutputRun<T>,
  input: TurnInput,
  repaired: OutputResult<T>["repaired"],
): Promise<OutputResult<T>> {
  const { signal } = deadline;
  const result = await runTurn(context, threadId, input, { ...options, signal });
  deadline.check();
  // A schema's own code may take its time too.
  return { ...result, output: await deadline.race(reader.read(result)), repaired };
}

/** The second turn is like the first but for what is of one message alone; it waits where others took the thread. */
async function runAgain<T>(
  run: OutputRun<T>,
  error: StructuredOutputError<TurnResult>,
  { input = repairInput }: RepairOptions,
): Promise<OutputResult<T>> {
  const { clientUserMessageId: _, ...same } = run.options;
  run.deadline.check();
  return await runOnce({ ...run, options: { ...same, whenBusy: "queue" } }, input(error), error);
}

/** A model may do better the next time, but neither at what was interrupted, nor at a fault of the schema's own code. */
function isRepairable(error: unknown): error is StructuredOutputError<TurnResult> {
  if (!(error instanceof StructuredOutputError)) return false;
  const { status } = error.result as TurnResult;
  return status === "completed" &&
    (error.cause === undefined || error.cause instanceof SyntaxError);
}

function checkRepair(repair: unknown): void {
  if (repair === undefined || typeof repair === "boolean") return;
  const input = isRecord(repair) ? repair["input"] : null;
  if (input === undefined || typeof input === "function") return;
  throw new TypeError('"repair" must be true, false or an object with a function "input"');
}
