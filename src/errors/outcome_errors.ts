/** Errors of a connection that was lost and replaced by another. */
import { CodexError } from "./codex_error.ts";

/**
 * The connection was lost while a request was on its way, and sending it again could do its work twice: the server may
 * have done it or not. Look before you repeat it.
 *
 * @example
 * ```ts
 * import type { Codex, Thread } from "@codex-app-server/sdk";
 * import { OutcomeUnknownError } from "@codex-app-server/sdk/errors";
 *
 * async function compact(codex: Codex, thread: Thread): Promise<string> {
 *   try {
 *     await codex.request("thread/compact/start", { threadId: thread.id });
 *     return "started";
 *   } catch (error) {
 *     if (error instanceof OutcomeUnknownError) return "started or not: see thread.turns()";
 *     throw error;
 *   }
 * }
 * ```
 */
export class OutcomeUnknownError extends CodexError {
  /** The class name. */
  override readonly name: string = "OutcomeUnknownError";
  /** The method of the request. */
  readonly method: string;

  /** Creates the error for a method. */
  constructor(method: string) {
    super(
      `Cannot tell whether "${method}" was done: the connection was lost before the reply; ` +
        "look at the state of the server before you send it again",
      { code: "outcome_unknown" },
    );
    this.method = method;
  }
}

/**
 * A lost connection could not be replaced. It is the `cause` of the `TransportClosedError` that everything open rejects
 * with; its own `cause` is the last error.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import { ReconnectError } from "@codex-app-server/sdk/errors";
 *
 * async function report(codex: Codex): Promise<void> {
 *   const { cause } = await codex.exited;
 *   if (cause instanceof ReconnectError) console.error(cause.attempts, cause.message);
 * }
 * ```
 */
export class ReconnectError extends CodexError {
  /** The class name. */
  override readonly name: string = "ReconnectError";
  /** How many times a connection was tried. */
  readonly attempts: number;
  /** Milliseconds since the connection was lost. */
  readonly downMs: number;

  /** Creates the error from the reason to give up, and the last error. */
  constructor(
    why: string,
    { attempts, downMs, cause }: {
      readonly attempts: number;
      readonly downMs: number;
      readonly cause?: unknown;
    },
  ) {
    super(`Cannot reconnect: ${why}`, {
      code: "reconnect_failed",
      ...(cause === undefined ? {} : { cause }),
    });
    this.attempts = attempts;
    this.downMs = downMs;
  }
}

/** The code of the error objects that stand for an unknown outcome: no code of JSON-RPC or of the server. */
const OUTCOME_UNKNOWN = 1;
const MARK = "codex-app-server-sdk/outcome-unknown";

/** The error object to answer a request with whose outcome is unknown. */
export function outcomeUnknown(method: string): { code: number; message: string; data: string } {
  return { code: OUTCOME_UNKNOWN, message: `The outcome of ${method} is unknown`, data: MARK };
}

/** Whether an error object stands for an unknown outcome. */
export function isOutcomeUnknown({ code, data }: { code: number; data?: unknown }): boolean {
  return code === OUTCOME_UNKNOWN && data === MARK;
}
