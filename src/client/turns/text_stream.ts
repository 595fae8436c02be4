/** The text of a turn's agent messages as it is streamed. */
import type { MessagePhase } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import type { EventStream } from "../events/live_stream.ts";
import type { TurnOutcome } from "./turn_result.ts";

/**
 * Pieces of text, read with `for await`. A message that was not streamed is one piece. Rejects at the end if the turn failed.
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
  readonly #outcome: Promise<TurnOutcome>;
  /** The messages of which a piece has arrived. */
  readonly #begun = new Set<string>();
  readonly #phase: MessagePhase | undefined;
  /** The messages of an unwanted phase. */
  readonly #unwanted = new Set<string>();
  /** Whether the end was reported or the reader has left. */
  #done = false;

  /** Reads the text from a turn's events; with a phase, only the text of messages of that phase. */
  constructor(events: EventStream, outcome: Promise<TurnOutcome>, phase?: MessagePhase) {
    this.#phase = phase;
    this.#events = events;
    this.#outcome = outcome;
  }

  /**
   * Returns the next piece of text.
   *
   * @throws {TurnFailedError} at the end, if the turn failed
   */
  async next(): Promise<IteratorResult<string, undefined>> {
    for (;;) {
      const { value: event, done } = await this.#events.next();
      if (done) return await this.#finish();
      const text = this.#textOf(event);
      if (text !== "") return { value: text, done: false };
    }
  }

  /** Leaves the stream. */
  async return(): Promise<IteratorResult<string, undefined>> {
    this.#done = true;
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

  /** Reports the failure once, as iterators do. */
  async #finish(): Promise<IteratorResult<string, undefined>> {
    const wasDone = this.#done;
    this.#done = true;
    if (!wasDone) {
      const outcome = await this.#outcome;
      if (outcome.kind === "failed") throw outcome.error;
    }
    return { value: undefined, done: true };
  }

  /** The text that an event adds; a newer server may leave any field out. */
  #textOf(event: ServerNotification): string {
    if (event.method === "item/agentMessage/delta") {
      this.#begun.add(event.params.itemId);
      return this.#unwanted.has(event.params.itemId) ? "" : stringOf(event.params.delta);
    }
    if (event.method !== "item/completed" && event.method !== "item/started") return "";
    const item = event.params.item as typeof event.params.item | undefined;
    if (item?.type !== "agentMessage") return "";
    const isUnwanted = !this.#wants(item.phase ?? null);
    if (event.method === "item/started") {
      if (isUnwanted) this.#unwanted.add(item.id);
      return "";
    }
    return this.#begun.has(item.id) || isUnwanted ? "" : stringOf(item.text);
  }

  /** A message without a phase counts as an answer, as it does for the final response. */
  #wants(phase: MessagePhase | null): boolean {
    return this.#phase === undefined || (phase ?? "final_answer") === this.#phase;
  }
}

function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
