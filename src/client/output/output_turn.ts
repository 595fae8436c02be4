/** Turns whose final response is parsed and validated with a schema, and repaired once if it does not match. */
import {
  listIssues,
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
import type { Deadline } from "../../util/deadline.ts";
import { isRecord } from "../../util/is_record.ts";
import { checkLimitMs } from "../../util/timer.ts";
import type { ClientContext } from "../client_context.ts";
import type { RunInput } from "../input/input.ts";
import { checkCallOptions } from "../option_names.ts";
import type { TurnResult } from "../turns/turn_result.ts";
import type { TurnOptions } from "../turns/turn_options.ts";
import { turnDeadline } from "../turns/turn_launch.ts";
import { runTurn, startTurn } from "../turns/turn_start.ts";
import type {
  OutputOptions,
  OutputResult,
  OutputRunOptions,
  RepairOptions,
} from "./output_options.ts";
import { TypedTurnHandle } from "./typed_turn_handle.ts";

const WHAT = { what: "output" };

/** Reads the final response of turns with a schema that strict mode accepts. */
export class OutputReader<T> {
  readonly #schema: ReadSchema<T>;
  /** The JSON Schema that is sent. */
  readonly json: JsonSchema;

  /**
   * Converts the schema to JSON Schema.
   *
   * @throws {SchemaNotStrictError} if strict mode would reject it
   * @throws {InvalidSchemaError} if it is not valid JSON Schema, or cannot be converted to it
   * @throws {TypeError} if it is not a schema
   */
  constructor(schema: Schema<T>) {
    this.#schema = readSchema(schema, WHAT);
    const { json, isGenerated } = this.#schema;
    this.json = isGenerated ? strictJson(json) : json;
    const issues = strictIssues(this.json);
    if (issues.length > 0) throw new SchemaNotStrictError(WHAT.what, issues);
  }

  /**
   * Returns the output of a turn.
   *
   * @throws {StructuredOutputError} if the turn has no final response, or one that does not match the schema
   */
  async read(result: TurnResult): Promise<T> {
    const { finalResponse: text, status } = result;
    const fail = (issues: readonly SchemaIssue[], options: { cause?: unknown } = {}): never => {
      throw new StructuredOutputError({ text, issues, result, ...options });
    };
    const failAll = (message: string, options?: { cause?: unknown }): never =>
      fail([{ path: [], message }], options);

    if (status !== "completed") failAll(`the turn was not completed, its status is "${status}"`);
    if (text === null) return failAll(`the turn has no final response${becauseOfHooks(result)}`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      failAll("the final response is not JSON", { cause });
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

/** Names the hooks that kept the agent from something, with their reasons. */
function becauseOfHooks(result: TurnResult): string {
  const reasons = blockingHooks(result).map(({ eventName, sourcePath, status, entries }) => {
    const texts = (Array.isArray(entries) ? entries : [])
      .flatMap((entry) => typeof entry?.text === "string" ? [entry.text] : []).join("; ");
    const names = [eventName, sourcePath].filter((name) => typeof name === "string").join(", ");
    return `; a hook (${names}) ${status} it${texts === "" ? "" : `: ${texts}`}`;
  });
  return reasons.join("");
}

function blockingHooks({ hooks }: TurnResult): TurnResult["hooks"] {
  return hooks.filter(({ status }) => status === "blocked" || status === "stopped");
}

/** The reader of an output, and the options of its turn. */
interface OutputTurn<T> {
  readonly reader: OutputReader<T>;
  readonly options: TurnOptions;
}

/**
 * Reads the schema of an output and adds it to the options of the turn.
 *
 * @throws {SchemaNotStrictError} if strict mode would reject the schema
 * @throws {InvalidSchemaError} if it is not valid JSON Schema, or cannot be converted to it
 * @throws {TypeError} if it is not a schema, or is combined with an option that excludes it
 */
function outputTurn<T>(given: OutputOptions<T>): OutputTurn<T> {
  const { output, ...options } = given;
  if (options.outputSchema != null) {
    throw new TypeError('"output" and "outputSchema" cannot be combined');
  }
  if (options.goal) throw new TypeError('"output" and "goal" cannot be combined');
  if ((options.whenBusy as string) === "steer") {
    throw new TypeError(
      '"output" cannot be combined with steering: a running turn accepts no schema',
    );
  }
  const reader = new OutputReader(output);
  return { reader, options: { ...options, outputSchema: reader.json as never } };
}

/** Starts a turn with a typed output. */
export async function startOutputTurn<T>(
  context: ClientContext,
  threadId: string,
  input: RunInput,
  given: OutputOptions<T>,
): Promise<TypedTurnHandle<T>> {
  if ((given as OutputRunOptions<T>).repair !== undefined) {
    throw new TypeError('"repair" is an option of run(): a handle represents one turn');
  }
  const { reader, options } = outputTurn(given);
  const { turn } = await startTurn(context, threadId, input, options);
  return new TypedTurnHandle(turn, context, reader);
}

/** Runs a turn with a typed output, and a second one to repair it, within one time limit. */
export async function runForOutput<T>(
  context: ClientContext,
  threadId: string,
  input: RunInput,
  given: OutputRunOptions<T>,
): Promise<OutputResult<T>> {
  const { repair, ...rest } = given;
  checkRepair(repair);
  const { reader, options: { signal, timeoutMs, ...options } } = outputTurn(rest);
  checkLimitMs("timeoutMs", timeoutMs);
  const deadline = turnDeadline({ signal, timeoutMs });
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
  input: RunInput,
  repaired: OutputResult<T>["repaired"],
): Promise<OutputResult<T>> {
  const result = await runTurn(context, threadId, input, options, deadline);
  deadline.check();
  // The schema's own code may be slow too.
  return { ...result, output: await deadline.race(reader.read(result)), repaired };
}

/** Runs the second turn with the options of the first; it queues if the thread has become busy. */
async function runAgain<T>(
  run: OutputRun<T>,
  error: StructuredOutputError<TurnResult>,
  { input = repairInput }: RepairOptions,
): Promise<OutputResult<T>> {
  const { clientUserMessageId: _, ...same } = run.options;
  run.deadline.check();
  return await runOnce({ ...run, options: { ...same, whenBusy: "queue" } }, input(error), error);
}

/**
 * Whether a second turn can help: not after an interrupt, nor after an error in the schema's own code, nor if a hook kept
 * the model from answering.
 */
function isRepairable(error: unknown): error is StructuredOutputError<TurnResult> {
  if (!(error instanceof StructuredOutputError)) return false;
  const result = error.result as TurnResult;
  const isBlocked = result.finalResponse === null && blockingHooks(result).length > 0;
  return result.status === "completed" && !isBlocked &&
    (error.cause === undefined || error.cause instanceof SyntaxError);
}

function checkRepair(repair: unknown): void {
  if (repair === undefined || typeof repair === "boolean") return;
  if (isRecord(repair)) checkCallOptions('"repair"', repair, { input: true });
  const input = isRecord(repair) ? repair["input"] : null;
  if (input === undefined || typeof input === "function") return;
  throw new TypeError('"repair" must be true, false or an object with a function "input"');
}

/** The default input of the second turn. */
function repairInput({ issues }: StructuredOutputError): string {
  return [
    "Your last answer does not fit the schema that it must follow:",
    ...listIssues(issues),
    "Answer again: the whole corrected answer as JSON that fits the schema, and nothing else.",
  ].join("\n");
}
