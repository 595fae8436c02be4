/** A conversation with the agent. */
import type { ThreadResumeResponse, ThreadStartResponse } from "../generated/types.ts";
import type { ClientContext } from "./client_context.ts";
import type { TurnInput } from "./input.ts";
import type { TurnHandle } from "./turn_handle.ts";
import type { TurnResult } from "./turn_result.ts";
import { startTurn, type TurnOptions } from "./turn_start.ts";

/** What the server answered when the thread was opened: its model, directory, approval policy and sandbox. */
export type ThreadSettings =
  | Omit<ThreadStartResponse, "thread">
  | Omit<ThreadResumeResponse, "thread">;

/**
 * A thread of the server; it runs one turn at a time.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   const thread = await codex.threadStart();
 *   const result = await thread.run("Say hello in one sentence.");
 *   console.log(result.finalResponse);
 * }
 * ```
 */
export class Thread {
  readonly #context: ClientContext;
  /** The id of the thread: give it to `threadResume()` later. */
  readonly id: string;
  /** What the server answered when the thread was opened. */
  readonly settings: ThreadSettings;

  /** Stands for a thread that the server has opened. */
  constructor(id: string, settings: ThreadSettings, context: ClientContext) {
    this.id = id;
    this.settings = settings;
    this.#context = context;
  }

  /**
   * Runs a turn to its end (`turn/start`); an interrupted turn is a result as well.
   *
   * @throws {TurnFailedError} when the turn failed
   * @throws {TurnActiveError} when the thread has a running turn
   * @throws {TurnTimeoutError} when `timeoutMs` is over; `signal.reason` when the signal fires
   * @throws {TransportClosedError} when the connection ends first
   * @throws {TypeError} when the input or an option is not of its kind
   */
  async run(input: TurnInput, options: TurnOptions = {}): Promise<TurnResult> {
    const { handle, turn } = await startTurn(this.#context, this.id, input, options);
    turn.log.keepNothing(); // nobody can read these events
    return await handle.run();
  }

  /**
   * Starts a turn (`turn/start`) and gives its handle, to stream, steer or interrupt it.
   *
   * @throws {TurnActiveError} when the thread has a running turn
   * @throws {JsonRpcError} when the server refuses the turn
   * @throws {TypeError} when the input or an option is not of its kind
   */
  async turn(input: TurnInput, options: TurnOptions = {}): Promise<TurnHandle> {
    const { handle } = await startTurn(this.#context, this.id, input, options);
    return handle;
  }
}
