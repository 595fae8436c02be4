/** Deltas of one item that follow each other, merged into one event. */
import type { ServerNotification } from "../protocol/notification.ts";

/** Pieces to gather before they are joined: keeps a long run as few strings. */
const JOIN_AT = 256;

interface DeltaParams {
  readonly threadId: string;
  readonly turnId: string;
  readonly itemId: string;
  readonly delta: string;
  readonly summaryIndex?: number;
  readonly contentIndex?: number;
}

/** One or more adjacent deltas of the same method, item and part. */
export class DeltaRun {
  readonly #method: string;
  readonly #params: DeltaParams;
  #text: string;
  #pieces: string[] = [];

  private constructor(method: string, params: DeltaParams) {
    this.#method = method;
    this.#params = params;
    this.#text = params.delta;
  }

  /** Starts a run from a delta; `undefined` for any other event. */
  static from(event: ServerNotification): DeltaRun | undefined {
    const params = event.params as Partial<DeltaParams> | undefined;
    if (typeof params?.delta !== "string" || typeof params.itemId !== "string") return undefined;
    return new DeltaRun(event.method, params as DeltaParams);
  }

  /** Adds a delta that continues this run; `false` when it does not. */
  append(event: ServerNotification): boolean {
    if (event.method !== this.#method) return false;
    const params = event.params as Partial<DeltaParams>;
    const own = this.#params;
    if (
      params.itemId !== own.itemId || params.turnId !== own.turnId ||
      params.summaryIndex !== own.summaryIndex || params.contentIndex !== own.contentIndex ||
      typeof params.delta !== "string"
    ) return false;
    this.#pieces.push(params.delta);
    if (this.#pieces.length >= JOIN_AT) this.#join();
    return true;
  }

  /** The run as one event of the same shape. */
  toEvent(): ServerNotification {
    this.#join();
    return {
      method: this.#method,
      params: { ...this.#params, delta: this.#text },
    } as ServerNotification;
  }

  #join(): void {
    this.#text += this.#pieces.join("");
    this.#pieces = [];
  }
}
