/** Knows when a step is over: when the model has asked something and says nothing more. */
import type { TokenUsageBreakdown } from "../generated/types.ts";
import type { ServerNotification } from "../protocol/notification.ts";
import { combine, NO_TOKENS } from "./usage.ts";

/** Milliseconds of silence that end a step. */
const QUIET_MS = 250;
/** The same for a thread whose server reports the end of each response: this is only for what it does not report. */
const REPORTED_QUIET_MS = 2_000;

/**
 * Follows the responses of the model. The server tells the end of a response only after all its calls have been answered,
 * except to threads that get its raw events: these announce each call, and the end.
 */
export class StepEnd {
  readonly #isClientTool: (name: string) => boolean;
  /** The calls that the response contains and that have not arrived. */
  readonly #announced = new Set<string>();
  #tokens: TokenUsageBreakdown | undefined;
  #isResponding = true;
  #hasAsked = false;

  /** `isClientTool`: whether the AI SDK answers the calls of a tool. */
  constructor(isClientTool: (name: string) => boolean) {
    this.#isClientTool = isClientTool;
  }

  /** The tokens of all responses; `undefined` if the server does not report them one by one. */
  get tokens(): TokenUsageBreakdown | undefined {
    return this.#tokens;
  }

  /** Milliseconds of silence that end a step while something waits. */
  get quietMs(): number {
    return this.#tokens === undefined ? QUIET_MS : REPORTED_QUIET_MS;
  }

  /** Whether the step is over. */
  get isReached(): boolean {
    return this.#hasAsked && !this.#isResponding && this.#announced.size === 0;
  }

  /** Starts a step: what earlier ones have asked does not end it. */
  startStep(): void {
    this.#hasAsked = false;
  }

  /** Notes that something waits for an answer; `callId`: the call that has arrived. */
  asked(callId?: string): void {
    this.#hasAsked = true;
    if (callId !== undefined) this.#announced.delete(callId);
  }

  /** Follows an event. */
  event(event: ServerNotification): void {
    switch (event.method) {
      case "rawResponseItem/completed": {
        const { item } = event.params;
        if (item.type !== "function_call" || item.namespace) return;
        if (this.#isClientTool(item.name)) this.#announced.add(item.call_id);
        return;
      }
      case "rawResponse/completed":
        this.#isResponding = false;
        this.#tokens = combine(
          this.#tokens ?? NO_TOKENS,
          event.params.usage ?? NO_TOKENS,
          (sum, more) => sum + more,
        );
        return;
      case "item/completed": // also of a call whose arguments were refused
        this.#announced.delete(event.params.item.id);
        return;
      case "thread/tokenUsage/updated": // everything is answered: the next response follows
        this.#isResponding = true;
        return;
    }
  }
}
