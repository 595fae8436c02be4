/** When to try again, and when not to. */
import { isCodexError } from "../errors/codex_error.ts";
import type { Connect, Transport } from "../transport/transport.ts";
import { abortable } from "../util/abortable.ts";
import { onAbort } from "../util/on_abort.ts";
import { startTimer } from "../util/timer.ts";

/** Milliseconds for one attempt. */
const ATTEMPT_MS = 10_000;
/** Errors that the next attempt would meet too. */
const FINAL: ReadonlySet<string> = new Set([
  "permission_missing",
  "reconnect_failed",
  "runtime_not_found",
]);

/** Why a server cannot be started or reached, where the next attempt would fail too. */
const FINAL_REASONS: ReadonlySet<unknown> = new Set([
  "codexNotFound",
  "cwdNotFound",
  "denied",
  "forbidden",
  "hostKey",
  "loginRefused",
  "programNotFound",
  "tls",
  "unauthorized",
]);

/** The delay before an attempt, counted from 0: exponential, and random, so that clients do not return all at once. */
export function delayMs(
  attempt: number,
  { baseDelayMs, maxDelayMs }: { readonly baseDelayMs: number; readonly maxDelayMs: number },
): number {
  return Math.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** attempt);
}

/** Whether it is no use to try again after this error. */
export function isFinal(error: unknown): boolean {
  if (!isCodexError(error)) return false;
  return FINAL.has(error.code) || ("reason" in error && FINAL_REASONS.has(error.reason));
}

/** Opens a transport within the time for one attempt; one that opens too late is closed. */
export async function dial(connect: Connect, signal: AbortSignal): Promise<Transport> {
  const attempt = new AbortController();
  const late = new Error(`no connection within ${ATTEMPT_MS} ms`);
  const stopTimer = startTimer(ATTEMPT_MS, () => attempt.abort(late));
  const stopListening = onAbort(signal, () => attempt.abort(signal.reason));
  if (signal.aborted) attempt.abort(signal.reason);
  const opening = Promise.resolve().then(() => connect({ signal: attempt.signal }));
  try {
    return await abortable(opening, attempt.signal);
  } catch (error) {
    if (attempt.signal.aborted) {
      opening.then((transport) => transport.close({ force: true })).catch(() => {});
    }
    throw error;
  } finally {
    stopTimer();
    stopListening();
  }
}
