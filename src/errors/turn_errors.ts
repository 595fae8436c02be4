/** Errors of turns: their input, their end and reading them. */
import { errorText } from "../util/error_text.ts";
import { redact } from "../util/redact.ts";
import { CodexError } from "./codex_error.ts";

/**
 * Details of a failed turn.
 *
 * @example
 * ```ts
 * import type { TurnResult } from "@codex-app-server/sdk";
 * import type { TurnFailure } from "@codex-app-server/sdk/errors";
 *
 * const headline = ({ status, message }: TurnFailure<TurnResult>): string => `${status}: ${message}`;
 * ```
 */
export interface TurnFailure<Result> {
  /** The id of the turn. */
  readonly turnId: string;
  /** The id of the turn's thread. */
  readonly threadId: string;
  /** The status reported by the server: `"failed"`, or a value that this SDK does not know. */
  readonly status: string;
  /** The server's error message. */
  readonly message: string;
  /** The server's classification, as sent: a string, or an object whose only key is that string. */
  readonly codexErrorInfo: unknown;
  /** More details from the server or the model's provider. */
  readonly additionalDetails: string | null;
  /** Everything the turn produced before it failed. */
  readonly result: Result;
}

/**
 * The turn failed.
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
  /** The class name. */
  override readonly name: string = "TurnFailedError";
  /** The details of the failure. */
  readonly failure: TurnFailure<Result>;

  /** Creates the error from the details of the failure. */
  constructor(failure: TurnFailure<Result>, code = "turn_failed") {
    super(failure.message, { code });
    this.failure = failure;
  }

  /** The id of the turn. */
  get turnId(): string {
    return this.failure.turnId;
  }

  /** The server's classification, as sent. */
  get codexErrorInfo(): unknown {
    return this.failure.codexErrorInfo;
  }

  /** The HTTP status of the model's provider, if the server reported it. */
  get httpStatusCode(): number | null {
    return httpStatusOf(this.failure.codexErrorInfo);
  }

  /** More details from the server or the model's provider. */
  get additionalDetails(): string | null {
    return this.failure.additionalDetails;
  }

  /** Everything the turn produced before it failed. */
  get result(): Result {
    return this.failure.result;
  }
}

/**
 * The turn failed because the model's provider is overloaded; it may succeed later.
 *
 * @example
 * ```ts
 * import type { Thread, TurnResult } from "@codex-app-server/sdk";
 * import { ServerOverloadedError } from "@codex-app-server/sdk/errors";
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
  /** The class name. */
  override readonly name: string = "ServerOverloadedError";

  /** Creates the error from the details of the failure. */
  constructor(failure: TurnFailure<Result>) {
    super(failure, "server_overloaded");
  }
}

/**
 * An error after which Codex tried the turn again, as the server reported it.
 *
 * @example
 * ```ts
 * import type { RetriedError } from "@codex-app-server/sdk/errors";
 *
 * const reason = (error: RetriedError): string => error.additionalDetails ?? error.message;
 * ```
 */
export interface RetriedError {
  /** The server's error message. */
  readonly message: string;
  /** The server's classification, as sent: a string, or an object whose only key is that string. */
  readonly codexErrorInfo: unknown;
  /** More details from the server or the model's provider. */
  readonly additionalDetails: string | null;
}

/**
 * What is known of a turn that took too long.
 *
 * @example
 * ```ts
 * import type { TurnResult } from "@codex-app-server/sdk";
 * import { type TurnTimeoutDetails, TurnTimeoutError } from "@codex-app-server/sdk/errors";
 *
 * const tooSlow = (details: TurnTimeoutDetails<TurnResult>): Error =>
 *   new TurnTimeoutError(30_000, details);
 * ```
 */
export interface TurnTimeoutDetails<Result> {
  /** The last error after which Codex tried again. */
  readonly retriedError?: RetriedError | undefined;
  /** What the turn had produced. */
  readonly result?: Result | null | undefined;
}

/**
 * The turn did not finish within its `timeoutMs` and was interrupted; `result` has what it had produced by then.
 *
 * @example
 * ```ts
 * import { type Thread, type TurnResult, TurnTimeoutError } from "@codex-app-server/sdk";
 *
 * async function asFarAsItGets(thread: Thread, question: string): Promise<TurnResult | null> {
 *   try {
 *     return await thread.run(question, { timeoutMs: 30_000 });
 *   } catch (error) {
 *     if (error instanceof TurnTimeoutError) return error.result;
 *     throw error;
 *   }
 * }
 * ```
 */
export class TurnTimeoutError<Result = unknown> extends CodexError {
  /** The class name. */
  override readonly name: string = "TurnTimeoutError";
  /** The limit in milliseconds. */
  readonly timeoutMs: number;
  /** The last error after which Codex tried again, if any: usually why the turn took so long. */
  readonly retriedError: RetriedError | undefined;
  /** What the turn had produced by then; `null` if it had not started. */
  readonly result: Result | null;

  /** Creates the error for a limit in milliseconds, with what is known of the turn. */
  constructor(timeoutMs: number, { retriedError, result = null }: TurnTimeoutDetails<Result> = {}) {
    super(`Cannot finish the turn: it took longer than ${timeoutMs} ms${retried(retriedError)}`, {
      code: "turn_timeout",
    });
    this.timeoutMs = timeoutMs;
    this.retriedError = retriedError;
    this.result = result;
  }
}

/**
 * The turn's thread was inactive for `idleTimeoutMs` although no request was waiting for an answer; the turn was
 * interrupted. `result` has what it had produced by then.
 *
 * @example
 * ```ts
 * import { TurnIdleTimeoutError } from "@codex-app-server/sdk/errors";
 *
 * function explain(error: unknown): string | undefined {
 *   if (error instanceof TurnIdleTimeoutError) return `silent for ${error.idleTimeoutMs} ms`;
 * }
 * ```
 */
export class TurnIdleTimeoutError<Result = unknown> extends CodexError {
  /** The class name. */
  override readonly name: string = "TurnIdleTimeoutError";
  /** The limit in milliseconds. */
  readonly idleTimeoutMs: number;
  /** The last error after which Codex tried again, if any. */
  readonly retriedError: RetriedError | undefined;
  /** What the turn had produced by then; `null` if it had not started. */
  readonly result: Result | null;

  /** Creates the error for a limit in milliseconds, with what is known of the turn. */
  constructor(
    idleTimeoutMs: number,
    { retriedError, result = null }: TurnTimeoutDetails<Result> = {},
  ) {
    super(`Cannot finish the turn: no activity for ${idleTimeoutMs} ms${retried(retriedError)}`, {
      code: "turn_idle_timeout",
    });
    this.idleTimeoutMs = idleTimeoutMs;
    this.retriedError = retriedError;
    this.result = result;
  }
}

/**
 * The model needs a login and nobody is logged in: the turn was interrupted instead of being retried for minutes.
 *
 * @example
 * ```ts
 * import { NotLoggedInError, type Thread } from "@codex-app-server/sdk";
 *
 * async function ask(thread: Thread, question: string): Promise<string | null> {
 *   try {
 *     return (await thread.run(question)).finalResponse;
 *   } catch (error) {
 *     if (error instanceof NotLoggedInError) console.error("Run `codex login` first.");
 *     throw error;
 *   }
 * }
 * ```
 */
export class NotLoggedInError extends CodexError {
  /** The class name. */
  override readonly name: string = "NotLoggedInError";
  /** The error after which Codex would have tried again. */
  readonly retriedError: RetriedError | undefined;

  /** Creates the error with the one that Codex was about to retry. */
  constructor(retriedError?: RetriedError) {
    const remedy = "call loginApiKey() or loginChatgpt(), or run `codex login`";
    super(`Cannot run the turn: nobody is logged in, ${remedy}${retried(retriedError)}`, {
      code: "not_logged_in",
    });
    this.retriedError = retriedError;
  }
}

/**
 * The server no longer runs the turn, but neither reported its end nor can tell its outcome; `result` has what it had
 * reported.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import { TurnLostError } from "@codex-app-server/sdk/errors";
 *
 * async function lookAgain(codex: Codex, error: unknown): Promise<unknown> {
 *   if (!(error instanceof TurnLostError)) throw error;
 *   const thread = await codex.threadResume(error.threadId);
 *   return (await thread.read({ includeTurns: true })).thread.turns.at(-1);
 * }
 * ```
 */
export class TurnLostError<Result = unknown> extends CodexError {
  /** The class name. */
  override readonly name: string = "TurnLostError";
  /** The id of the turn. */
  readonly turnId: string;
  /** The id of the turn's thread. */
  readonly threadId: string;
  /** What had been reported of the turn. */
  readonly result: Result | null;

  /** Creates the error for a turn; the cause is the error that prevented reading it back. */
  constructor(
    threadId: string,
    turnId: string,
    options: { readonly cause?: unknown; readonly result?: Result | null } = {},
  ) {
    const { cause, result = null } = options;
    super(
      `Cannot determine how turn "${turnId}" ended: its thread is idle, its end was not reported`,
      {
        code: "turn_lost",
        ...(cause === undefined ? {} : { cause }),
      },
    );
    this.threadId = threadId;
    this.turnId = turnId;
    this.result = result;
  }
}

/**
 * The thread has a running turn; a thread runs one turn at a time.
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
  /** The class name. */
  override readonly name: string = "TurnActiveError";
  /** The id of the thread. */
  readonly threadId: string;

  /** Creates the error for a thread. */
  constructor(threadId: string) {
    const state = `Cannot start a turn: thread "${threadId}" has a running turn`;
    super(`${state}; with "whenBusy", run() and turn() queue or steer`, { code: "turn_active" });
    this.threadId = threadId;
  }
}

/**
 * A reader fell so far behind that its buffer is full; other readers and the turn continue.
 *
 * @example
 * ```ts
 * import { StreamOverflowError } from "@codex-app-server/sdk/errors";
 *
 * const fellBehind = (error: unknown): boolean => error instanceof StreamOverflowError;
 * ```
 */
export class StreamOverflowError extends CodexError {
  /** The class name. */
  override readonly name: string = "StreamOverflowError";
  /** How many events the buffer held. */
  readonly limit: number;

  /** Creates the error for a limit in events. */
  constructor(limit: number) {
    super(`Cannot buffer more events for this reader: ${limit} are unread`, {
      code: "stream_overflow",
    });
    this.limit = limit;
  }
}

/**
 * An image or audio file could not be fetched from its URL; nothing was sent.
 *
 * @example
 * ```ts
 * import { image, type Thread } from "@codex-app-server/sdk";
 * import { InputFetchError } from "@codex-app-server/sdk/errors";
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
  /** The class name. */
  override readonly name: string = "InputFetchError";
  /** The URL. */
  readonly url: string;

  /** Creates the error for a URL and the underlying error. */
  constructor(url: string, cause: unknown) {
    super(`Cannot fetch "${url}": ${errorText(cause)}`, { code: "input_fetch_failed", cause });
    this.url = url;
  }
}

/** Returns the HTTP status in the server's classification of an error, if any. */
export function httpStatusOf(info: unknown): number | null {
  if (typeof info !== "object" || info === null) return null;
  for (const detail of Object.values(info)) {
    const status = (detail as { httpStatusCode?: unknown } | null)?.httpStatusCode;
    if (typeof status === "number") return status;
  }
  return null;
}

/** The end of a message about a turn that Codex kept retrying. */
function retried(error: RetriedError | undefined): string {
  if (error === undefined) return "";
  const { message, additionalDetails } = error;
  const reason = additionalDetails ? `${message} (${additionalDetails})` : message;
  return `; the last error that Codex retried: ${redact(reason)}`;
}
