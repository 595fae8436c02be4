/** Gives an input to the turn that runs on a thread, whoever started it. */
import { NoActiveTurnError } from "../../errors/turn_errors.ts";
import type { UserInput } from "../../generated/types.ts";
import type { Deadline } from "../../util/deadline.ts";
import type { ClientContext } from "../client_context.ts";
import type { ActiveTurn } from "./active_turn.ts";
import { TurnHandle } from "./turn_handle.ts";
import { watchTurn } from "./turn_launch.ts";

/** What goes to the running turn. */
interface SteerParams {
  readonly threadId: string;
  readonly input: UserInput[];
  readonly clientUserMessageId?: string | null | undefined;
}

/**
 * Steers the running turn and returns it; `undefined` if that turn ended first, and the thread's state has to be looked at
 * again.
 *
 * @throws {TurnNotSteerableError} if the turn takes no input, as a review does
 */
export async function steerRunning(
  context: ClientContext,
  params: SteerParams,
  deadline: Deadline,
): Promise<ActiveTurn | undefined> {
  const session = context.sessions.of(params.threadId);
  const { changed, running: turn, foreignTurn } = session;
  if (turn !== undefined) {
    if (await steer(context, params, turn.id, deadline)) return turn;
    await deadline.race(turn.outcome); // its end is on the way
    return undefined;
  }
  if (foreignTurn !== undefined) {
    return await steerForeign(context, params, foreignTurn, deadline);
  }
  await deadline.race(changed); // a turn is being started
  return undefined;
}

/** From now on the events of a turn that others started are kept for the handle. */
async function steerForeign(
  context: ClientContext,
  params: SteerParams,
  turnId: string,
  deadline: Deadline,
): Promise<ActiveTurn | undefined> {
  const session = context.sessions.of(params.threadId);
  let turn: ActiveTurn | undefined;
  session.reserve(); // so that it is not forgotten meanwhile
  try {
    if (await steer(context, params, turnId, deadline)) turn = session.adopt(turnId);
    else session.forgetForeignTurn();
  } finally {
    if (turn === undefined) session.release();
  }
  if (turn === undefined) return undefined;
  watchTurn(context, { turn, handle: new TurnHandle(turn, context) });
  return turn;
}

/** Sends the steer; returns `false` if the turn has ended. */
async function steer(
  context: ClientContext,
  { threadId, input, clientUserMessageId }: SteerParams,
  expectedTurnId: string,
  deadline: Deadline,
): Promise<boolean> {
  const fields = clientUserMessageId === undefined ? {} : { clientUserMessageId };
  try {
    const params = { threadId, expectedTurnId, input, ...fields };
    await context.request("turn/steer", params, deadline.limits);
    return true;
  } catch (error) {
    if (error instanceof NoActiveTurnError) return false;
    throw error;
  }
}
