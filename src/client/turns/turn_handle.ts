/** The caller's handle of a started turn. */
import { NoActiveTurnError, TurnMismatchError } from "../../errors/steer_errors.ts";
import { RequestTimeoutError, TransportClosedError } from "../../errors/transport_errors.ts";
import type { ServerRequestMethod } from "../../generated/server_requests.ts";
import type { ServerRequestHandler } from "../requests/handler_scope.ts";
import type { RequestStream, RequestStreamOptions } from "../requests/request_inbox.ts";
import type { UserRequestKind } from "../requests/request_kinds.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { Deadline } from "../../util/deadline.ts";
import { abortable } from "../../util/abortable.ts";
import { checkLimitMs, waitAtMost } from "../../util/timer.ts";
import type { OptionNames } from "../../util/option_names.ts";
import type { ActiveTurn } from "./active_turn.ts";
import type { CallOptions } from "../call_options.ts";
import { checkPaths } from "../check_paths.ts";
import type { ClientContext } from "../client_context.ts";
import { EventStream } from "../events/live_stream.ts";
import { checkCallOptions } from "../option_names.ts";
import type { TurnInput } from "../input/input.ts";
import { wireInput } from "../input/input_wire.ts";
import { subAgentsOfTurn, type SubAgentStream } from "../sub_agents.ts";
import type { LiveStream } from "../events/live_stream.ts";
import type { ItemType, ItemView } from "../items/item_view.ts";
import {
  diffsOfTurn,
  itemsOfTurn,
  plansOfTurn,
  type TurnItemsOptions,
  type TurnPlan,
} from "../items/turn_items.ts";
import { TextStream } from "./text_stream.ts";
import {
  checkOnLeave,
  checkPhase,
  type InterruptOptions,
  type SteerOptions,
  type TextStreamOptions,
  type TurnStreamOptions,
  type TurnWaitOptions,
} from "./turn_handle_options.ts";
import { interruptTurn } from "../turn_interrupt.ts";
import type { TurnOutcome, TurnResult } from "./turn_result.ts";
import type { TurnChanges } from "./turn_set.ts";
import { steerTurn } from "./turn_steer.ts";

/** Milliseconds for an interrupt: both its reply and the end of the turn. */
const INTERRUPT_TIMEOUT_MS = 5_000;

const STREAM_OPTIONS: OptionNames<TurnStreamOptions> = { onLeave: true };
const TEXT_OPTIONS: OptionNames<TextStreamOptions> = { phase: true, onLeave: true };
const ITEMS_OPTIONS: OptionNames<TurnItemsOptions> = { types: true, onLeave: true };
const STEER_OPTIONS: OptionNames<SteerOptions> = {
  signal: true,
  timeoutMs: true,
  clientUserMessageId: true,
};
const WAIT_OPTIONS: OptionNames<TurnWaitOptions> = { signal: true };

/**
 * A started turn: stream it, wait for its result, steer it or interrupt it. All readers and `run()` can be used at the
 * same time. The first reader gets every event as sent; a later one gets the events it missed with adjacent deltas of one
 * item merged, and so does any reader with more than 4,096 unread events.
 *
 * @example
 * ```ts
 * import { Codex, printable } from "@codex-app-server/sdk";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   const thread = await codex.threadStart();
 *   const turn = await thread.turn("Explain this repository.");
 *   for await (const piece of turn.textStream()) console.log(printable(piece));
 *   console.log((await turn.run()).usage);
 * }
 * ```
 */
export class TurnHandle implements AsyncIterable<ServerNotification> {
  readonly #turn: ActiveTurn;
  readonly #context: ClientContext;
  readonly #onLeave: "interrupt" | "detach";
  #interrupting: Promise<void> | undefined;

  /** Wraps a started turn. `onLeave`: the default for loops that exit early. */
  constructor(
    turn: ActiveTurn,
    context: ClientContext,
    onLeave: "interrupt" | "detach" = "interrupt",
  ) {
    this.#turn = turn;
    this.#context = context;
    this.#onLeave = onLeave;
  }

  /** The id of the turn. */
  get id(): string {
    return this.#turn.id;
  }

  /** The id of the turn's thread. */
  get threadId(): string {
    return this.#turn.threadId;
  }

  /**
   * Yields the turn's notifications, up to and including `turn/completed`; a failed turn ends the stream in the same way.
   * For each item that is still open at the end, an `sdk/item/interrupted` precedes it. A turn whose end was lost and read
   * back later ends without a `turn/completed`.
   *
   * @throws {TypeError} if `onLeave` is neither `"interrupt"` nor `"detach"`
   */
  stream(options: TurnStreamOptions = {}): EventStream {
    const left = this.#leaving("stream()", options);
    const { log } = this.#turn;
    const queue = log.open();
    return new EventStream(queue, async () => {
      log.release(queue);
      await left();
    });
  }

  /**
   * Yields the text of the turn's agent messages as it arrives, with a blank line between two messages: in total the `text`
   * of the result. With `phase: "final_answer"`, the model's remarks on the way are left out. Rejects at the end if the turn
   * failed.
   *
   * @throws {TypeError} if `phase` is neither `"commentary"` nor `"final_answer"`, or an option is unknown
   */
  textStream(options: TextStreamOptions = {}): TextStream {
    checkCallOptions("textStream()", options, TEXT_OPTIONS);
    const { phase, ...others } = options;
    checkPhase(phase);
    return new TextStream(this.stream(others), this.#turn, phase ?? undefined);
  }

  /**
   * Yields each item of the turn once, when it starts: a view that keeps changing until the item ends, even if this loop
   * is not read. The stream ends with the turn; a failed turn ends it in the same way.
   *
   * @throws {TypeError} if `types` is not an array, or `onLeave` is neither `"interrupt"` nor `"detach"`
   */
  items<Type extends ItemType = ItemType>(
    options: TurnItemsOptions<Type> = {},
  ): LiveStream<ItemView<Type>> {
    checkCallOptions("items()", options, ITEMS_OPTIONS);
    const { types, ...others } = options;
    return itemsOfTurn(this.#turn, types, this.#leaving("items()", others));
  }

  /** Yields the turn's commands, like {@linkcode items}. */
  commands(options: TurnStreamOptions = {}): LiveStream<ItemView<"commandExecution">> {
    return this.#itemsOf("commandExecution", "commands()", options);
  }

  /** Yields the turn's file changes, like {@linkcode items}. */
  fileChanges(options: TurnStreamOptions = {}): LiveStream<ItemView<"fileChange">> {
    return this.#itemsOf("fileChange", "fileChanges()", options);
  }

  /** Yields the turn's reasoning, like {@linkcode items}. */
  reasoning(options: TurnStreamOptions = {}): LiveStream<ItemView<"reasoning">> {
    return this.#itemsOf("reasoning", "reasoning()", options);
  }

  /** Yields the turn's calls of MCP tools, like {@linkcode items}. */
  mcpCalls(options: TurnStreamOptions = {}): LiveStream<ItemView<"mcpToolCall">> {
    return this.#itemsOf("mcpToolCall", "mcpCalls()", options);
  }

  /** Yields the turn's plan on every change (`turn/plan/updated`); a slow reader gets only the newest. */
  plans(options: TurnStreamOptions = {}): LiveStream<TurnPlan> {
    return plansOfTurn(this.#turn, this.#leaving("plans()", options));
  }

  /** Yields the unified diff of all file changes on every change (`turn/diff/updated`); a slow reader gets only the newest. */
  diffs(options: TurnStreamOptions = {}): LiveStream<string> {
    return diffsOfTurn(this.#turn, this.#leaving("diffs()", options));
  }

  /** Yields the turn's notifications, like {@linkcode stream}. */
  [Symbol.asyncIterator](): EventStream {
    return this.stream();
  }

  /**
   * Yields the sub-agents that work while this turn runs, including nested ones: the running ones first, then each that
   * begins a task. Ends with the turn, which the agents may outlive. Leaving the loop interrupts nothing.
   */
  subAgents(): SubAgentStream {
    return subAgentsOfTurn(this.#context, this.#turn);
  }

  /**
   * Yields what the server asks people about this turn: approvals, questions and elicitations that no handler or policy of
   * the turn has answered. Ends with the turn.
   *
   * @throws {TypeError} if `kinds` is not an array of kinds; `signal.reason` if the signal has already fired
   */
  requests<Kind extends UserRequestKind = UserRequestKind>(
    options: RequestStreamOptions<Kind> = {},
  ): RequestStream<Kind> {
    return this.#turn.handlers.inbox.open(options);
  }

  /**
   * Registers a handler for a server request about this turn, replacing any previous one. Returns a function that
   * unregisters it. It is asked before the handlers of the thread and the client.
   *
   * @throws {TypeError} if the method is not a string or the handler is not a function
   */
  handle<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    return this.#turn.handlers.handle(method, handler);
  }

  /**
   * Waits for the end of the turn and returns its result; an interrupted turn has a result too.
   *
   * @throws {TurnFailedError} if the turn failed
   * @throws {TransportClosedError} if the connection ended first
   * @throws {TurnTimeoutError} if the turn's `timeoutMs` expired first; `signal.reason` if a signal fired
   * @throws {NotLoggedInError} if the model needs a login and nobody is logged in
   * @throws {TurnIdleTimeoutError} if the thread was silent for the turn's `idleTimeoutMs`
   * @throws {TurnLimitError} if the turn exceeded one of its `limits`
   * @throws {TurnLostError} if the server no longer runs the turn and its end is unknown
   */
  async run(options: TurnWaitOptions = {}): Promise<TurnResult> {
    checkCallOptions("run() of a turn", options, WAIT_OPTIONS);
    const { signal } = options;
    signal?.throwIfAborted();
    this.#turn.awaited = true;
    const outcome = await this.#outcomeUnless(signal);
    if (outcome.kind === "finished") return outcome.result;
    throw outcome.error;
  }

  /**
   * Returns what the turn has produced so far, also after an abort or an error: the items with what was streamed of them,
   * the usage, the diff. Its `status` is `"inProgress"` until the server has reported the end.
   *
   * @example
   * ```ts
   * import type { Thread, TurnResult } from "@codex-app-server/sdk";
   *
   * async function asFarAsItGets(thread: Thread, input: string, signal: AbortSignal): Promise<TurnResult> {
   *   const turn = await thread.turn(input, { signal });
   *   return await turn.run().catch((error: unknown) => {
   *     if (signal.aborted) return turn.partialResult();
   *     throw error;
   *   });
   * }
   * ```
   */
  partialResult(): TurnResult {
    return this.#turn.partialResult;
  }

  /**
   * Adds input to the running turn (`turn/steer`).
   *
   * @throws {TypeError} if the input is empty or has the wrong type, or an option is unknown
   * @throws {RangeError} if `timeoutMs` is not a number of at least 0
   * @throws {InputFetchError} if a part of the input could not be fetched
   * @throws {NoActiveTurnError} if the turn has ended
   * @throws {TurnMismatchError} if the thread runs another turn
   * @throws {TurnNotSteerableError} if the turn accepts no input, for example because it is a review
   * @throws {RequestTimeoutError} if `timeoutMs` expires; `signal.reason` if the signal fires
   * @throws {TransportClosedError} if the connection ends first
   */
  async steer(input: TurnInput, options: SteerOptions = {}): Promise<void> {
    checkCallOptions("steer()", options, STEER_OPTIONS);
    const { signal, timeoutMs, clientUserMessageId } = options;
    checkLimitMs("timeoutMs", timeoutMs);
    const { threadId } = this;
    const deadline = new Deadline({
      signal,
      timeoutMs,
      timeoutError: (ms) => new RequestTimeoutError("turn/steer", ms),
    });
    try {
      const wire = await deadline.race(Promise.resolve(wireInput(input, deadline.signal)));
      await deadline.race(checkPaths(this.#context, { input: wire }, deadline.limits));
      const params = { threadId, input: wire, clientUserMessageId };
      await steerTurn(this.#context, this.#turn, params, deadline.limits);
    } finally {
      deadline.end();
    }
  }

  /**
   * Changes the settings of the running turn from its next model request on (`turn/settings/update`); those of the thread
   * stay. See `Thread.set()` for its later turns, and for what cannot be changed while a turn runs.
   *
   * @throws {SettingsNotAppliedError} if the turn has ended, the runtime lacks the feature, or `approvalMode` is fixed
   * @throws {TypeError} if a setting has the wrong type or cannot be changed while a turn runs; nothing is sent
   * @throws {JsonRpcError} if the server refuses a setting
   *
   * @example
   * ```ts
   * import type { TurnHandle } from "@codex-app-server/sdk";
   *
   * async function leaveAlone(turn: TurnHandle): Promise<void> {
   *   await turn.set({ approvalMode: "autoReview" }); // nobody is there to be asked
   * }
   * ```
   */
  async set(changes: TurnChanges, options: CallOptions = {}): Promise<void> {
    const { setTurn } = await import("./turn_set.ts");
    await setTurn(this.#context, this.#turn, changes, options);
  }

  /**
   * Interrupts the turn (`turn/interrupt`) and waits until it has ended; does nothing if it already has. Safe to call
   * again.
   *
   * @throws {RequestTimeoutError} if the turn has not ended within `timeoutMs`
   * @throws {TransportClosedError} if the connection ended first
   * @throws {RangeError} if `timeoutMs` is not a number of at least 0
   */
  async interrupt(options: InterruptOptions = {}): Promise<void> {
    checkCallOptions("interrupt()", options);
    const { timeoutMs = INTERRUPT_TIMEOUT_MS, signal } = options;
    checkLimitMs("timeoutMs", timeoutMs);
    signal?.throwIfAborted();
    if (this.#turn.ended) return;
    const interrupting = this.#interrupting ??= this.#requestInterrupt(timeoutMs);
    if (await waitAtMost(interrupting.then(() => true), timeoutMs, signal)) return;
    if (this.#interrupting === interrupting) this.#interrupting = undefined;
    throw new RequestTimeoutError("turn/interrupt", timeoutMs);
  }

  #itemsOf<Type extends ItemType>(
    type: Type,
    of: string,
    options: TurnStreamOptions,
  ): LiveStream<ItemView<Type>> {
    return itemsOfTurn(this.#turn, [type], this.#leaving(of, options));
  }

  /** All callers share one request; each has its own time limit. */
  async #requestInterrupt(timeoutMs: number): Promise<void> {
    const { outcome } = this.#turn;
    try {
      const request = interruptTurn(this.#context, this.#turn, timeoutMs);
      await Promise.race([request, outcome]); // the turn may end first
    } catch (error) {
      // The server no longer knows the turn, or did not reply: the end may still arrive.
      if (!isMoot(error)) {
        this.#interrupting = undefined;
        throw error;
      }
    }
    const end = await outcome;
    if (end.kind === "lost" && end.error instanceof TransportClosedError) throw end.error;
  }

  /** Waits for the end of the turn; interrupts it if the signal fires. */
  async #outcomeUnless(signal: AbortSignal | undefined): Promise<TurnOutcome> {
    const { outcome } = this.#turn;
    if (signal === undefined) return await outcome;
    try {
      return await abortable(outcome, signal);
    } catch (reason) {
      await this.#endQuietly();
      throw reason;
    }
  }

  /** Returns what to do when a reader leaves: nothing while others read or await the turn. */
  #leaving(of: string, options: TurnStreamOptions): () => Promise<void> {
    checkCallOptions(of, options, STREAM_OPTIONS);
    const { onLeave = this.#onLeave } = options;
    checkOnLeave(onLeave);
    return async () => {
      if (onLeave === "detach" || this.#turn.readers > 0 || this.#turn.awaited) return;
      await this.#endQuietly();
    };
  }

  /** Leaving a loop must not throw; errors surface where the turn is awaited. */
  async #endQuietly(): Promise<void> {
    await this.interrupt().catch(() => {});
  }
}

function isMoot(error: unknown): boolean {
  return error instanceof NoActiveTurnError || error instanceof TurnMismatchError ||
    error instanceof RequestTimeoutError;
}
