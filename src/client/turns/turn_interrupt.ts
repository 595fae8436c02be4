/** Asks the server to interrupt a turn, by the id that it takes. */
import { NoActiveTurnError, TurnMismatchError } from "../../errors/turn_errors.ts";
import { waitAtMost } from "../../util/timer.ts";
import type { ActiveTurn } from "./active_turn.ts";
import type { ClientContext } from "../client_context.ts";

/** Milliseconds for a review to tell the id by which it is interrupted; normally it does at once. */
const LIVE_MS = 1_000;

/** Milliseconds for a turn to begin after the reply that names it, where the caller sets no limit. */
const BEGUN_MS = 5_000;

/**
 * Sends `turn/interrupt`, and once more when the turn begins: between its reply to the start and the beginning, the server
 * knows of no turn to interrupt. Codex 0.168 and older then still name the turn before, if that was interrupted. A review is
 * only found by an id of its own, which its `turn/started` tells after the reply, and the server's refusal of any other.
 *
 * @throws {JsonRpcError} when the server refuses
 */
export async function interruptTurn(
  context: Pick<ClientContext, "request">,
  turn: ActiveTurn,
  timeoutMs?: number,
): Promise<void> {
  const { threadId, isReview } = turn;
  const interrupt = async (turnId: string): Promise<void> => {
    await context.request("turn/interrupt", { threadId, turnId }, { timeoutMs });
  };
  if (isReview) await waitAtMost(Promise.race([turn.live, turn.outcome]), LIVE_MS);
  if (turn.ended) return;
  const { hasBegun } = turn;
  try {
    await interrupt(turn.liveId);
  } catch (error) {
    if (turn.ended) throw error;
    const isMismatch = error instanceof TurnMismatchError;
    if (isMismatch && isReview) return await interrupt(error.actual);
    if (hasBegun || !(isMismatch || error instanceof NoActiveTurnError)) throw error;
    await waitAtMost(Promise.race([turn.begun, turn.outcome]), timeoutMs ?? BEGUN_MS);
    if (!turn.hasBegun) throw error;
    if (!turn.ended) await interrupt(turn.liveId);
  }
}
