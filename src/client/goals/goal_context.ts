/** Forwards the caller's requests about the turn of a goal to the running turn. */
import { NoActiveTurnError, TurnMismatchError } from "../../errors/turn_errors.ts";
import type { ClientParams, ClientResult } from "../../generated/client_requests.ts";
import type { RequestOptions } from "../../protocol/connection.ts";
import type { ClientContext } from "../client_context.ts";
import type { GoalTurn } from "./goal_turn.ts";

/** The client for the handle of a goal's turn: steers and interrupts go to the running part. */
export function goalContext(context: ClientContext, goal: GoalTurn): ClientContext {
  const request = (method: string, params: unknown, options?: RequestOptions): Promise<unknown> => {
    switch (method) {
      case "turn/steer":
        return steer(context, goal, params as ClientParams<"turn/steer">, options);
      case "turn/interrupt":
        return interrupt(context, goal, options);
      default:
        return context.request(method as never, params as never, options as never);
    }
  };
  return { ...context, request: request as ClientContext["request"] };
}

/** Steers the running part, or the next one if none runs. */
async function steer(
  context: ClientContext,
  goal: GoalTurn,
  params: ClientParams<"turn/steer">,
  { signal, timeoutMs }: RequestOptions = {},
): Promise<ClientResult<"turn/steer">> {
  const limits = { signal, timeoutMs };
  let part = goal.part ?? await goal.partAfter(undefined, limits);
  for (;;) {
    const expectedTurnId = part?.liveId ?? params.expectedTurnId;
    try {
      return await context.request("turn/steer", { ...params, expectedTurnId }, limits);
    } catch (error) {
      if (!(error instanceof NoActiveTurnError || error instanceof TurnMismatchError)) throw error;
      // The part has ended in the meantime: steer the next one.
      part = await goal.partAfter(part, limits);
      if (part === undefined) throw error;
    }
  }
}

/** Pauses the goal and then interrupts the running part; otherwise the server would start the next one. */
async function interrupt(
  context: ClientContext,
  goal: GoalTurn,
  { signal, timeoutMs }: RequestOptions = {},
): Promise<ClientResult<"turn/interrupt">> {
  await goal.halt(context);
  const { part } = goal;
  if (part === undefined) return {};
  const params = { threadId: part.threadId, turnId: part.liveId };
  return await context.request("turn/interrupt", params, { signal, timeoutMs });
}
