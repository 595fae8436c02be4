/** Options and arguments that many calls share. */

/**
 * Limits of one call.
 *
 * @example
 * ```ts
 * import type { CallOptions } from "@codex-app-server/sdk";
 *
 * const patient: CallOptions = { timeoutMs: 60_000, signal: AbortSignal.timeout(90_000) };
 * ```
 */
export interface CallOptions {
  /** Cancels the call, which rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until each request rejects with `RequestTimeoutError`; 0 waits without a limit. Defaults to the client's
   * `requestTimeoutMs`.
   */
  readonly timeoutMs?: number | undefined;
}

/**
 * Rejects a name that is missing before it costs a round trip.
 *
 * @throws {TypeError} if the value is not a non-empty string
 */
export function checkText(what: string, value: unknown): asserts value is string {
  if (typeof value === "string" && value !== "") return;
  throw new TypeError(`"${what}" must be a non-empty string, got ${JSON.stringify(value)}`);
}

/**
 * Rejects invalid ids before they cost a round trip.
 *
 * @throws {TypeError} if the id is not a non-empty string
 */
export function checkId(what: string, id: unknown): asserts id is string {
  if (typeof id === "string" && id !== "") return;
  throw new TypeError(`The id of a ${what} must be a non-empty string, got ${JSON.stringify(id)}`);
}
