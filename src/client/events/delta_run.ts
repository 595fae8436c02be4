/** Deltas of one item that follow each other, merged into one event. */
import type { ServerNotification } from "../../protocol/notification.ts";

/** Pieces to gather before they are joined: keeps a long run as few strings. */
const JOIN_AT = 256;

interface DeltaParams {
  readonly itemId: string;
  readonly turnId?: string;
  readonly threadId?: string;
  readonly summaryIndex?: number;
  readonly contentIndex?: number;
  readonly delta: string;
}

/** Whether a notification brings a piece of a text, and so begins and ends nothing. */
export function hasDelta({ params }: ServerNotification): boolean {
  return (params as { readonly delta?: unknown } | undefined)?.delta !== undefined;
}

/** One or more adjacent deltas of one turn, of the same method, item and part. */
export class DeltaRun {
  /** The run as one event of the same shape; its text is whole after {@linkcode complete}. */
  readonly event: ServerNotification;
  readonly #method: string;
  readonly #params: DeltaParams & { delta: string };
  #pieces: string[] = [];

  private constructor(event: ServerNotification, params: DeltaParams) {
    this.#method = event.method;
    this.#params = { ...params }; // the event of the wire stays as it came
    this.event = { ...event, params: this.#params } as ServerNotification;
  }

  /** Starts a run from a delta; `undefined` for any other event. */
  static from(event: ServerNotification): DeltaRun | undefined {
    const params = event.params as Partial<DeltaParams> | undefined;
    if (typeof params?.delta !== "string" || typeof params.itemId !== "string") return undefined;
    return new DeltaRun(event, params as DeltaParams);
  }

  /** Whether an event is of the turn of this run. */
  isOfTurn(event: ServerNotification): boolean {
    const params = event.params as Partial<DeltaParams> | undefined;
    const own = this.#params;
    return params?.turnId === own.turnId && params?.threadId === own.threadId;
  }

  /** Adds a delta of the same turn that continues this run; `false` when it does not. */
  append(event: ServerNotification): boolean {
    if (event.method !== this.#method) return false;
    const params = event.params as Partial<DeltaParams> | undefined;
    const own = this.#params;
    if (
      params?.itemId !== own.itemId || params.summaryIndex !== own.summaryIndex ||
      params.contentIndex !== own.contentIndex || typeof params.delta !== "string"
    ) return false;
    this.#pieces.push(params.delta);
    if (this.#pieces.length === JOIN_AT) this.complete();
    return true;
  }

  /** Puts all the text that came so far into the event. */
  complete(): void {
    this.#params.delta += this.#pieces.join("");
    this.#pieces = [];
  }
}
