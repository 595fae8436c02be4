/** Adds what a turn had produced to the error that ended it. */
import { GoalStalledError, ThreadClosedError } from "../../errors/thread_errors.ts";
import { TransportClosedError } from "../../errors/transport_errors.ts";
import { TurnIdleTimeoutError, TurnLostError, TurnTimeoutError } from "../../errors/turn_errors.ts";
import { TurnLimitError } from "../../errors/turn_limit_error.ts";
import type { TurnResult } from "./turn_result.ts";

/**
 * Returns the error with the partial result, as a copy: several turns may end with the same one. Errors of the caller, such
 * as the reason of a signal, are returned as they are.
 */
export function withPartialResult(error: unknown, result: TurnResult): unknown {
  if (error instanceof TurnTimeoutError) {
    const { timeoutMs, retriedError } = error;
    return new TurnTimeoutError(timeoutMs, { retriedError, result });
  }
  if (error instanceof TurnIdleTimeoutError) {
    const { idleTimeoutMs, retriedError } = error;
    return new TurnIdleTimeoutError(idleTimeoutMs, { retriedError, result });
  }
  if (error instanceof TurnLimitError) {
    const { limit, max, used } = error;
    return new TurnLimitError({ limit, max, used, result });
  }
  if (error instanceof TurnLostError) {
    const { threadId, turnId, cause } = error;
    return new TurnLostError(threadId, turnId, { cause, result });
  }
  if (error instanceof TransportClosedError) {
    return new TransportClosedError(error.close, "finish the turn", { result });
  }
  if (error instanceof ThreadClosedError) {
    return new ThreadClosedError(error.threadId, error.fate, { result });
  }
  if (error instanceof GoalStalledError) {
    return new GoalStalledError(error.threadId, error.status, { result });
  }
  return error;
}
