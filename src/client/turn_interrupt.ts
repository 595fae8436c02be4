/** Interrupts turns: one by its id, whichever one a thread runs, or all of a client. */
import { NoActiveTurnError, TurnMismatchError } from "../errors/steer_errors.ts";
import { RequestTimeoutError } from "../errors/transport_errors.ts";
import { Deadline } from "../util/deadline.ts";
import { waitAtMost } from "../util/timer.ts";
import type { ClientContext } from "./client_context.ts";
import type { ActiveTurn } from "./turns/active_turn.ts";
import type { Sessions } from "./session/sessions.ts";

/** Milliseconds for a review to report the id for its interrupt; it normally does immediately. */
const LIVE_MS = 1_000;
/** Milliseconds for a turn to begin after the reply that names it, if the caller sets no limit. */
const BEGUN_MS = 5_000;
/** Milliseconds for the reply to an interrupt of whatever the thread runs. */
const ANY_MS = 5_000;
/** Milliseconds for running turns to end after an interrupt, before the connection is closed. */
const CLOSE_MS = 1_000;

type Client = Pick<ClientContext, "request">;

/**
 * Sends `turn/interrupt`, and again when the turn begins if it had not: between the reply to its start and its beginning,
 * the server has no turn to interrupt. Codex 0.168 and older then name the previous turn, if that was interrupted. A review
 * is interrupted by a separate id, reported by its `turn/started` and by the server's refusal of any other id.
 *
 * @throws {RequestTimeoutError} if this takes longer than `timeoutMs` overall
 * @throws {JsonRpcError} if the server refuses
 */
export async function interruptTurn(
  context: Client,
  turn: ActiveTurn,
  timeoutMs?: number,
): Promise<void> {
  const { threadId, isReview } = turn;
  const deadline = new Deadline({
    timeoutMs,
    timeoutError: (ms) => new RequestTimeoutError("turn/interrupt", ms),
  });
  const interrupt = async (turnId: string): Promise<void> => {
    await context.request("turn/interrupt", { threadId, turnId }, deadline.limits);
  };
  try {
    if (isReview) {
      const liveMs = timeoutMs ? Math.min(LIVE_MS, timeoutMs / 2) : LIVE_MS; // leaves time for the request
      await waitAtMost(Promise.race([turn.live, turn.outcome]), liveMs, deadline.signal);
    }
    if (turn.ended) return;
    const { hasBegun } = turn;
    try {
      await interrupt(turn.liveId);
    } catch (error) {
      if (turn.ended) throw error;
      const isMismatch = error instanceof TurnMismatchError;
      if (isMismatch && isReview) return await interrupt(error.actual);
      if (hasBegun || !(isMismatch || error instanceof NoActiveTurnError)) throw error;
      const begun = Promise.race([turn.begun, turn.outcome]);
      await waitAtMost(begun, timeoutMs === undefined ? BEGUN_MS : 0, deadline.signal);
      if (!turn.hasBegun) throw error;
      if (!turn.ended) await interrupt(turn.liveId);
    }
  } finally {
    deadline.end();
  }
}

/** Interrupts whatever turn the thread runs, which the server accepts as an empty id; never rejects. */
export async function interruptAny(context: Client, threadId: string, turnId = ""): Promise<void> {
  const limits = { timeoutMs: ANY_MS };
  await context.request("turn/interrupt", { threadId, turnId }, limits).catch(() => {});
}

/** Interrupts a turn, within `limitMs`, and waits for its end without a limit; never rejects. */
export async function endTurn(context: Client, turn: ActiveTurn, limitMs: number): Promise<void> {
  await interruptTurn(context, turn, limitMs).catch(() => {}); // it has ended already, or the connection has
  await turn.outcome;
}

/** Interrupts every running turn of a closing client and waits at most a second; never rejects. */
export async function interruptAll(sessions: Sessions, connection: Client): Promise<void> {
  // A goal left active would continue when its thread is opened again.
  const halted = Promise.all(sessions.owners.map((owner) => owner.halt(connection)));
  const ends = sessions.active.filter(({ isForeign }) => !isForeign).map(async (turn) => {
    await halted;
    await endTurn(connection, turn, CLOSE_MS);
  });
  const ended = sessions.owners.map((owner) => owner.ended);
  await waitAtMost(Promise.all([halted, ...ends, ...ended]), CLOSE_MS);
}
