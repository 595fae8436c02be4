/** Chunks of text, and adjacent ones merged into one. */
import type { ServerNotification } from "../../protocol/notification.ts";

/** Chunks after which they are joined, so that a long run stays a few strings. */
const JOIN_AT = 256;

interface DeltaParams {
  readonly itemId: string;
  readonly turnId?: string;
  readonly threadId?: string;
  readonly summaryIndex?: number;
  readonly contentIndex?: number;
  readonly delta: string;
}

/** Whether a notification is a chunk of text, which starts and ends nothing. */
export function hasDelta({ params }: ServerNotification): boolean {
  return (params as { readonly delta?: unknown } | undefined)?.delta !== undefined;
}

/** Adjacent deltas of one turn with the same method, item and part, merged into one event. */
export class DeltaRun {
  /** The run as one event of the same shape; its text is complete after {@linkcode complete}. */
  readonly event: ServerNotification;
  readonly #method: string;
  readonly #itemId: string;
  readonly #summaryIndex: number | undefined;
  readonly #contentIndex: number | undefined;
  readonly #params: DeltaParams & { delta: string };
  /** The chunks to join next, the first `#count` of the array: used again, for growing a new one costs more than joining. */
  readonly #chunks: string[] = [];
  #count = 0;

  private constructor(event: ServerNotification, params: DeltaParams) {
    this.#method = event.method;
    this.#itemId = params.itemId;
    this.#summaryIndex = params.summaryIndex;
    this.#contentIndex = params.contentIndex;
    this.#params = { ...params }; // the wire's object stays unchanged
    this.event = { ...event, params: this.#params } as ServerNotification;
  }

  /** Starts a run from a delta; returns `undefined` for any other event. */
  static from(event: ServerNotification): DeltaRun | undefined {
    const params = event.params as Partial<DeltaParams> | undefined;
    if (typeof params?.delta !== "string" || typeof params.itemId !== "string") return undefined;
    return new DeltaRun(event, params as DeltaParams);
  }

  /** Whether an event belongs to the turn of this run. */
  isOfTurn(event: ServerNotification): boolean {
    const params = event.params as Partial<DeltaParams> | undefined;
    const own = this.#params;
    return params?.turnId === own.turnId && params?.threadId === own.threadId;
  }

  /** Appends a delta of the same turn; returns `false` if it does not continue this run. */
  append(event: ServerNotification): boolean {
    if (event.method !== this.#method) return false;
    const params = event.params as Partial<DeltaParams> | undefined;
    if (
      params?.itemId !== this.#itemId || params.summaryIndex !== this.#summaryIndex ||
      params.contentIndex !== this.#contentIndex || typeof params.delta !== "string"
    ) return false;
    this.#chunks[this.#count++] = params.delta;
    if (this.#count === JOIN_AT) this.complete();
    return true;
  }

  /** Puts all text received so far into the event. */
  complete(): void {
    if (this.#count < this.#chunks.length) this.#chunks.length = this.#count;
    this.#params.delta += this.#chunks.join("");
    this.#count = 0;
  }
}
