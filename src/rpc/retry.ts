/** Retries what an overloaded server refused. */
import { isCodexError } from "../errors/codex_error.ts";
import type { ServerBusyError } from "../errors/json_rpc_errors.ts";
import { checkLimitMs, sleep } from "../util/timer.ts";

/** The one JSON-RPC error that says nothing against the request itself. */
const OVERLOADED = -32001;

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
  /** How often the operation runs at most; 3 unless told. */
  readonly maxAttempts?: number | undefined;
  /** The longest first wait in milliseconds; 250 unless told. It doubles with each attempt. */
  readonly initialDelayMs?: number | undefined;
  /** The longest wait in milliseconds; 2,000 unless told. */
  readonly maxDelayMs?: number | undefined;
  /** Ends the waiting: the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tells whether an error says that the server is overloaded (-32001), so that the same request may be sent again.
 *
 * @example
 * ```ts
 * import { isRetryableError } from "@codex-app-server/sdk";
 *
 * console.log(isRetryableError(new Error("other"))); // false
 * ```
 */
export function isRetryableError(error: unknown): error is ServerBusyError {
  return isCodexError(error) && "rpcCode" in error && error.rpcCode === OVERLOADED;
}

/**
 * Runs an operation again while the server is overloaded, waiting a random part of a doubling delay in between.
 *
 * @throws whatever the last attempt threw; an error that is not retryable at once
 * @throws {RangeError} when an option is no number in its range
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
  const { maxAttempts = 3, initialDelayMs = 250, maxDelayMs = 2_000, signal } = options;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new RangeError(
      `"maxAttempts" must be a whole number from 1 up, got ${String(maxAttempts)}`,
    );
  }
  checkLimitMs("initialDelayMs", initialDelayMs);
  checkLimitMs("maxDelayMs", maxDelayMs);
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    try {
      return await operation();
    } catch (error) {
      if (attempt === maxAttempts || !isRetryableError(error)) throw error;
    }
    const longest = Math.min(maxDelayMs, initialDelayMs * 2 ** (attempt - 1));
    await sleep(Math.random() * longest, signal);
  }
}
