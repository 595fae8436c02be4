/** A point at which a scripted response stops until the test continues it. */
import { deferred } from "../util/deferred.ts";
import type { Deferred } from "../util/deferred.ts";
import { waitLimit, type WaitOptions } from "./arrivals.ts";

/**
 * A step that pauses the stream, so that a test can act in the middle of a turn without sleeping.
 *
 * @example
 * ```ts
 * import type { Gate } from "@codex-app-server/sdk/testing";
 *
 * async function holdUntilSeen(hold: Gate): Promise<void> {
 *   await hold.untilReached({ timeoutMs: 5_000 });
 *   hold.open();
 * }
 * ```
 */
export class Gate {
  /** Marks the gate as a step of a response. */
  readonly type = "gate" as const;
  readonly #reached: Deferred<void> = deferred<void>();
  readonly #opened: Deferred<void> = deferred<void>();

  /** Fulfils when the server has sent everything before the gate. */
  get reached(): Promise<void> {
    return this.#reached.promise;
  }

  /** Like `reached`, but fails if the server does not get here within `timeoutMs`. */
  async untilReached(options: WaitOptions = {}): Promise<void> {
    const timeoutMs = waitLimit(options);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`Cannot wait for the gate: not reached within ${timeoutMs} ms`));
      }, timeoutMs);
    });
    try {
      await Promise.race([this.reached, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Fulfils when the gate is opened. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Lets the stream continue, now or when it arrives. */
  open(): void {
    this.#opened.resolve();
  }

  /** Called by the server when the stream arrives here. */
  arrive(): void {
    this.#reached.resolve();
  }
}

/**
 * Creates a gate: `reached` fulfils when the server has sent everything before it, `open()` lets it continue.
 *
 * @example
 * ```ts
 * import { deltas, gate, ModelServer } from "@codex-app-server/sdk/testing";
 *
 * await using model = await ModelServer.start();
 * const hold = gate();
 * model.enqueue(deltas(["he", hold, "llo"]));
 * // ... start a turn, then:
 * // await hold.reached;   the model said "he" and waits
 * hold.open();
 * ```
 */
export function gate(): Gate {
  return new Gate();
}
