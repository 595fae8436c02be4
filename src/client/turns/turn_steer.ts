/** Adds input to a running turn. */
import { NoActiveTurnError, TurnMismatchError } from "../../errors/steer_errors.ts";
import type { UserInput } from "../../generated/types.ts";
import type { RequestOptions } from "../../protocol/connection.ts";
import { waitAtMost } from "../../util/timer.ts";
import { checkObject } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import type { ActiveTurn } from "./active_turn.ts";

type Limits = Pick<RequestOptions, "signal" | "timeoutMs">;

/** Milliseconds for a turn to begin after the reply that names it. */
const BEGUN_MS = 5_000;

/** The input for the running turn. */
export interface SteerParams {
  readonly threadId: string;
  readonly input: UserInput[];
  readonly clientUserMessageId?: string | null | undefined;
}

/**
 * Adds input to a turn. Tries again when the turn begins: between the reply to its start and its beginning, the server has
 * no turn to steer.
 *
 * @throws {NoActiveTurnError} if the turn has ended
 */
export async function steerTurn(
  context: Pick<ClientContext, "request">,
  turn: ActiveTurn,
  params: SteerParams,
  limits: Limits,
): Promise<void> {
  const { hasBegun } = turn;
  try {
    await sendSteer(context, params, turn.id, limits);
  } catch (error) {
    const isEarly = error instanceof NoActiveTurnError || error instanceof TurnMismatchError;
    if (hasBegun || turn.ended || !isEarly) throw error;
    await waitAtMost(Promise.race([turn.begun, turn.outcome]), BEGUN_MS, limits.signal);
    if (!turn.hasBegun || turn.ended) throw error;
    await sendSteer(context, params, turn.id, limits);
  }
}

/** Sends `turn/steer`. */
export async function sendSteer(
  context: Pick<ClientContext, "request">,
  { threadId, input, clientUserMessageId }: SteerParams,
  expectedTurnId: string,
  limits: Limits,
): Promise<void> {
  const fields = clientUserMessageId === undefined ? {} : { clientUserMessageId };
  const params = { threadId, expectedTurnId, input, ...fields };
  checkObject("turn/steer", await context.request("turn/steer", params, limits));
}
