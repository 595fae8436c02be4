/** What every call takes that is one request. */

/**
 * How long a request may take, and who gives it up.
 *
 * @example
 * ```ts
 * import type { CallOptions } from "@codex-app-server/sdk";
 *
 * const patient: CallOptions = { timeoutMs: 60_000, signal: AbortSignal.timeout(90_000) };
 * ```
 */
export interface CallOptions {
  /** Gives the request up: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until each request rejects with `RequestTimeoutError`; 0 waits without a limit. */
  readonly timeoutMs?: number | undefined;
}
