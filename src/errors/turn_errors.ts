/** Errors of a turn and of reading it. */
import { CodexError } from "./codex_error.ts";
import { JsonRpcError, type JsonRpcErrorOptions } from "./json_rpc_errors.ts";

/**
 * What is known of a turn that failed.
 *
 * @example
 * ```ts
 * import type { TurnFailure, TurnResult } from "@codex-app-server/sdk";
 *
 * const headline = ({ status, message }: TurnFailure<TurnResult>): string => `${status}: ${message}`;
 * ```
 */
export interface TurnFailure<Result> {
  /** The turn. */
  readonly turnId: string;
  /** The turn's thread. */
  readonly threadId: string;
  /** The status as the server named it: `"failed"`, or a word that this SDK does not know. */
  readonly status: string;
  /** What the server said went wrong. */
  readonly message: string;
  /** The server's classification, as sent: a word, or an object with one member named by the word. */
  readonly codexErrorInfo: unknown;
  /** More text from the server or the model's provider. */
  readonly additionalDetails: string | null;
  /** Everything the turn produced until then. */
  readonly result: Result;
}

/**
 * The turn ended as failed.
 *
 * @example
 * ```ts
 * import { type Thread, TurnFailedError } from "@codex-app-server/sdk";
 *
 * async function ask(thread: Thread, question: string): Promise<string | null> {
 *   try {
 *     return (await thread.run(question)).finalResponse;
 *   } catch (error) {
 *     if (error instanceof TurnFailedError && error.httpStatusCode === 429) return null;
 *     throw error;
 *   }
 * }
 * ```
 */
export class TurnFailedError<Result = unknown> extends CodexError {
  /** The name of the class. */
  override readonly name: string = "TurnFailedError";
  /** What is known of the failure. */
  readonly failure: TurnFailure<Result>;

  /** Makes the error from what is known of the failure; `code` is `"turn_failed"` unless told. */
  constructor(failure: TurnFailure<Result>, code = "turn_failed") {
    super(failure.message, { code });
    this.failure = failure;
  }

  /** The turn. */
  get turnId(): string {
    return this.failure.turnId;
  }

  /** The server's classification, as sent. */
  get codexErrorInfo(): unknown {
    return this.failure.codexErrorInfo;
  }

  /** The HTTP status of the model's provider, where the server told it. */
  get httpStatusCode(): number | null {
    return httpStatusOf(this.failure.codexErrorInfo);
  }

  /** More text from the server or the model's provider. */
  get additionalDetails(): string | null {
    return this.failure.additionalDetails;
  }

  /** Everything the turn produced until it failed. */
  get result(): Result {
    return this.failure.result;
  }
}

/**
 * The turn failed because the model's provider is overloaded; starting it again later may work.
 *
 * @example
 * ```ts
 * import { ServerOverloadedError, type Thread, type TurnResult } from "@codex-app-server/sdk";
 *
 * async function ask(thread: Thread, text: string): Promise<TurnResult> {
 *   return await thread.run(text).catch((error: unknown) => {
 *     if (error instanceof ServerOverloadedError) return thread.run(text);
 *     throw error;
 *   });
 * }
 * ```
 */
export class ServerOverloadedError<Result = unknown> extends TurnFailedError<Result> {
  /** The name of the class. */
  override readonly name: string = "ServerOverloadedError";

  /** Makes the error from what is known of the failure. */
  constructor(failure: TurnFailure<Result>) {
    super(failure, "server_overloaded");
  }
}

/**
 * The turn was not finished within its `timeoutMs` and was interrupted.
 *
 * @example
 * ```ts
 * import { type Thread, TurnTimeoutError } from "@codex-app-server/sdk";
 *
 * async function quickAnswer(thread: Thread, question: string): Promise<string | null> {
 *   try {
 *     return (await thread.run(question, { timeoutMs: 30_000 })).finalResponse;
 *   } catch (error) {
 *     if (error instanceof TurnTimeoutError) return null;
 *     throw error;
 *   }
 * }
 * ```
 */
export class TurnTimeoutError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "TurnTimeoutError";
  /** The limit in milliseconds. */
  readonly timeoutMs: number;

  /** Makes the error for a limit in milliseconds. */
  constructor(timeoutMs: number) {
    super(`Cannot finish the turn: it took longer than ${timeoutMs} ms`, { code: "turn_timeout" });
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Nothing came of the turn's thread for its `idleTimeoutMs`, though nobody was being asked; the turn was interrupted.
 *
 * @example
 * ```ts
 * import { TurnIdleTimeoutError } from "@codex-app-server/sdk";
 *
 * function explain(error: unknown): string | undefined {
 *   if (error instanceof TurnIdleTimeoutError) return `silent for ${error.idleTimeoutMs} ms`;
 * }
 * ```
 */
export class TurnIdleTimeoutError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "TurnIdleTimeoutError";
  /** The limit in milliseconds. */
  readonly idleTimeoutMs: number;

  /** Makes the error for a limit in milliseconds. */
  constructor(idleTimeoutMs: number) {
    super(`Cannot finish the turn: nothing came of it for ${idleTimeoutMs} ms`, {
      code: "turn_idle_timeout",
    });
    this.idleTimeoutMs = idleTimeoutMs;
  }
}

/**
 * The server runs the turn no more, and neither told its end nor knows what it came to.
 *
 * @example
 * ```ts
 * import { type Codex, TurnLostError } from "@codex-app-server/sdk";
 *
 * async function lookAgain(codex: Codex, error: unknown): Promise<unknown> {
 *   if (!(error instanceof TurnLostError)) throw error;
 *   const thread = await codex.threadResume(error.threadId);
 *   return (await thread.read({ includeTurns: true })).thread.turns.at(-1);
 * }
 * ```
 */
export class TurnLostError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "TurnLostError";
  /** The turn. */
  readonly turnId: string;
  /** The turn's thread. */
  readonly threadId: string;

  /** Makes the error for a turn; the cause is what kept it from being read back. */
  constructor(threadId: string, turnId: string, options: { readonly cause?: unknown } = {}) {
    const { cause } = options;
    super(`Cannot tell how turn "${turnId}" ended: its thread runs no turn, its end never came`, {
      code: "turn_lost",
      ...(cause === undefined ? {} : { cause }),
    });
    this.threadId = threadId;
    this.turnId = turnId;
  }
}

/**
 * The thread has a running turn, and a thread runs one turn at a time.
 *
 * @example
 * ```ts
 * import { type Thread, TurnActiveError, type TurnResult } from "@codex-app-server/sdk";
 *
 * async function ask(thread: Thread, text: string): Promise<TurnResult | "busy"> {
 *   return await thread.run(text).catch((error: unknown) => {
 *     if (error instanceof TurnActiveError) return "busy";
 *     throw error;
 *   });
 * }
 * ```
 */
export class TurnActiveError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "TurnActiveError";
  /** The thread. */
  readonly threadId: string;

  /** Makes the error for a thread. */
  constructor(threadId: string) {
    super(`Cannot start a turn: thread "${threadId}" has a running turn`, { code: "turn_active" });
    this.threadId = threadId;
  }
}

/**
 * A reader fell so far behind that its buffer is full; other readers and the turn go on.
 *
 * @example
 * ```ts
 * import { StreamOverflowError } from "@codex-app-server/sdk";
 *
 * const fellBehind = (error: unknown): boolean => error instanceof StreamOverflowError;
 * ```
 */
export class StreamOverflowError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "StreamOverflowError";
  /** How many events the buffer held. */
  readonly limit: number;

  /** Makes the error for a limit in events. */
  constructor(limit: number) {
    super(`Cannot keep more events for this reader: ${limit} are unread`, {
      code: "stream_overflow",
    });
    this.limit = limit;
  }
}

/**
 * The thread has no running turn to steer or interrupt.
 *
 * @example
 * ```ts
 * import { NoActiveTurnError, type Thread, type TurnHandle } from "@codex-app-server/sdk";
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
  /** The name of the class. */
  override readonly name: string = "NoActiveTurnError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "no_active_turn", ...options });
  }
}

/**
 * Another turn than the expected one is running.
 *
 * @example
 * ```ts
 * import { TurnMismatchError } from "@codex-app-server/sdk";
 *
 * function explain(error: unknown): string | undefined {
 *   if (error instanceof TurnMismatchError) return `${error.actual} runs, not ${error.expected}`;
 * }
 * ```
 */
export class TurnMismatchError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "TurnMismatchError";
  /** The turn that the request named. */
  readonly expected: string;
  /** The turn that is running. */
  readonly actual: string;

  /** Makes the error from the server's message and the two turn ids. */
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
 * The running turn takes no input, as in a review or a compaction.
 *
 * @example
 * ```ts
 * import { type TurnHandle, TurnNotSteerableError } from "@codex-app-server/sdk";
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
  /** The name of the class. */
  override readonly name: string = "TurnNotSteerableError";
  /** What kind of turn is running: `"review"` or `"compact"`, as the server names it. */
  readonly turnKind: string;

  /** Makes the error from the server's message and the kind of turn. */
  constructor(message: string, options: JsonRpcErrorOptions & { readonly turnKind: string }) {
    super(message, { code: "turn_not_steerable", ...options });
    this.turnKind = options.turnKind;
  }
}

/**
 * An image or a sound could not be read from its address; nothing was sent.
 *
 * @example
 * ```ts
 * import { image, InputFetchError, type Thread } from "@codex-app-server/sdk";
 *
 * async function describe(thread: Thread, url: string): Promise<string | null> {
 *   try {
 *     return (await thread.run(["What is this?", image(url, { fetch: true })])).finalResponse;
 *   } catch (error) {
 *     if (error instanceof InputFetchError) return `${error.url} cannot be read`;
 *     throw error;
 *   }
 * }
 * ```
 */
export class InputFetchError extends CodexError {
  /** The name of the class. */
  override readonly name: string = "InputFetchError";
  /** The address. */
  readonly url: string;

  /** Makes the error for an address and what went wrong. */
  constructor(url: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot fetch "${url}": ${why}`, { code: "input_fetch_failed", cause });
    this.url = url;
  }
}

function httpStatusOf(info: unknown): number | null {
  if (typeof info !== "object" || info === null) return null;
  for (const detail of Object.values(info)) {
    const status = (detail as { httpStatusCode?: unknown } | null)?.httpStatusCode;
    if (typeof status === "number") return status;
  }
  return null;
}
