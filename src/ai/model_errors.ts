/** Errors of the client as errors of the AI SDK. */
import { AISDKError, APICallError, LoadAPIKeyError } from "@ai-sdk/provider";
import { isCodexError } from "../errors/codex_error.ts";
import { NotLoggedInError, ServerOverloadedError, TurnFailedError } from "../errors/turn_errors.ts";
import { StartupTimeoutError } from "../errors/start_errors.ts";
import { errorText } from "../util/error_text.ts";
import { isRetryableError } from "../rpc/retry.ts";
import type { TurnResult } from "../client/turns/turn_result.ts";

/** What was being done when the error came. */
export interface ErrorPlace {
  /** The method of the protocol. */
  readonly method: string;
  /** Whether the thread would keep the message of a failed attempt: a repeated one would be there twice. */
  readonly keepsMessage: boolean;
}

/**
 * Returns the error of a call for the AI SDK. An abort and an error of the AI SDK stay what they are. Whether it may be tried
 * again: only if nothing was done yet, as a turn that ran commands must not run them twice.
 */
export function modelError(
  error: unknown,
  signal: AbortSignal | undefined,
  place: ErrorPlace,
): unknown {
  if (signal?.aborted && error === signal.reason) return error;
  if (AISDKError.isInstance(error) || !isCodexError(error)) return error;
  if (error instanceof NotLoggedInError) {
    return withCause(new LoadAPIKeyError({ message: error.message }), error);
  }
  const status = error instanceof TurnFailedError ? error.httpStatusCode : null;
  return new APICallError({
    message: errorText(error),
    url: `codex:${place.method}`,
    requestBodyValues: {},
    isRetryable: isRetryable(error, place),
    data: dataOf(error),
    cause: error,
    ...(status === null ? {} : { statusCode: status }),
  });
}

function isRetryable(error: unknown, { keepsMessage }: ErrorPlace): boolean {
  if (isRetryableError(error) || error instanceof StartupTimeoutError) return true;
  if (!(error instanceof TurnFailedError) || keepsMessage) return false;
  const { httpStatusCode: status } = error;
  const isPassing = error instanceof ServerOverloadedError || status === 429 ||
    (status !== null && status >= 500);
  return isPassing && didNothing(error.result as TurnResult);
}

/** Whether a turn has only talked. */
function didNothing({ items }: TurnResult): boolean {
  return items.every(({ type }) =>
    type === "userMessage" || type === "reasoning" || type === "agentMessage"
  );
}

/** The code of the error, and what the server said. */
function dataOf(error: { readonly code: string }): Record<string, unknown> {
  if (!(error instanceof TurnFailedError)) return { code: error.code };
  const { threadId, turnId } = error.failure;
  return { code: error.code, threadId, turnId, codexErrorInfo: error.codexErrorInfo };
}

function withCause<E extends Error>(error: E, cause: unknown): E {
  return Object.defineProperty(error, "cause", { value: cause, configurable: true });
}
