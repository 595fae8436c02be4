/** Recognises the end of an account's quota. */
import type { Codex } from "../codex.ts";
import { TurnFailedError } from "../errors/turn_errors.ts";
import { timeOfDay } from "../util/clock.ts";

/** Milliseconds to wait if nobody says when the quota is back. */
const UNKNOWN_MS = 5 * 60_000;
/** Milliseconds for the question when it is back. */
const ASK_MS = 5_000;

/** Returns when to go on, in milliseconds since 1970, if the error is about a quota; `undefined` otherwise. */
export async function usageLimitEnd(error: unknown, codex: Codex): Promise<number | undefined> {
  if (!(error instanceof TurnFailedError)) return undefined;
  if (
    error.codexErrorInfo !== "usageLimitExceeded" && error.codexErrorInfo !== "rateLimitExceeded"
  ) {
    return undefined;
  }
  const now = timeOfDay();
  try {
    const { rateLimits: { primary, secondary } } = await codex.rateLimits({ timeoutMs: ASK_MS });
    const ends = [primary, secondary]
      .filter((window) => window !== null && window.usedPercent >= 100)
      .map((window) => (window?.resetsAt ?? 0) * 1_000)
      .filter((end) => end > now);
    if (ends.length > 0) return Math.max(...ends);
  } catch {
    // Accounts with an API key have no windows.
  }
  return now + UNKNOWN_MS;
}
