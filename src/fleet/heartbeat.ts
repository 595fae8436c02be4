/** Keeps the ownership of a thread while its job runs. */
import { after, now } from "../util/clock.ts";
import { onAbort } from "../util/on_abort.ts";
import { LeaseLostError } from "./errors.ts";
import type { FleetStore, Lease } from "./store.ts";

/** Renews a lease three times per term; its signal aborts when the lease is lost or the attempt must end. */
export class Heartbeat {
  readonly #abort = new AbortController();
  readonly #store: Pick<FleetStore, "renew">;
  readonly #lease: Lease;
  readonly #ttlMs: number;
  #renewedAt: number = now();
  #cancel: () => void = () => {};
  readonly #stopListening: () => void;

  constructor(
    store: Pick<FleetStore, "renew">,
    lease: Lease,
    ttlMs: number,
    signal: AbortSignal | undefined,
  ) {
    this.#store = store;
    this.#lease = lease;
    this.#ttlMs = ttlMs;
    this.#stopListening = onAbort(signal, () => this.#abort.abort(signal?.reason));
    this.#schedule();
  }

  /** Aborts with `LeaseLostError`, or with the reason of the caller's signal. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Stops renewing. */
  stop(): void {
    this.#cancel();
    this.#stopListening();
    this.#cancel = () => {};
    this.#renewedAt = -Infinity;
  }

  #schedule(): void {
    this.#cancel = after(this.#ttlMs / 3, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    const asked = now();
    try {
      if (await this.#store.renew(this.#lease, this.#ttlMs)) {
        if (this.#renewedAt !== -Infinity) this.#renewedAt = asked;
      } else return this.#abort.abort(new LeaseLostError(this.#lease.thread));
    } catch (cause) {
      // The store may be back in time; afterwards another worker may own the thread.
      if (this.#renewedAt !== -Infinity && now() - this.#renewedAt > this.#ttlMs) {
        return this.#abort.abort(new LeaseLostError(this.#lease.thread, { cause }));
      }
    }
    if (this.#renewedAt !== -Infinity && !this.signal.aborted) this.#schedule();
  }
}
