/** Gives an input to the turn that runs on a thread, whoever started it. */
import { NoActiveTurnError } from "../../errors/turn_errors.ts";
import type { UserInput } from "../../generated/types.ts";
import { now } from "../../util/clock.ts";
import type { ActiveTurn } from "./active_turn.ts";
import type { ClientContext } from "../client_context.ts";
import { TurnHandle } from "./turn_handle.ts";
import { watchTurn } from "./turn_limits.ts";
import { type PlaceOptions, within } from "./turn_place.ts";
import type { StartedTurn } from "./turn_start.ts";

/** What goes to the running turn. */
interface SteerParams {
  readonly threadId: string;
  readonly input: UserInput[];
  readonly clientUserMessageId?: string | null | undefined;
}

/**
 * Steers the running turn and gives a handle of it; `undefined` when that turn ended first, and it is to be seen anew what
 * the thread does.
 *
 * @throws {TurnNotSteerableError} when the turn takes no input, as a review does
 * @throws {TurnTimeoutError} when the time is over while a turn is being started
 */
export async function steerRunning(
  context: ClientContext,
  params: SteerParams,
  limits: Omit<PlaceOptions, "whenBusy">,
): Promise<StartedTurn | undefined> {
  const { router } = context;
  const { threadId } = params;
  const changed = router.changed(threadId);
  const turn = router.running(threadId);
  const other = turn === undefined ? router.others.on(threadId) : undefined;
  if (turn !== undefined) {
    if (!await steer(context, params, turn.id, limits)) {
      await within(turn.outcome, limits); // its end is on the way
      return undefined;
    }
    return { turn, handle: new TurnHandle(turn, context), isOwn: false };
  }
  if (other === undefined) {
    await within(changed, limits); // a turn is being started
    return undefined;
  }
  return await steerOther(context, params, other, limits);
}

/** From now on the events of a turn that others started are kept for the handle. */
async function steerOther(
  context: ClientContext,
  params: SteerParams,
  turnId: string,
  limits: Omit<PlaceOptions, "whenBusy">,
): Promise<StartedTurn | undefined> {
  const { router } = context;
  const { threadId } = params;
  let turn: ActiveTurn | undefined;
  router.expect(threadId);
  try {
    if (await steer(context, params, turnId, limits)) turn = router.claim(threadId, turnId);
    else router.others.forget(threadId);
  } finally {
    if (turn === undefined) router.abandon(threadId);
  }
  if (turn === undefined) return undefined;
  const handle = new TurnHandle(turn, context);
  watchTurn(context, { turn, handle }, { startedAt: now() });
  return { turn, handle, isOwn: false };
}

/** Sends the steer; `false` when the turn has ended. */
async function steer(
  context: ClientContext,
  { threadId, input, clientUserMessageId }: SteerParams,
  expectedTurnId: string,
  { signal, leftMs }: Omit<PlaceOptions, "whenBusy">,
): Promise<boolean> {
  const fields = clientUserMessageId === undefined ? {} : { clientUserMessageId };
  try {
    const request = { threadId, expectedTurnId, input, ...fields };
    await context.request("turn/steer", request, { signal, timeoutMs: leftMs() || undefined });
    return true;
  } catch (error) {
    if (error instanceof NoActiveTurnError) return false;
    throw error;
  }
}
