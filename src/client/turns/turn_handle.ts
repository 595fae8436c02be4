/** A running turn in the hands of the caller. */
import { NoActiveTurnError, TurnMismatchError } from "../../errors/turn_errors.ts";
import { RequestTimeoutError, TransportClosedError } from "../../errors/transport_errors.ts";
import type { ServerRequestMethod } from "../../generated/server_requests.ts";
import type { ServerRequestHandler } from "../requests/handler_scope.ts";
import type { RequestStream, RequestStreamOptions } from "../requests/request_inbox.ts";
import type { UserRequestKind } from "../requests/request_kinds.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { Deadline } from "../../util/deadline.ts";
import { abortable } from "../../util/abortable.ts";
import { checkLimitMs, waitAtMost } from "../../util/timer.ts";
import type { ActiveTurn } from "./active_turn.ts";
import type { ClientContext } from "../client_context.ts";
import { EventStream } from "../events/live_stream.ts";
import type { TurnInput } from "../input/input.ts";
import { wireInput } from "../input/input_wire.ts";
import { subAgentsOfTurn, type SubAgentStream } from "../agents/sub_agents.ts";
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
  type InterruptOptions,
  type SteerOptions,
  type TextStreamOptions,
  type TurnStreamOptions,
  type TurnWaitOptions,
} from "./turn_handle_options.ts";
import { interruptTurn } from "./turn_interrupt.ts";
import type { TurnOutcome, TurnResult } from "./turn_result.ts";
import { steerTurn } from "./turn_steer.ts";

/** Milliseconds for an interrupt: both its reply and the end of the turn. */
const INTERRUPT_TIMEOUT_MS = 5_000;

/**
 * A turn that was started: read it as it goes, wait for its result, steer it or interrupt it. All readers and `run()`
 * can be used at once; the first reader gets every event as it came, a later one what it missed with adjacent deltas of
 * one item merged.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 *
 * async function main(): Promise<void> {
 *   await using codex = await Codex.start();
 *   const thread = await codex.threadStart();
 *   const turn = await thread.turn("Explain this repository.");
 *   for await (const piece of turn.textStream()) console.log(piece);
 *   console.log((await turn.run()).usage);
 * }
 * ```
 */
export class TurnHandle implements AsyncIterable<ServerNotification> {
  readonly #turn: ActiveTurn;
  readonly #context: ClientContext;
  readonly #onLeave: "interrupt" | "detach";
  #interrupting: Promise<void> | undefined;

  /** Stands for a turn that the server has started; `onLeave` is what leaving a loop over it does unless told. */
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
   * Reads the turn's notifications, up to and with its `turn/completed`; a failed turn ends the stream as any other. Each
   * item that is open at the end gets an `sdk/item/interrupted` before that. A turn whose end was lost and read back ends
   * without a `turn/completed`.
   *
   * @throws {TypeError} when `onLeave` is neither `"interrupt"` nor `"detach"`
   */
  stream(options: TurnStreamOptions = {}): EventStream {
    const left = this.#leaving(options);
    const { log } = this.#turn;
    const queue = log.open();
    return new EventStream(queue, async () => {
      log.release(queue);
      await left();
    });
  }

  /** Reads the text of the turn's agent messages as it comes; a failed turn rejects at the end. */
  textStream(options: TextStreamOptions = {}): TextStream {
    return new TextStream(this.stream(options), this.#turn.outcome, options.phase);
  }

  /**
   * Reads the turn's items, each once as it starts: a view that goes on to change until the item ends, whether this loop
   * is read on or not. The stream ends with the turn; a failed turn ends it as any other.
   *
   * @throws {TypeError} when `types` is no list, or `onLeave` is neither `"interrupt"` nor `"detach"`
   */
  items<Type extends ItemType = ItemType>(
    options: TurnItemsOptions<Type> = {},
  ): LiveStream<ItemView<Type>> {
    return itemsOfTurn(this.#turn, options.types, this.#leaving(options));
  }

  /** Reads the turn's commands, as {@linkcode items} does. */
  commands(options: TurnStreamOptions = {}): LiveStream<ItemView<"commandExecution">> {
    return this.items({ ...options, types: ["commandExecution"] });
  }

  /** Reads the turn's changes to files, as {@linkcode items} does. */
  fileChanges(options: TurnStreamOptions = {}): LiveStream<ItemView<"fileChange">> {
    return this.items({ ...options, types: ["fileChange"] });
  }

  /** Reads the turn's reasoning, as {@linkcode items} does. */
  reasoning(options: TurnStreamOptions = {}): LiveStream<ItemView<"reasoning">> {
    return this.items({ ...options, types: ["reasoning"] });
  }

  /** Reads the turn's calls of MCP servers' tools, as {@linkcode items} does. */
  mcpCalls(options: TurnStreamOptions = {}): LiveStream<ItemView<"mcpToolCall">> {
    return this.items({ ...options, types: ["mcpToolCall"] });
  }

  /** Reads the turn's plan whenever it changes (`turn/plan/updated`); a slow reader gets the newest. */
  plans(options: TurnStreamOptions = {}): LiveStream<TurnPlan> {
    return plansOfTurn(this.#turn, this.#leaving(options));
  }

  /** Reads the unified diff of all the turn's changes whenever it changes (`turn/diff/updated`); a slow reader gets the newest. */
  diffs(options: TurnStreamOptions = {}): LiveStream<string> {
    return diffsOfTurn(this.#turn, this.#leaving(options));
  }

  /** Reads the turn's notifications, as {@linkcode stream} does. */
  [Symbol.asyncIterator](): EventStream {
    return this.stream();
  }

  /**
   * Reads the sub-agents that work while this turn runs, those under them included: the ones at work, and each that begins
   * a task. It ends with the turn, which they may outlive; leaving the loop does nothing to anybody.
   */
  subAgents(): SubAgentStream {
    return subAgentsOfTurn(this.#context, this.#turn);
  }

  /**
   * Reads what the server asks people about this turn: approvals, questions and elicitations that no handler and no policy
   * of the turn has answered. It ends with the turn.
   *
   * @throws {TypeError} when `kinds` is no list of kinds; `signal.reason` when the signal has fired already
   */
  requests<Kind extends UserRequestKind = UserRequestKind>(
    options: RequestStreamOptions<Kind> = {},
  ): RequestStream<Kind> {
    return this.#turn.handlers.inbox.open(options);
  }

  /**
   * Sets the handler for a request of the server about this turn, in the place of the one before; the function that is
   * returned takes it away. It comes before the handlers of the thread and the client.
   *
   * @throws {TypeError} when there is no method or no function
   */
  handle<M extends ServerRequestMethod>(method: M, handler: ServerRequestHandler<M>): () => void {
    return this.#turn.handlers.handle(method, handler);
  }

  /**
   * Waits for the end of the turn; an interrupted turn is a result as well.
   *
   * @throws {TurnFailedError} when the turn failed
   * @throws {TransportClosedError} when the connection ended first
   * @throws {TurnTimeoutError} when the turn's `timeoutMs` was over first; `signal.reason` when a signal fired
   * @throws {TurnIdleTimeoutError} when the thread was silent for the turn's `idleTimeoutMs`
   * @throws {TurnLostError} when the server runs the turn no more and its end is not known
   */
  async run(options: TurnWaitOptions = {}): Promise<TurnResult> {
    const { signal } = options;
    signal?.throwIfAborted();
    this.#turn.awaited = true;
    const outcome = await this.#outcomeUnless(signal);
    if (outcome.kind === "finished") return outcome.result;
    throw outcome.error;
  }

  /**
   * Gives the running turn more input (`turn/steer`); the turn stays the same.
   *
   * @throws {TypeError} when the input is empty or no input
   * @throws {NoActiveTurnError} when the turn has ended
   * @throws {TurnMismatchError} when the thread runs another turn
   * @throws {TurnNotSteerableError} when the turn takes no input, as a review does
   */
  async steer(input: TurnInput, options: SteerOptions = {}): Promise<void> {
    const { signal, timeoutMs } = options;
    checkLimitMs("timeoutMs", timeoutMs);
    const { threadId } = this;
    const params = { threadId, input: await wireInput(input, signal) };
    const deadline = new Deadline({
      signal,
      timeoutMs,
      timeoutError: (ms) => new RequestTimeoutError("turn/steer", ms),
    });
    try {
      await steerTurn(this.#context, this.#turn, params, deadline.limits);
    } finally {
      deadline.end();
    }
  }

  /**
   * Ends the turn (`turn/interrupt`) and waits until it has ended; does nothing when it already has. Safe to call again.
   *
   * @throws {RequestTimeoutError} when the turn has not ended within `timeoutMs`
   * @throws {TransportClosedError} when the connection ended first
   * @throws {RangeError} when `timeoutMs` is no number from 0 up
   */
  async interrupt(options: InterruptOptions = {}): Promise<void> {
    const { timeoutMs = INTERRUPT_TIMEOUT_MS, signal } = options;
    checkLimitMs("timeoutMs", timeoutMs);
    signal?.throwIfAborted();
    if (this.#turn.ended) return;
    const interrupting = this.#interrupting ??= this.#requestInterrupt(timeoutMs);
    if (await waitAtMost(interrupting.then(() => true), timeoutMs, signal)) return;
    if (this.#interrupting === interrupting) this.#interrupting = undefined;
    throw new RequestTimeoutError("turn/interrupt", timeoutMs);
  }

  /** All callers share one request, each with its own patience. */
  async #requestInterrupt(timeoutMs: number): Promise<void> {
    const { outcome } = this.#turn;
    try {
      const request = interruptTurn(this.#context, this.#turn, timeoutMs);
      await Promise.race([request, outcome]); // the turn may end first
    } catch (error) {
      // Told that there is no such turn any more, or nothing at all: the end may still come.
      if (!isMoot(error)) {
        this.#interrupting = undefined;
        throw error;
      }
    }
    const end = await outcome;
    if (end.kind === "lost" && end.error instanceof TransportClosedError) throw end.error;
  }

  /** Waits for the end of the turn, which is an interrupt once the signal fires. */
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

  /** What to do when a reader has left: nothing while others read or await the turn. */
  #leaving({ onLeave = this.#onLeave }: TurnStreamOptions): () => Promise<void> {
    checkOnLeave(onLeave);
    return async () => {
      if (onLeave === "detach" || this.#turn.readers > 0 || this.#turn.awaited) return;
      await this.#endQuietly();
    };
  }

  /** Leaving a loop must not throw: what goes wrong shows where the turn is awaited. */
  async #endQuietly(): Promise<void> {
    await this.interrupt().catch(() => {});
  }
}

function isMoot(error: unknown): boolean {
  return error instanceof NoActiveTurnError || error instanceof TurnMismatchError ||
    error instanceof RequestTimeoutError;
}
