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
import { subAgentsOfThread, type SubAgentStream } from "../sub_agents.ts";
import type { EventStream } from "../events/live_stream.ts";
import { Goal } from "../goals/goal.ts";
import type { NotificationStreamOptions } from "../events/event_streams.ts";
import type { ServerRequestHandler } from "../requests/handler_scope.ts";
import type { RequestStream, RequestStreamOptions } from "../requests/request_inbox.ts";
import type { UserRequest, UserRequestKind } from "../requests/request_kinds.ts";
import type { BackgroundTerminal } from "./background_terminals.ts";
import { nameThread, revertThread } from "./thread_change.ts";
import { closeThread } from "./thread_close.ts";
import type { CompactOptions } from "./thread_compact.ts";
import {
  itemsOf,
  readThread,
  type ThreadItemsOptions,
  type ThreadReadOptions,
  type ThreadTurnsOptions,
  turnsOf,
} from "./thread_history.ts";
import type { ThreadChanges } from "./thread_set.ts";
import type { ThreadSettings, ThreadState } from "./thread_state.ts";
import type { TurnResult } from "../turns/turn_result.ts";
import type { RunInput, TurnInput } from "../input/input.ts";
import {
  type OutputOptions,
  type OutputResult,
  type OutputRunOptions,
  wantsOutput,
} from "../output/output_options.ts";
import type { TypedTurnHandle } from "../output/typed_turn_handle.ts";
import type { ReviewOptions, ReviewTarget } from "../turns/review.ts";
import type { TurnHandle } from "../turns/turn_handle.ts";
import { runningTurn } from "../turns/turn_launch.ts";
import type { TurnOptions } from "../turns/turn_options.ts";
import { runTurn, startTurn } from "../turns/turn_start.ts";

/**
 * A thread of the server. It runs one turn at a time. A client has one handle per thread: opening the thread again returns
 * the same handle until it is closed.
 *
 * @example
 * ```ts
 * import { Codex, printable } from "@codex-app-server/sdk";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   const thread = await codex.threadStart();
 *   const result = await thread.run("Say hello in one sentence.");
 *   console.log(printable(result.finalResponse ?? ""));
 * }
 * ```
 */
export class Thread implements AsyncDisposable {
  readonly #context: ClientContext;
  readonly #state: ThreadState;
  /** Fulfils when what a turn needs is loaded: later turns start after it. */
  #loading: Promise<void> | undefined;
  /** The id of the thread, for a later `threadResume()`. */
  readonly id: string;
  /** The goal of the thread. To pursue a goal, run a turn with the option `goal`. */
  readonly goal: Goal;

  /** Wraps a thread that the server has opened. */
  constructor(state: ThreadState, context: ClientContext) {
    this.id = state.id;
    this.#state = state;
    this.#context = context;
    this.goal = new Goal(context, state.id);
  }

  /** The current settings of the thread, as last reported by the server. */
  get settings(): ThreadSettings {
    return this.#state.settings;
  }

  /** The name of the thread; `null` without one. */
  get name(): string | null {
    return this.#state.name;
  }

  /** The status of the thread, as last reported by the server. */
  get status(): ThreadStatus {
    return this.#state.status;
  }

  /**
   * The turns that were stored when the thread was resumed or forked with `includeTurns`, oldest first; `undefined`
   * without that option.
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function countTurns(codex: Codex, threadId: string): Promise<number> {
   *   const thread = await codex.threadResume(threadId, { includeTurns: true });
   *   return thread.initialTurns?.length ?? 0;
   * }
   * ```
   */
  get initialTurns(): readonly Turn[] | undefined {
    return this.#state.initialTurns;
  }

  /**
   * Runs a turn to its end and returns its final response, parsed, validated and typed by the schema `output`. Rejects as a
   * run without `output` does, and also:
   *
   * @throws {StructuredOutputError} if the final response is missing or does not match the schema
   * @throws {SchemaNotStrictError} if strict mode would refuse the schema; nothing is sent
   * @throws {InvalidSchemaError} if `output` is not a valid JSON Schema or cannot be converted to one; nothing is sent
   */
  run<T>(input: RunInput, options: OutputRunOptions<T>): Promise<OutputResult<T>>;
  /**
   * Runs a turn to its end (`turn/start`) and returns its result; an interrupted turn has a result too.
   *
   * @throws {TurnFailedError} if the turn failed
   * @throws {TurnActiveError} if the thread has a running turn
   * @throws {ThreadClosedError} if this handle is closed or the thread is gone
   * @throws {ThreadNotFoundError} if the server unloaded the thread and cannot load it again
   * @throws {TurnTimeoutError} if `timeoutMs` expires; `signal.reason` if the signal fires
   * @throws {NotLoggedInError} if the model needs a login and nobody is logged in
   * @throws {TurnIdleTimeoutError} if the thread was silent for `idleTimeoutMs`
   * @throws {TurnLimitError} if the turn exceeded one of its `limits`
   * @throws {TurnLostError} if the server no longer runs the turn and its end is unknown
   * @throws {TransportClosedError} if the connection ends first
   * @throws {GoalsDisabledError} if the turn is for a goal and the runtime does not support goals
   * @throws {GoalNotSupportedError} if the turn is for a goal and the thread is ephemeral
   * @throws {GoalStalledError} if the goal is active but the server starts no further turn for it
   * @throws {TypeError} if the input or an option has the wrong type, or an option is unknown
   * @throws {RangeError} if a time limit is not a number of at least 0
   * @throws {InputFetchError} if a part of the input could not be fetched
   * @throws {TurnNotSteerableError} if `whenBusy` is `"steer"` and the running turn accepts no input
   * @throws {JsonRpcError} if the server refuses the turn
   */
  run(input: RunInput, options?: TurnOptions | OutputRunOptions<unknown>): Promise<TurnResult>;
  async run<T>(
    input: RunInput,
    options: TurnOptions | OutputRunOptions<T> = {},
  ): Promise<TurnResult> {
    this.#state.assertUsable();
    if (wantsOutput(options)) {
      return await this.#load(
        import("../output/output_turn.ts"),
        ({ runForOutput }) => runForOutput(this.#context, this.id, input, options),
      );
    }
    if (options.goal) {
      return await this.#load(
        import("../goals/goal_start.ts"),
        ({ runGoal }) => runGoal(this.#context, this.id, input as TurnInput, options),
      );
    }
    if (this.#loading !== undefined) await this.#othersStarted();
    return await runTurn(this.#context, this.id, input, options);
  }

  /**
   * Starts a turn with a typed output and returns its handle, whose `run()` returns the output too. Rejects as a start
   * without `output` does, and also:
   *
   * @throws {SchemaNotStrictError} if strict mode would refuse the schema; nothing is sent
   * @throws {InvalidSchemaError} if `output` is not a valid JSON Schema or cannot be converted to one; nothing is sent
   */
  turn<T>(input: RunInput, options: OutputOptions<T>): Promise<TypedTurnHandle<T>>;
  /**
   * Starts a turn (`turn/start`) and returns its handle, to stream, steer or interrupt it.
   *
   * @throws {TurnActiveError} if the thread has a running turn
   * @throws {ThreadClosedError} if this handle is closed or the thread is gone
   * @throws {ThreadNotFoundError} if the server unloaded the thread and cannot load it again
   * @throws {JsonRpcError} if the server refuses the turn
   * @throws {GoalsDisabledError} if the turn is for a goal and the runtime does not support goals
   * @throws {GoalNotSupportedError} if the turn is for a goal and the thread is ephemeral
   * @throws {TypeError} if the input or an option has the wrong type, or an option is unknown
   * @throws {RangeError} if a time limit is not a number of at least 0
   * @throws {InputFetchError} if a part of the input could not be fetched
   * @throws {TurnNotSteerableError} if `whenBusy` is `"steer"` and the running turn accepts no input
   * @throws {TurnTimeoutError} if `timeoutMs` expires before the turn has started; `signal.reason` if the signal fires
   * @throws {TransportClosedError} if the connection ends first
   */
  turn(input: RunInput, options?: TurnOptions | OutputOptions<unknown>): Promise<TurnHandle>;
  async turn<T>(
    input: RunInput,
    options: TurnOptions | OutputRunOptions<T> = {},
  ): Promise<TurnHandle> {
    this.#state.assertUsable();
    if (wantsOutput(options)) {
      return await this.#load(
        import("../output/output_turn.ts"),
        ({ startOutputTurn }) => startOutputTurn(this.#context, this.id, input, options),
      );
    }
    if (options.goal) {
      return (await this.#load(
        import("../goals/goal_start.ts"),
        ({ startGoal }) => startGoal(this.#context, this.id, input as TurnInput, options),
      )).handle;
    }
    if (this.#loading !== undefined) await this.#othersStarted();
    return (await startTurn(this.#context, this.id, input, options)).handle;
  }

  /**
   * Returns a handle of the turn that the thread runs, whoever started it, without sending anything; `undefined` if none is
   * known to run. Leaving a loop over it lets the turn continue. The handle of a turn that another client started has its
   * events from the first call on; such a turn is known if it began while this handle was open.
   *
   * @example
   * ```ts
   * import type { Thread } from "@codex-app-server/sdk";
   *
   * async function stop(thread: Thread): Promise<void> {
   *   await thread.activeTurn()?.interrupt();
   * }
   * ```
   */
  activeTurn(): TurnHandle | undefined {
    return runningTurn(this.#context, this.id);
  }

  /**
   * Starts a review (`review/start`) and returns the handle of its turn; the final response is the review as text.
   *
   * @throws {TurnActiveError} if the thread has a running turn
   * @throws {ThreadClosedError} if this handle is closed or the thread is gone
   * @throws {JsonRpcError} if the server refuses the review
   * @throws {TypeError} if the target or an option has the wrong type
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
    return await this.#load(
      import("../turns/review.ts"),
      ({ startReview }) => startReview(this.#context, this.id, target, options),
    );
  }

  /**
   * Returns what is stored about the thread (`thread/read`); with `includeTurns`, its whole history, which is empty before
   * the first turn.
   *
   * @throws {InvalidRequestError} if `includeTurns` is set and the thread is ephemeral: its history is not stored
   * @throws {ThreadNotFoundError} if the server no longer has the thread
   * @throws {TypeError} if an option has the wrong type
   */
  read(options: ThreadReadOptions = {}): Promise<ThreadReadResponse> {
    return readThread(this.#context, this.id, options);
  }

  /**
   * Yields the turns of the thread (`thread/turns/list`), newest first by default. Each page is read when its first turn is
   * wanted, so leaving the loop reads no more. Yields nothing before the first turn.
   *
   * @throws {InvalidRequestError} from the first read, if the thread is ephemeral: its history is not stored
   * @throws {TypeError} if an option has the wrong type
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
   * Yields the items of the thread, or of one of its turns (`thread/items/list`), oldest first by default. Each page is
   * read when its first item is wanted. Yields nothing before the first turn.
   *
   * @throws {InvalidRequestError} from the first read, if the thread is ephemeral: its history is not stored
   * @throws {TypeError} if an option has the wrong type
   */
  items(options: ThreadItemsOptions = {}): AsyncGenerator<ThreadItemEntry, void, undefined> {
    return itemsOf(this.#context, this.id, options);
  }

  /**
   * Yields every notification of this thread from now on, including those of turns that this client did not start and
   * those after the end of a turn. Ends when this handle is closed, the thread is deleted or the connection ends.
   *
   * @throws {TypeError} if `methods` is not an array; `signal.reason` if the signal has already fired
   */
  events(options: NotificationStreamOptions = {}): EventStream {
    return this.#state.events.open(options);
  }

  /**
   * Yields what the server asks people about this thread: approvals, questions and elicitations that neither the turn nor
   * a handler or policy of this thread has answered. Open it before the turn whose requests it should receive. Ends when
   * this handle is closed, the thread is deleted or the connection ends.
   *
   * @throws {TypeError} if `kinds` is not an array of kinds; `signal.reason` if the signal has already fired
   *
   * @example
   * ```ts
   * import type { Thread } from "@codex-app-server/sdk";
   *
   * async function run(thread: Thread, input: string): Promise<string | null> {
   *   await using requests = thread.requests();
   *   void (async () => {
   *     for await (const request of requests) {
   *       console.log(request.kind, request.item?.type); // show it to a person instead
   *       request.decline();
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
   * Returns the pending requests to people about this thread and its sub-agents, oldest first, whoever else has received
   * them.
   */
  openRequests(): UserRequest[] {
    const { sessions, requests } = this.#context;
    return requests.open.list(sessions.agents.family(this.id));
  }

  /**
   * Registers a handler for a server request about this thread, replacing any previous one. Returns a function that
   * unregisters it. It is asked after the handlers of the turn and before those of the client.
   *
   * @throws {TypeError} if the method is not a string or the handler is not a function
   */
  handle<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    return this.#state.handlers.handle(method, handler);
  }

  /** Yields the sub-agents of this thread: the running ones first, then each new one. Ends like {@linkcode events}. */
  subAgents(): SubAgentStream {
    return subAgentsOfThread(this.#context, this.#state);
  }

  /**
   * Sets the name of the thread (`thread/name/set`).
   *
   * @throws {TypeError} if the name is not a non-empty string
   * @throws {ThreadNotFoundError} if the server no longer has the thread
   */
  async setName(name: string, options: CallOptions = {}): Promise<void> {
    await nameThread(this.#context, this.id, name, options);
    this.#state.rename(name);
  }

  /**
   * Changes the settings of the thread from its next turn on (`thread/settings/update`). A running turn keeps its own:
   * `TurnHandle.set()` changes some of them.
   *
   * @throws {TypeError} if a setting has the wrong type or cannot be changed; nothing is sent
   * @throws {PathNotFoundError} if `cwd` does not exist or is not a directory
   * @throws {ThreadClosedError} if this handle is closed or the thread is gone
   * @throws {MethodNotSupportedError} if the runtime is too old
   * @throws {JsonRpcError} if the server refuses a setting
   *
   * @example
   * ```ts
   * import { ApprovalMode, Sandbox, type Thread } from "@codex-app-server/sdk";
   *
   * async function tighten(thread: Thread): Promise<void> {
   *   await thread.set({ sandbox: Sandbox.readOnly, approvalMode: ApprovalMode.denyAll });
   * }
   * ```
   */
  async set(changes: ThreadChanges, options: CallOptions = {}): Promise<void> {
    const { setThread } = await import("./thread_set.ts");
    await setThread(this.#context, this.#state, changes, options);
  }

  /**
   * Lists the commands that run in the background of the thread (`thread/backgroundTerminals/list`): those in
   * `backgroundItems` of a result, by `itemId`.
   *
   * @throws {ThreadClosedError} if this handle is closed or the thread is gone
   *
   * @example
   * ```ts
   * import type { Thread, TurnResult } from "@codex-app-server/sdk";
   *
   * async function stopThoseOf(thread: Thread, { backgroundItems }: TurnResult): Promise<void> {
   *   for (const terminal of await thread.backgroundTerminals()) {
   *     if (backgroundItems.includes(terminal.itemId)) await terminal.stop();
   *   }
   * }
   * ```
   */
  async backgroundTerminals(options: CallOptions = {}): Promise<BackgroundTerminal[]> {
    const { listTerminals } = await import("./background_terminals.ts");
    return await listTerminals(this.#context, this.#state, options);
  }

  /**
   * Ends all commands that run in the background of the thread (`thread/backgroundTerminals/clean`).
   *
   * @throws {ThreadClosedError} if this handle is closed or the thread is gone
   */
  async stopBackgroundTerminals(options: CallOptions = {}): Promise<void> {
    const { stopTerminals } = await import("./background_terminals.ts");
    await stopTerminals(this.#context, this.#state, options);
  }

  /**
   * Has the model summarize the conversation so far to free context (`thread/compact/start`), and waits until that is done.
   * No other turn can run in the meantime.
   *
   * @throws {TurnActiveError} if the thread has a running turn, which the server would end
   * @throws {TurnFailedError} if the compaction failed
   * @throws {TurnTimeoutError} if `timeoutMs` expires; `signal.reason` if the signal fires
   * @throws {NotLoggedInError} if the model needs a login and nobody is logged in
   * @throws {ThreadClosedError} if this handle is closed or the thread is gone
   */
  async compact(options: CompactOptions = {}): Promise<TurnResult> {
    return await this.#load(
      import("./thread_compact.ts"),
      ({ compactThread }) => compactThread(this.#context, this.#state, options),
    );
  }

  /**
   * Removes a turn and all later turns from the thread (`thread/revert`). Their changes to files stay.
   *
   * @throws {TurnActiveError} if the thread has a running turn
   * @throws {InvalidRequestError} if the thread has no such turn
   * @throws {ThreadClosedError} if this handle is closed or the thread is gone
   * @throws {TypeError} if the id is not a string
   */
  async revert(beforeTurnId: string, options: CallOptions = {}): Promise<void> {
    if (this.#loading !== undefined) await this.#othersStarted();
    await revertThread(this.#context, this.#state, beforeTurnId, options);
  }

  /**
   * Closes the handle: interrupts a running turn and unsubscribes (`thread/unsubscribe`). The thread stays stored;
   * `threadResume()` returns a new handle. Waits at most 7 seconds for the server. Safe to call again; never rejects.
   */
  close(): Promise<void> {
    return closeThread(this.#context, this.#state);
  }

  /** Closes the handle, like {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Waits until the turns whose modules are being loaded have been started: they come first. */
  async #othersStarted(): Promise<void> {
    await this.#loading;
    this.#state.assertUsable();
  }

  /** Starts a turn with a module that it needs, after those before it. */
  async #load<Module, Result>(
    module: Promise<Module>,
    start: (module: Module) => Promise<Result>,
  ): Promise<Result> {
    // Wrapped: the next turn waits until this one has been started, not until it has ended.
    const started = Promise.all([module, this.#loading]).then(([loaded]) => {
      this.#state.assertUsable(); // it may have been closed meanwhile
      return { result: start(loaded) };
    });
    const loading = started.then(() => {}, () => {});
    this.#loading = loading;
    const { result } = await started.finally(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    return await result;
  }
}
