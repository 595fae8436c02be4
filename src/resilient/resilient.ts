/** The option that makes a client outlive its connections. */
import type { Connect, TransportClose } from "../transport/transport.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { checkLimitMs } from "../util/timer.ts";
import type { Gap } from "./gap.ts";
import { ResilientTransport } from "./resilient_transport.ts";

/**
 * Options of {@linkcode resilient}.
 *
 * @example
 * ```ts
 * import type { ResilientOptions } from "@codex-app-server/sdk/transport";
 *
 * const options: ResilientOptions = {
 *   giveUpMs: 10 * 60_000,
 *   onDown: () => console.warn("connection lost"),
 *   onGap: ({ ms, items }) => console.warn(`back after ${ms} ms, ${items} items read again`),
 * };
 * ```
 */
export interface ResilientOptions {
  /**
   * Milliseconds without a connection after which everything open rejects; 0 never gives up.
   * @default {60_000}
   */
  readonly giveUpMs?: number | undefined;
  /**
   * Upper bound of the first delay in milliseconds; it doubles with each attempt, and each delay is random.
   * @default {100}
   */
  readonly baseDelayMs?: number | undefined;
  /**
   * Upper bound of any delay in milliseconds.
   * @default {5_000}
   */
  readonly maxDelayMs?: number | undefined;
  /** Called when a connection is lost, with the way it ended. Must not block. */
  readonly onDown?: ((close: TransportClose) => void) | undefined;
  /** Called when there is a connection again and requests go out again. Must not block. */
  readonly onUp?: (() => void) | undefined;
  /** Called after `onUp` with what the loss has meant. Must not block. */
  readonly onGap?: ((gap: Gap) => void) | undefined;
}

const RESILIENT_OPTIONS: OptionNames<ResilientOptions> = {
  giveUpMs: true,
  baseDelayMs: true,
  maxDelayMs: true,
  onDown: true,
  onUp: true,
  onGap: true,
};

/**
 * Makes a client outlive its connections to a server that goes on without it: one behind a WebSocket, a Unix socket or
 * `codex app-server proxy`.
 *
 * A connection that is lost is replaced. The client then gets what it has missed of its threads, each item exactly once,
 * and an `sdk/gap` event in the stream of each turn that was running. Requests that the server asks again reach the handlers
 * once. A request that was on its way is sent again if that can do no harm, and rejects with `OutcomeUnknownError` if nobody
 * can know; a turn is never started twice.
 *
 * A server that is a child process ends with its connection: its running turns are `interrupted` then.
 *
 * @throws {RangeError} if a number is out of range
 *
 * @example
 * ```ts
 * import { Codex, type Connect } from "@codex-app-server/sdk";
 * import { resilient } from "@codex-app-server/sdk/transport";
 *
 * const codexOver = (connect: Connect): Promise<Codex> =>
 *   Codex.start({ connect: resilient(connect) });
 * ```
 */
export function resilient(connect: Connect, options: ResilientOptions = {}): Connect {
  if (typeof connect !== "function") {
    throw new TypeError(`"connect" must be a function, got ${typeof connect}`);
  }
  checkOptionNames("resilient()", options, RESILIENT_OPTIONS);
  const { giveUpMs = 60_000, baseDelayMs = 100, maxDelayMs = 5_000 } = options;
  checkLimitMs("giveUpMs", giveUpMs);
  checkLimitMs("baseDelayMs", baseDelayMs);
  checkLimitMs("maxDelayMs", maxDelayMs);
  const { onDown = nothing, onUp = nothing, onGap = nothing } = options;
  const checked = { giveUpMs, baseDelayMs, maxDelayMs, onDown, onUp, onGap };
  return async (opening) => new ResilientTransport(connect, await connect(opening), checked);
}

function nothing(): void {}
