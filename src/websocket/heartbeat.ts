import { after, now } from "../util/clock.ts";

/** What a heartbeat watches. */
export interface HeartbeatOptions {
  /** Milliseconds of silence before a ping; 0 means no pings. */
  readonly pingMs: number;
  /** Milliseconds for the answer. */
  readonly pongMs: number;
  /** Sends a ping. */
  readonly ping: () => void;
  /** Whether the silence has another reason than the peer: this side does not read, or its output still moves. */
  readonly isExcused: () => boolean;
  /** Called once if the peer does not answer. */
  readonly onDead: () => void;
}

/** How late a timer may be before the program, rather than the peer, counts as having stood still. */
const LATE_MS = 1_000;
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Finds out whether a silent peer is still there. Any bytes from it count as an answer. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #seenAt = now();
  #stop = (): void => {};

  /** Starts to listen. */
  constructor(options: HeartbeatOptions) {
    this.#options = options;
    if (options.pingMs > 0 && options.pingMs <= MAX_DELAY_MS) this.#listen();
  }

  /** Notes that bytes have arrived. */
  seen(): void {
    this.#seenAt = now();
  }

  /** Stops for good. */
  stop(): void {
    this.#stop();
  }

  #listen(): void {
    const left = this.#seenAt + this.#options.pingMs - now();
    if (left > 0) this.#stop = after(left, () => this.#listen());
    else this.#ask();
  }

  #ask(): void {
    this.#options.ping();
    this.#await(now());
  }

  #await(askedAt: number): void {
    const { pongMs, isExcused, onDead } = this.#options;
    const limit = Math.min(pongMs > 0 ? pongMs : MAX_DELAY_MS, MAX_DELAY_MS);
    const due = now() + limit;
    this.#stop = after(limit, () => {
      if (this.#seenAt >= askedAt) this.#listen();
      else if (isExcused() || now() - due > LATE_MS) this.#await(askedAt);
      else onDead();
    });
  }
}
