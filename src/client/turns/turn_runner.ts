/** What runs turns: the part of a thread that talks to the model. */
import type { ClientContext } from "../client_context.ts";
import { runGoal, startGoal } from "../goals/goal_start.ts";
import type { TurnInput } from "../input/input_items.ts";
import type { OutputOptions, OutputResult, OutputRunOptions } from "../output/output_options.ts";
import { runForOutput } from "../output/output_run.ts";
import { startOutputTurn, wantsOutput } from "../output/output_turn.ts";
import type { TypedTurnHandle } from "../output/typed_turn_handle.ts";
import type { ThreadState } from "../threads/thread_state.ts";
import { type ReviewOptions, type ReviewTarget, startReview } from "./review.ts";
import type { TurnHandle } from "./turn_handle.ts";
import type { TurnResult } from "./turn_result.ts";
import { runTurn, startTurn, type TurnOptions } from "./turn_start.ts";

/**
 * Runs the turns of a thread, one at a time. Every `Thread` is one.
 *
 * @example
 * ```ts
 * import type { TurnRunner } from "@codex-app-server/sdk";
 *
 * async function ask(thread: TurnRunner, question: string): Promise<string | null> {
 *   return (await thread.run(question)).finalResponse;
 * }
 * ```
 */
export class TurnRunner {
  readonly #context: ClientContext;
  readonly #state: ThreadState;
  /** The id of the thread: give it to `threadResume()` later. */
  readonly id: string;

  /** Stands for a thread that the server has opened. */
  constructor(state: ThreadState, context: ClientContext) {
    this.id = state.id;
    this.#state = state;
    this.#context = context;
  }

  /**
   * Runs a turn to its end, and gives its final response parsed, validated and typed by the schema `output`.
   *
   * @throws {StructuredOutputError} when the final response is not what the schema asks for, or there is none
   * @throws {SchemaNotStrictError} when strict mode would refuse the schema; nothing is sent
   * @throws {InvalidSchemaError} when it is no valid JSON Schema, or has none to show; nothing is sent
   */
  run<T>(input: TurnInput, options: OutputRunOptions<T>): Promise<OutputResult<T>>;
  /**
   * Runs a turn to its end (`turn/start`); an interrupted turn is a result as well.
   *
   * @throws {TurnFailedError} when the turn failed
   * @throws {TurnActiveError} when the thread has a running turn
   * @throws {ThreadClosedError} when this handle was closed, or the thread is gone
   * @throws {ThreadNotFoundError} when the server let go of the thread and cannot load it again
   * @throws {TurnTimeoutError} when `timeoutMs` is over; `signal.reason` when the signal fires
   * @throws {TurnIdleTimeoutError} when the thread was silent for `idleTimeoutMs`
   * @throws {TurnLostError} when the server runs the turn no more and its end is not known
   * @throws {TransportClosedError} when the connection ends first
   * @throws {GoalsDisabledError} when the turn is for a goal and the runtime has none
   * @throws {GoalNotSupportedError} when the turn is for a goal and the thread is ephemeral
   * @throws {GoalStalledError} when the goal is active and the server starts no turn for it
   * @throws {TypeError} when the input or an option is not of its kind
   * @throws {InputFetchError} when a part of the input could not be fetched
   */
  run(input: TurnInput, options?: TurnOptions): Promise<TurnResult>;
  async run<T>(
    input: TurnInput,
    options: TurnOptions | OutputRunOptions<T> = {},
  ): Promise<TurnResult> {
    this.#state.assertUsable();
    if (wantsOutput(options)) return await runForOutput(this.#context, this.id, input, options);
    if (options.goal) return await runGoal(this.#context, this.id, input, options);
    return await runTurn(this.#context, this.id, input, options);
  }

  /**
   * Starts a turn with an output and gives its handle, whose `run()` gives the output too.
   *
   * @throws {SchemaNotStrictError} when strict mode would refuse the schema; nothing is sent
   * @throws {InvalidSchemaError} when it is no valid JSON Schema, or has none to show; nothing is sent
   */
  turn<T>(input: TurnInput, options: OutputOptions<T>): Promise<TypedTurnHandle<T>>;
  /**
   * Starts a turn (`turn/start`) and gives its handle, to stream, steer or interrupt it.
   *
   * @throws {TurnActiveError} when the thread has a running turn
   * @throws {ThreadClosedError} when this handle was closed, or the thread is gone
   * @throws {ThreadNotFoundError} when the server let go of the thread and cannot load it again
   * @throws {JsonRpcError} when the server refuses the turn
   * @throws {GoalsDisabledError} when the turn is for a goal and the runtime has none
   * @throws {GoalNotSupportedError} when the turn is for a goal and the thread is ephemeral
   * @throws {TypeError} when the input or an option is not of its kind
   */
  turn(input: TurnInput, options?: TurnOptions): Promise<TurnHandle>;
  async turn<T>(
    input: TurnInput,
    options: TurnOptions | OutputRunOptions<T> = {},
  ): Promise<TurnHandle> {
    this.#state.assertUsable();
    if (wantsOutput(options)) {
      return await startOutputTurn(this.#context, this.id, input, options);
    }
    const start = options.goal ? startGoal : startTurn;
    const { handle } = await start(this.#context, this.id, input, options);
    return handle;
  }

  /**
   * Starts a review (`review/start`) and gives its turn; its final response is the review as text.
   *
   * @throws {TurnActiveError} when the thread has a running turn
   * @throws {ThreadClosedError} when this handle was closed, or the thread is gone
   * @throws {JsonRpcError} when the server refuses the review
   * @throws {TypeError} when the target or an option is not of its kind
   *
   * @example
   * ```ts
   * import type { Thread } from "@codex-app-server/sdk";
   *
   * async function review(thread: Thread): Promise<string | null> {
   *   const turn = await thread.review({ type: "uncommittedChanges" });
   *   return (await turn.run()).finalResponse;
   * }
   * ```
   */
  async review(target: ReviewTarget, options: ReviewOptions = {}): Promise<TurnHandle> {
    this.#state.assertUsable();
    return await startReview(this.#context, this.id, target, options);
  }
}
