/** The handle of a turn with a typed output. */
import { abortable } from "../../util/abortable.ts";
import type { ActiveTurn } from "../turns/active_turn.ts";
import type { ClientContext } from "../client_context.ts";
import { TurnHandle } from "../turns/turn_handle.ts";
import type { TurnWaitOptions } from "../turns/turn_handle_options.ts";
import type { OutputResult } from "./output_options.ts";
import type { OutputReader } from "./output_turn.ts";

/**
 * A turn that was started with `output`: `run()` also returns the output. Its text is the JSON as the model writes it.
 *
 * @example
 * ```ts
 * import { printable, type Thread } from "@codex-app-server/sdk";
 * import type { JsonSchema } from "@codex-app-server/sdk/schema";
 *
 * async function watched(thread: Thread, input: string, output: JsonSchema): Promise<unknown> {
 *   const turn = await thread.turn(input, { output });
 *   for await (const piece of turn.textStream()) console.log(printable(piece));
 *   return (await turn.run()).output;
 * }
 * ```
 */
export class TypedTurnHandle<T> extends TurnHandle {
  readonly #reader: OutputReader<T>;
  #output: Promise<T> | undefined;

  /** Wraps a started turn and reads its output. */
  constructor(turn: ActiveTurn, context: ClientContext, reader: OutputReader<T>) {
    super(turn, context);
    this.#reader = reader;
  }

  /**
   * Waits for the end of the turn and reads its output, once for all callers.
   *
   * @throws {StructuredOutputError} if the final response does not match the schema, or there is none, as after an interrupt
   * @throws {TurnFailedError} if the turn failed
   * @throws {TransportClosedError} if the connection ended first
   * @throws {TurnTimeoutError} if the turn exceeded its `timeoutMs`; `signal.reason` if a signal fired
   * @throws {NotLoggedInError} if the model needs a login and nobody is logged in
   * @throws {TurnIdleTimeoutError} if the thread was silent for the turn's `idleTimeoutMs`
   * @throws {TurnLimitError} if the turn exceeded one of its `limits`
   * @throws {TurnLostError} if the server no longer runs the turn and its end is unknown
   */
  override async run(options: TurnWaitOptions = {}): Promise<OutputResult<T>> {
    const result = await super.run(options);
    this.#output ??= this.#reader.read(result);
    const output = await abortable(this.#output, options.signal);
    return { ...result, output, repaired: null };
  }
}
