/** A conversation with the agent. */
import type {
  ThreadItemEntry,
  ThreadReadResponse,
  ThreadStatus,
  Turn,
} from "../../generated/types.ts";
import type { ServerRequestMethod } from "../../generated/server_requests.ts";
import type { CallOptions } from "../call_options.ts";
import type { ClientContext } from "../client_context.ts";
import { subAgentsOfThread, type SubAgentStream } from "../agents/sub_agents.ts";
import type { EventStream } from "../events/live_stream.ts";
import { Goal } from "../goals/goal.ts";
import type { NotificationStreamOptions } from "../events/listeners.ts";
import type { ServerRequestHandler } from "../requests/handler_scope.ts";
import type { RequestStream, RequestStreamOptions } from "../requests/request_inbox.ts";
import type { UserRequest, UserRequestKind } from "../requests/request_kinds.ts";
import { nameThread, revertThread } from "./thread_change.ts";
import { closeThread } from "./thread_close.ts";
import { type CompactOptions, compactThread } from "./thread_compact.ts";
import {
  itemsOf,
  readThread,
  type ThreadItemsOptions,
  type ThreadReadOptions,
  type ThreadTurnsOptions,
  turnsOf,
} from "./thread_history.ts";
import type { ThreadSettings, ThreadState } from "./thread_state.ts";
import type { TurnResult } from "../turns/turn_result.ts";
import { runGoal, startGoal } from "../goals/goal_start.ts";
import type { TurnInput } from "../input/input.ts";
import type { OutputOptions, OutputResult, OutputRunOptions } from "../output/output_options.ts";
import { runForOutput, startOutputTurn, wantsOutput } from "../output/output_turn.ts";
import type { TypedTurnHandle } from "../output/typed_turn_handle.ts";
import { type ReviewOptions, type ReviewTarget, startReview } from "../turns/review.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import type { TurnOptions } from "../turns/turn_options.ts";
import { runTurn, startTurn } from "../turns/turn_start.ts";

/**
 * A thread of the server; it runs one turn at a time. A client has one handle for each thread that it holds: opening the
 * thread again gives the same one, until it is closed.
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
export class Thread implements AsyncDisposable {
  readonly #context: ClientContext;
  readonly #state: ThreadState;
  /** The id of the thread: give it to `threadResume()` later. */
  readonly id: string;
  /** The goal of the thread; to pursue one, run a turn with the option `goal`. */
  readonly goal: Goal;

  /** Stands for a thread that the server has opened. */
  constructor(state: ThreadState, context: ClientContext) {
    this.id = state.id;
    this.#state = state;
    this.#context = context;
    this.goal = new Goal(context, state.id);
  }

  /** How the thread is set up: what the server answered when it was opened, and told of changes since. */
  get settings(): ThreadSettings {
    return this.#state.settings;
  }

  /** The name that the thread was given; `null` without one. */
  get name(): string | null {
    return this.#state.name;
  }

  /** What the thread does, as the server told last. */
  get status(): ThreadStatus {
    return this.#state.status;
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

  /**
   * Reads what is stored about the thread (`thread/read`), with `includeTurns` its whole history.
   *
   * @throws {ThreadNotMaterializedError} when the history of a thread is asked for that had no turn yet
   * @throws {ThreadNotFoundError} when the server has no such thread any more
   * @throws {TypeError} when an option is not of its kind
   */
  read(options: ThreadReadOptions = {}): Promise<ThreadReadResponse> {
    return readThread(this.#context, this.id, options);
  }

  /**
   * Reads the turns of the thread (`thread/turns/list`), newest first unless told: each page when its first turn is asked
   * for, so that leaving the loop reads no more.
   *
   * @throws {ThreadNotMaterializedError} from the first read, when the thread had no turn yet
   * @throws {TypeError} when an option is not of its kind
   *
   * @example
   * ```ts
   * import type { Thread } from "@codex-app-server/sdk";
   *
   * async function lastFailure(thread: Thread): Promise<string | undefined> {
   *   for await (const turn of thread.turns({ limit: 20 })) {
   *     if (turn.status === "failed") return turn.error?.message;
   *   }
   *   return undefined;
   * }
   * ```
   */
  turns(options: ThreadTurnsOptions = {}): AsyncGenerator<Turn, void, undefined> {
    return turnsOf(this.#context, this.id, options);
  }

  /**
   * Reads the items of the thread, or of one turn of it (`thread/items/list`), oldest first unless told: each page when
   * its first item is asked for.
   *
   * @throws {ThreadNotMaterializedError} from the first read, when the thread had no turn yet
   * @throws {TypeError} when an option is not of its kind
   */
  items(options: ThreadItemsOptions = {}): AsyncGenerator<ThreadItemEntry, void, undefined> {
    return itemsOf(this.#context, this.id, options);
  }

  /**
   * Reads every notification of this thread from now on: also of turns that this client did not start, and what comes
   * after the end of a turn. It ends when this handle is closed, the thread is deleted, or the connection ends.
   *
   * @throws {TypeError} when `methods` is no list; `signal.reason` when the signal has fired already
   */
  events(options: NotificationStreamOptions = {}): EventStream {
    return this.#state.events.open(options);
  }

  /**
   * Reads what the server asks people about this thread: approvals, questions and elicitations that neither its turn nor a
   * handler or the policy of this thread has answered. Open it before the turn whose requests it is to get. It ends when
   * this handle is closed, the thread is deleted, or the connection ends.
   *
   * @throws {TypeError} when `kinds` is no list of kinds; `signal.reason` when the signal has fired already
   *
   * @example
   * ```ts
   * import type { Thread } from "@codex-app-server/sdk";
   *
   * async function run(thread: Thread, input: string): Promise<string | null> {
   *   await using requests = thread.requests();
   *   void (async () => {
   *     for await (const request of requests) {
   *       if (request.kind === "fileChangeApproval") request.approve();
   *       else request.decline();
   *     }
   *   })();
   *   return (await thread.run(input)).finalResponse;
   * }
   * ```
   */
  requests<Kind extends UserRequestKind = UserRequestKind>(
    options: RequestStreamOptions<Kind> = {},
  ): RequestStream<Kind> {
    return this.#state.handlers.inbox.open(options);
  }

  /**
   * What people are being asked about this thread and its sub-agents' at this moment, the oldest first, whoever has it in
   * hand.
   */
  openRequests(): UserRequest[] {
    const { sessions, requests } = this.#context;
    return requests.open.list(sessions.agents.family(this.id));
  }

  /**
   * Sets the handler for a request of the server about this thread, in the place of the one before; the function that is
   * returned takes it away. It comes after the handler of the turn and before that of the client.
   *
   * @throws {TypeError} when there is no method or no function
   */
  handle<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    return this.#state.handlers.handle(method, handler);
  }

  /** Reads the sub-agents under this thread: those at work, and each that begins. It ends as {@linkcode events} does. */
  subAgents(): SubAgentStream {
    return subAgentsOfThread(this.#context, this.#state);
  }

  /**
   * Names the thread (`thread/name/set`).
   *
   * @throws {TypeError} when the name is no text or empty
   * @throws {ThreadNotFoundError} when the server has no such thread any more
   */
  async setName(name: string, options: CallOptions = {}): Promise<void> {
    await nameThread(this.#context, this.id, name, options);
    this.#state.rename(name);
  }

  /**
   * Has the model sum up the conversation so far, to make room (`thread/compact/start`), and waits for the end of the turn
   * that does it; no turn can run meanwhile.
   *
   * @throws {TurnActiveError} when the thread has a running turn, which the server would end
   * @throws {TurnFailedError} when the compaction failed
   * @throws {TurnTimeoutError} when `timeoutMs` is over; `signal.reason` when the signal fires
   * @throws {ThreadClosedError} when this handle is closed, or the thread is gone
   */
  compact(options: CompactOptions = {}): Promise<TurnResult> {
    return compactThread(this.#context, this.#state, options);
  }

  /**
   * Takes a turn and all turns after it out of the thread (`thread/revert`); what they did to files stays.
   *
   * @throws {TurnActiveError} when the thread has a running turn
   * @throws {InvalidRequestError} when the thread has no such turn
   * @throws {ThreadClosedError} when this handle is closed, or the thread is gone
   * @throws {TypeError} when the id is no text
   */
  revert(beforeTurnId: string, options: CallOptions = {}): Promise<void> {
    return revertThread(this.#context, this.#state, beforeTurnId, options);
  }

  /**
   * Lets go of the thread: interrupts what runs, and unsubscribes (`thread/unsubscribe`). The thread stays stored, and
   * `threadResume()` gives a new handle. Safe to call again; never rejects.
   */
  close(): Promise<void> {
    return closeThread(this.#context, this.#state);
  }

  /** Lets go of the thread, as {@linkcode close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
