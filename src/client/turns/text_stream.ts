/** The text of a turn's agent messages as it is streamed. */
import type { MessagePhase } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import type { EventStream } from "../events/live_stream.ts";
import { type MessageText, SEPARATOR, textsOf } from "./message_text.ts";
import type { TurnOutcome, TurnResult } from "./turn_result.ts";

/**
 * Pieces of text, read with `for await`: together the `text` of the turn's result, if no phase was chosen. Between two
 * messages, `"\\n\\n"` is a piece of its own; a message that was not streamed is one piece. Rejects at the end if the turn
 * failed.
 *
 * @example
 * ```ts
 * import type { TurnHandle } from "@codex-app-server/sdk";
 *
 * async function collect(turn: TurnHandle): Promise<string> {
 *   let answer = "";
 *   for await (const piece of turn.textStream()) answer += piece;
 *   return answer;
 * }
 * ```
 */
export class TextStream
  implements AsyncIterator<string, undefined>, AsyncIterable<string>, AsyncDisposable {
  readonly #events: EventStream;
  readonly #turn: { readonly outcome: Promise<TurnOutcome>; readonly partialResult: TurnResult };
  readonly #phase: MessagePhase | undefined;
  /** The messages that have begun, by id, in order. */
  readonly #messages = new Map<string, Message>();
  /** The messages whose text is not complete, or not yet handed out; the first of them is being read. */
  #open: Message[] = [];
  /** What can be handed out. */
  #pieces: string[] = [];
  /** Whether any text was handed out. */
  #hasText = false;
  /** Whether the events have ended. */
  #ended = false;
  /** Whether the end was reported or the reader has left. */
  #done = false;
  /** Settles when the last call of `next()` does. */
  #reading: Promise<unknown> = Promise.resolve();

  /** Reads the text from a turn's events; with a phase, only the text of messages of that phase. */
  constructor(
    events: EventStream,
    turn: { readonly outcome: Promise<TurnOutcome>; readonly partialResult: TurnResult },
    phase?: MessagePhase,
  ) {
    this.#phase = phase;
    this.#events = events;
    this.#turn = turn;
  }

  /**
   * Returns the next piece of text.
   *
   * @throws {TurnFailedError} at the end, if the turn failed
   */
  next(): Promise<IteratorResult<string, undefined>> {
    // One at a time: pieces that are asked for together are handed out in order.
    const next = this.#reading.then(() => this.#next());
    this.#reading = next.catch(() => {});
    return next;
  }

  async #next(): Promise<IteratorResult<string, undefined>> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) return { value: piece, done: false };
      if (this.#ended) return await this.#reportEnd();
      const { value: event, done } = await this.#events.next();
      if (this.#done) continue; // the reader has left
      if (done) await this.#finish();
      else this.#observe(event);
      this.#take();
    }
  }

  /** Leaves the stream. */
  async return(): Promise<IteratorResult<string, undefined>> {
    this.#done = true;
    this.#ended = true;
    this.#pieces = [];
    await this.#events.return();
    return { value: undefined, done: true };
  }

  /** The stream itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Leaves the stream. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Takes over what the result has beyond the events, as after a turn that was read back. */
  async #finish(): Promise<void> {
    this.#ended = true;
    await this.#turn.outcome;
    for (const { id, text } of textsOf(this.#turn.partialResult.items, this.#phase)) {
      this.#message(id).complete(text);
    }
    for (const message of this.#messages.values()) message.isComplete = true;
  }

  /** Reports the failure once, as iterators do. */
  async #reportEnd(): Promise<IteratorResult<string, undefined>> {
    const wasDone = this.#done;
    this.#done = true;
    if (!wasDone) {
      const outcome = await this.#turn.outcome;
      if (outcome.kind === "failed") throw outcome.error;
    }
    return { value: undefined, done: true };
  }

  /** Records the text that an event adds; a newer server may leave any field out. */
  #observe(event: ServerNotification): void {
    if (event.method === "item/agentMessage/delta") {
      this.#message(event.params.itemId).append(event.params.delta);
      return;
    }
    if (event.method === "error" && event.params.willRetry === true) {
      // The server starts over with new messages, and never completes those that the error cut off.
      for (const message of this.#open) message.isComplete = true;
      return;
    }
    const isStart = event.method === "item/started";
    if (!isStart && event.method !== "item/completed" && event.method !== "sdk/item/interrupted") {
      return;
    }
    const item = event.params.item as
      | Partial<MessageText> & { readonly type?: unknown }
      | undefined;
    if (item?.type !== "agentMessage") return;
    const message = this.#message(item.id as string);
    // A message without a phase counts as an answer, as it does for the final response.
    message.isWanted = this.#phase === undefined || (item.phase ?? "final_answer") === this.#phase;
    if (!isStart) message.complete(item.text);
  }

  #message(id: string): Message {
    let message = this.#messages.get(id);
    if (message === undefined) {
      this.#messages.set(id, message = new Message());
      this.#open.push(message);
    }
    return message;
  }

  /** Takes the text that can be handed out now: a message waits until those before it are complete. */
  #take(): void {
    for (let message = this.#open[0]; message !== undefined; message = this.#open[0]) {
      const fresh = message.take();
      if (fresh !== "") {
        if (message.isFirstPiece && this.#hasText) this.#pieces.push(SEPARATOR);
        this.#pieces.push(fresh);
        this.#hasText = true;
      }
      if (!message.isComplete) break;
      this.#open.shift();
    }
  }
}

/** The text of one message. */
class Message {
  isWanted = true;
  isComplete = false;
  /** Whether what {@linkcode take} returned last is the beginning of the message. */
  isFirstPiece = false;
  #text = "";
  #taken = 0;

  append(delta: unknown): void {
    if (typeof delta === "string" && !this.isComplete) this.#text += delta;
  }

  /** Completes the message. A text that does not continue what was streamed is not taken over: that was handed out. */
  complete(text: unknown): void {
    this.isComplete = true;
    if (typeof text === "string" && (this.#taken === 0 || text.startsWith(this.#text))) {
      if (text !== "") this.#text = text;
    }
  }

  take(): string {
    const from = this.#taken;
    if (!this.isWanted || from === this.#text.length) return "";
    this.#taken = this.#text.length;
    this.isFirstPiece = from === 0;
    return this.#text.slice(from);
  }
}
