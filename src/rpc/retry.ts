/** Retries requests that an overloaded server refused. */
import { isCodexError } from "../errors/codex_error.ts";
import type { ServerBusyError } from "../errors/json_rpc_errors.ts";
import { checkOptionNames, type OptionNames } from "../util/option_names.ts";
import { checkLimitMs, sleep } from "../util/timer.ts";

/**
 * Options of {@linkcode retryOnOverload}.
 *
 * @example
 * ```ts
 * import type { RetryOptions } from "@codex-app-server/sdk";
 *
 * const stubborn: RetryOptions = { maxAttempts: 6, initialDelayMs: 500, maxDelayMs: 10_000 };
 * ```
 */
export interface RetryOptions {
  /**
   * Maximum number of attempts.
   * @default {3}
   */
  readonly maxAttempts?: number | undefined;
  /**
   * Upper bound of the first delay in milliseconds; it doubles with each attempt.
   * @default {250}
   */
  readonly initialDelayMs?: number | undefined;
  /**
   * Upper bound of any delay in milliseconds.
   * @default {2_000}
   */
  readonly maxDelayMs?: number | undefined;
  /**
   * Which part of each delay is random, from 0 to 1: `1` waits between nothing and the whole delay, `0` exactly the delay.
   * @default {1}
   */
  readonly jitterRatio?: number | undefined;
  /** Stops retrying: the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

const RETRY_OPTIONS: OptionNames<RetryOptions> = {
  maxAttempts: true,
  initialDelayMs: true,
  maxDelayMs: true,
  jitterRatio: true,
  signal: true,
};

/**
 * Returns whether the server was overloaded, so that the same request can be sent again: the code -32001, or another code of
 * the server (-32000 to -32099) whose data says `server_overloaded`.
 *
 * @example
 * ```ts
 * import { isRetryableError } from "@codex-app-server/sdk";
 *
 * console.log(isRetryableError(new Error("other"))); // false
 * ```
 */
export function isRetryableError(error: unknown): error is ServerBusyError {
  return isCodexError(error) && "rpcCode" in error &&
    (error.rpcCode === OVERLOADED || BUSY.has(error.code));
}

/** The JSON-RPC code of an overloaded server. */
const OVERLOADED = -32001;

/** The codes of `ServerBusyError` and `RetryLimitExceededError`, in whichever copy of the package they were made. */
const BUSY: ReadonlySet<string> = new Set(["server_busy", "retry_limit_exceeded"]);

/**
 * Retries an operation while the server is overloaded, with exponential backoff and jitter.
 *
 * @throws the error of the last attempt, or immediately an error that is not retryable
 * @throws {RangeError} if an option is out of range
 *
 * @example
 * ```ts
 * import { Codex, retryOnOverload } from "@codex-app-server/sdk";
 *
 * async function listModels(codex: Codex): Promise<unknown> {
 *   return await retryOnOverload(() => codex.request("model/list", {}), { maxAttempts: 5 });
 * }
 * ```
 */
export async function retryOnOverload<T>(
  operation: () => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  checkOptionNames("retryOnOverload()", options, RETRY_OPTIONS);
  const { maxAttempts = 3, initialDelayMs = 250, maxDelayMs = 2_000, jitterRatio = 1, signal } =
    options;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new RangeError(
      `"maxAttempts" must be a positive integer, got ${String(maxAttempts)}`,
    );
  }
  checkLimitMs("initialDelayMs", initialDelayMs);
  checkLimitMs("maxDelayMs", maxDelayMs);
  if (typeof jitterRatio !== "number" || !(jitterRatio >= 0 && jitterRatio <= 1)) {
    throw new RangeError(`"jitterRatio" must be a number from 0 to 1, got ${String(jitterRatio)}`);
  }
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    try {
      return await operation();
    } catch (error) {
      if (attempt === maxAttempts || !isRetryableError(error)) throw error;
    }
    const longest = Math.min(maxDelayMs, initialDelayMs * 2 ** (attempt - 1));
    await sleep(longest * (1 - jitterRatio + Math.random() * jitterRatio), signal);
  }
}
