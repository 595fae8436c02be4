/** What a lost connection meant for its client. */

/**
 * A connection that was lost and replaced, as reported to `onGap`.
 *
 * @example
 * ```ts
 * import type { Gap } from "@codex-app-server/sdk/transport";
 *
 * function log({ ms, attempts, items, unknown, restarted }: Gap): void {
 *   console.warn(`down for ${ms} ms (${attempts} attempts), ${items} items read again`);
 *   if (restarted) console.warn("the server was restarted: its running turns were interrupted");
 *   if (unknown.length > 0) console.warn("perhaps done, perhaps not:", unknown);
 * }
 * ```
 */
export interface Gap {
  /** Milliseconds from the loss until everything missed had been delivered. */
  readonly ms: number;
  /** How many times a connection was tried. */
  readonly attempts: number;
  /** How many threads were followed again. */
  readonly threads: number;
  /** How many items had been missed and were read again. */
  readonly items: number;
  /** Ids of the threads that the server had unloaded, and that were loaded again. */
  readonly reloaded: readonly string[];
  /** Ids of the threads that could not be loaded again; the client gets `thread/closed`. */
  readonly lost: readonly string[];
  /** Methods of the requests that were sent again. */
  readonly resent: readonly string[];
  /** Methods of the requests that rejected with `OutcomeUnknownError`. */
  readonly unknown: readonly string[];
  /** Whether the server was restarted, as far as it shows: a turn that ran is `interrupted` then. */
  readonly restarted: boolean;
  /** What the server calls itself, with its version; differs from `previousUserAgent` after an update. */
  readonly userAgent: string;
  /** What the server called itself before. */
  readonly previousUserAgent: string;
}
