/** Errors of steering and interrupting a turn. */
import { JsonRpcError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

/**
 * The thread has no running turn to steer or interrupt.
 *
 * @example
 * ```ts
 * import type { Thread, TurnHandle } from "@codex-app-server/sdk";
 * import { NoActiveTurnError } from "@codex-app-server/sdk/errors";
 *
 * async function say(thread: Thread, turn: TurnHandle, text: string): Promise<void> {
 *   await turn.steer(text).catch(async (error: unknown) => {
 *     if (!(error instanceof NoActiveTurnError)) throw error;
 *     await thread.run(text); // it has ended: the next turn takes the text
 *   });
 * }
 * ```
 */
export class NoActiveTurnError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "NoActiveTurnError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "no_active_turn", ...options });
  }
}

/**
 * A different turn than expected is running.
 *
 * @example
 * ```ts
 * import { TurnMismatchError } from "@codex-app-server/sdk/errors";
 *
 * function explain(error: unknown): string | undefined {
 *   if (error instanceof TurnMismatchError) return `${error.actual} runs, not ${error.expected}`;
 * }
 * ```
 */
export class TurnMismatchError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "TurnMismatchError";
  /** The id of the turn that the request named. */
  readonly expected: string;
  /** The id of the running turn. */
  readonly actual: string;

  /** Creates the error from the server's message and the two turn ids. */
  constructor(
    message: string,
    options: JsonRpcErrorOptions & { readonly expected: string; readonly actual: string },
  ) {
    super(message, { code: "turn_mismatch", ...options });
    this.expected = options.expected;
    this.actual = options.actual;
  }
}

/**
 * The running turn accepts no input, as in a review or compaction.
 *
 * @example
 * ```ts
 * import type { TurnHandle } from "@codex-app-server/sdk";
 * import { TurnNotSteerableError } from "@codex-app-server/sdk/errors";
 *
 * async function hint(turn: TurnHandle, text: string): Promise<string> {
 *   try {
 *     await turn.steer(text);
 *     return "sent";
 *   } catch (error) {
 *     if (error instanceof TurnNotSteerableError) return `wait for the ${error.turnKind}`;
 *     throw error;
 *   }
 * }
 * ```
 */
export class TurnNotSteerableError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "TurnNotSteerableError";
  /** The kind of the running turn as the server names it: `"review"` or `"compact"`. */
  readonly turnKind: string;

  /** Creates the error from the server's message and the kind of turn. */
  constructor(message: string, options: JsonRpcErrorOptions & { readonly turnKind: string }) {
    super(message, { code: "turn_not_steerable", ...options });
    this.turnKind = options.turnKind;
  }
}
