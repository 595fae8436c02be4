/** A running turn in the hands of the caller. */
import { NoActiveTurnError, TurnMismatchError } from "../../errors/steering_errors.ts";
import { RequestTimeoutError, TransportClosedError } from "../../errors/transport_errors.ts";
import type { MessagePhase } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { abortable } from "../../util/abortable.ts";
import { checkLimitMs, waitAtMost } from "../../util/timer.ts";
import type { ActiveTurn } from "./active_turn.ts";
import type { ClientContext } from "../client_context.ts";
import { EventStream } from "../events/event_stream.ts";
import type { TurnInput } from "../input/input_items.ts";
import { wireInput } from "../input/input_wire.ts";
import { TextStream } from "./text_stream.ts";
import { interruptTurn } from "./turn_interrupt.ts";
import type { TurnOutcome, TurnResult } from "./turn_result.ts";

/** Milliseconds for an interrupt: both its reply and the end of the turn. */
const INTERRUPT_TIMEOUT_MS = 5_000;

/**
 * Options of {@linkcode TurnHandle.stream}.
 *
 * @example
 * ```ts
 * import type { TurnHandle, TurnStreamOptions } from "@codex-app-server/sdk";
 *
 * async function firstEvent(turn: TurnHandle, options: TurnStreamOptions): Promise<string> {
 *   for await (const { method } of turn.stream(options)) return method; // leaving: see onLeave
 *   return "none";
 * }
 * ```
 */
export interface TurnStreamOptions {
  /**
   * What leaving the loop early does to the turn when nobody else reads or awaits it: `"interrupt"` ends it and waits
   * for that, `"detach"` lets it run on. `"interrupt"` when left out.
   */
  readonly onLeave?: "interrupt" | "detach" | undefined;
}

/**
 * Options of {@linkcode TurnHandle.textStream}.
 *
 * @example
 * ```ts
 * import type { TextStreamOptions } from "@codex-app-server/sdk";
 *
 * const answerOnly: TextStreamOptions = { phase: "final_answer", onLeave: "detach" };
 * ```
 */
export interface TextStreamOptions extends TurnStreamOptions {
  /** Only the text of messages of this phase; one without a phase counts as `"final_answer"`. Every text when left out. */
  readonly phase?: MessagePhase | undefined;
}

/**
 * Options of {@linkcode TurnHandle.steer}.
 *
 * @example
 * ```ts
 * import type { SteerOptions, TurnHandle } from "@codex-app-server/sdk";
 *
 * async function hint(turn: TurnHandle, options: SteerOptions): Promise<void> {
 *   await turn.steer("Leave the tests as they are.", options);
 * }
 * ```
 */
export interface SteerOptions {
  /** Gives the request up: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the request rejects with `RequestTimeoutError`; 0 waits without a limit. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Options of {@linkcode TurnHandle.run}.
 *
 * @example
 * ```ts
 * import type { TurnWaitOptions } from "@codex-app-server/sdk";
 *
 * const atMostAMinute: TurnWaitOptions = { signal: AbortSignal.timeout(60_000) };
 * ```
 */
export interface TurnWaitOptions {
  /** Interrupts the turn, and then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Options of {@linkcode TurnHandle.interrupt}.
 *
 * @example
 * ```ts
 * import type { InterruptOptions, TurnHandle } from "@codex-app-server/sdk";
 *
 * async function stop(turn: TurnHandle): Promise<void> {
 *   await turn.interrupt({ timeoutMs: 3_000 } satisfies InterruptOptions);
 * }
 * ```
 */
export interface InterruptOptions {
  /** Milliseconds for the turn to end; 5,000 when left out, 0 waits without a limit. */
  readonly timeoutMs?: number | undefined;
  /** Ends the waiting: it rejects with `signal.reason`; the turn is interrupted all the same. */
  readonly signal?: AbortSignal | undefined;
}

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
  #interrupting: Promise<void> | undefined;

  /** Stands for a turn that the server has started. */
  constructor(turn: ActiveTurn, context: ClientContext) {
    this.#turn = turn;
    this.#context = context;
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
    const { onLeave = "interrupt" } = options;
    if (onLeave !== "interrupt" && onLeave !== "detach") {
      throw new TypeError(
        `"onLeave" must be "interrupt" or "detach", got ${JSON.stringify(onLeave)}`,
      );
    }
    const { log } = this.#turn;
    const queue = log.open();
    return new EventStream(queue, async () => {
      log.release(queue);
      if (onLeave === "interrupt" && log.readers === 0 && !this.#turn.awaited) {
        await this.#endQuietly();
      }
    });
  }

  /** Reads the text of the turn's agent messages as it comes; a failed turn rejects at the end. */
  textStream(options: TextStreamOptions = {}): TextStream {
    return new TextStream(this.stream(options), this.#turn.outcome, options.phase);
  }

  /** Reads the turn's notifications, as {@linkcode stream} does. */
  [Symbol.asyncIterator](): EventStream {
    return this.stream();
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
    const parts = wireInput(input, options.signal);
    const params = { threadId: this.threadId, expectedTurnId: this.id, input: await parts };
    await this.#context.request("turn/steer", params, options);
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
    const ended = interrupting.then(() => true);
    if (await waitAtMost(ended, timeoutMs, signal)) return;
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

  /** Leaving a loop must not throw: what goes wrong shows where the turn is awaited. */
  async #endQuietly(): Promise<void> {
    await this.interrupt().catch(() => {});
  }
}

function isMoot(error: unknown): boolean {
  return error instanceof NoActiveTurnError || error instanceof TurnMismatchError ||
    error instanceof RequestTimeoutError;
}
