/** The handle of a turn with a typed output. */
import { abortable } from "../../util/abortable.ts";
import type { ActiveTurn } from "../turns/active_turn.ts";
import type { ClientContext } from "../client_context.ts";
import { TurnHandle } from "../turns/turn_handle.ts";
import type { TurnWaitOptions } from "../turns/turn_handle_options.ts";
import type { OutputResult } from "./output_options.ts";
import type { OutputReader } from "./output_reader.ts";

/**
 * A turn that was started with `output`: its `run()` gives the output as well; its text is the JSON as the model writes it.
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 * import type { JsonSchema } from "@codex-app-server/sdk/schema";
 *
 * async function watched(thread: Thread, input: string, output: JsonSchema): Promise<unknown> {
 *   const turn = await thread.turn(input, { output });
 *   for await (const piece of turn.textStream()) console.log(piece);
 *   return (await turn.run()).output;
 * }
 * ```
 */
export class TypedTurnHandle<T> extends TurnHandle {
  readonly #reader: OutputReader<T>;
  #output: Promise<T> | undefined;

  /** Stands for a turn that the server has started, and reads its output. */
  constructor(turn: ActiveTurn, context: ClientContext, reader: OutputReader<T>) {
    super(turn, context);
    this.#reader = reader;
  }

  /**
   * Waits for the end of the turn, and reads its output, once for all callers.
   *
   * @throws {StructuredOutputError} when the final response is not what the schema asks for, or there is none, as of a turn
   * that was interrupted
   * @throws {TurnFailedError} when the turn failed
   * @throws {TransportClosedError} when the connection ended first
   * @throws {TurnTimeoutError} when the turn's `timeoutMs` was over first; `signal.reason` when a signal fired
   * @throws {TurnIdleTimeoutError} when the thread was silent for the turn's `idleTimeoutMs`
   * @throws {TurnLostError} when the server runs the turn no more and its end is not known
   */
  override async run(options: TurnWaitOptions = {}): Promise<OutputResult<T>> {
    const result = await super.run(options);
    this.#output ??= this.#reader.read(result);
    const output = await abortable(this.#output, options.signal);
    return { ...result, output, repaired: null };
  }
}
