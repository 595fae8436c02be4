/** Runs turns whose final response is read by a schema, and asks once more where it does not fit. */
import { StructuredOutputError } from "../../errors/schema_errors.ts";
import { TurnTimeoutError } from "../../errors/turn_errors.ts";
import { now } from "../../util/clock.ts";
import { isRecord } from "../../util/is_record.ts";
import { waitAtMost } from "../../util/timer.ts";
import type { ClientContext } from "../client_context.ts";
import type { TurnInput } from "../input/input_items.ts";
import type { TurnResult } from "../turns/turn_result.ts";
import { runTurn, type TurnOptions } from "../turns/turn_start.ts";
import type { OutputResult, OutputRunOptions, RepairOptions } from "./output_options.ts";
import type { OutputReader } from "./output_reader.ts";
import { outputTurn } from "./output_turn.ts";
import { repairInput } from "./repair_input.ts";

/** Runs a turn to its end and reads its output. */
export async function runForOutput<T>(
  context: ClientContext,
  threadId: string,
  input: TurnInput,
  given: OutputRunOptions<T>,
): Promise<OutputResult<T>> {
  const { repair, ...rest } = given;
  checkRepair(repair);
  const { reader, options } = outputTurn(rest);
  const limits = new Limits(options);
  const result = await runTurn(context, threadId, input, options);
  try {
    return { ...result, output: await limits.within(() => reader.read(result)), repaired: null };
  } catch (error) {
    if (!repair || !isRepairable(error)) throw error;
    const again = repair === true ? {} : repair;
    return await runAgain({ context, threadId, reader, options, limits }, error, again);
  }
}

interface FirstRun<T> {
  readonly context: ClientContext;
  readonly threadId: string;
  readonly reader: OutputReader<T>;
  readonly options: TurnOptions;
  readonly limits: Limits;
}

/** The second turn is like the first but for what is of one message alone; it waits where others took the thread. */
async function runAgain<T>(
  { context, threadId, reader, options, limits }: FirstRun<T>,
  error: StructuredOutputError<TurnResult>,
  { input = repairInput }: RepairOptions,
): Promise<OutputResult<T>> {
  const { clientUserMessageId: _, ...same } = options;
  const again: TurnOptions = { ...same, whenBusy: "queue", timeoutMs: limits.leftMs() };
  const running = runTurn(context, threadId, input(error), again);
  const result = await running.catch((failure: unknown) => {
    throw limits.nameWhole(failure);
  });
  return { ...result, output: await limits.within(() => reader.read(result)), repaired: error };
}

/** A model may do better the next time, but neither at what was interrupted, nor at a fault of the schema's own code. */
function isRepairable(error: unknown): error is StructuredOutputError<TurnResult> {
  if (!(error instanceof StructuredOutputError)) return false;
  const { status } = error.result as TurnResult;
  return status === "completed" &&
    (error.cause === undefined || error.cause instanceof SyntaxError);
}

/** What the caller has set for the whole, and what is left of it. */
class Limits {
  readonly #startedAt = now();
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;

  constructor({ timeoutMs = 0, signal }: TurnOptions) {
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
  }

  /** What is left of the time; 0 is no limit. */
  leftMs(): number {
    if (this.#timeoutMs === 0) return 0;
    const leftMs = this.#timeoutMs - (now() - this.#startedAt);
    if (leftMs <= 0) throw new TurnTimeoutError(this.#timeoutMs);
    return leftMs;
  }

  /** A schema's own code may take its time too. */
  async within<T>(read: () => Promise<T>): Promise<T> {
    const leftMs = this.leftMs(); // first: once it reads, somebody must wait for that
    const done = await waitAtMost(read().then((value) => ({ value })), leftMs, this.#signal);
    if (done === undefined) throw new TurnTimeoutError(this.#timeoutMs);
    return done.value;
  }

  /** The time that was over is the caller's, not what was left for the second turn. */
  nameWhole(error: unknown): unknown {
    return error instanceof TurnTimeoutError ? new TurnTimeoutError(this.#timeoutMs) : error;
  }
}

function checkRepair(repair: unknown): void {
  if (repair === undefined || typeof repair === "boolean") return;
  const input = isRecord(repair) ? repair["input"] : null;
  if (input === undefined || typeof input === "function") return;
  throw new TypeError('"repair" must be true, false or an object with a function "input"');
}
