/** Brings what the caller asks about the turn of a goal to the turn that runs. */
import { NoActiveTurnError, TurnMismatchError } from "../../errors/turn_errors.ts";
import type { ClientParams, ClientResult } from "../../generated/client_requests.ts";
import type { RequestOptions } from "../../protocol/connection.ts";
import type { ClientContext } from "../client_context.ts";
import type { GoalTurn } from "./goal_turn.ts";

/** The client as the handle of a goal's turn sees it: a steer and an interrupt go to the part that runs. */
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

/** Gives the running part more input, or the next one where none runs. */
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
      // The part had ended by then: the next one is meant.
      part = await goal.partAfter(part, limits);
      if (part === undefined) throw error;
    }
  }
}

/** Pauses the goal, and then interrupts the part that runs: else the server would start the next one. */
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
