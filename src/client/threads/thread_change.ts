/** Changes what the server stores about a thread. */
import { TurnActiveError } from "../../errors/turn_errors.ts";
import { type CallOptions, checkId } from "../call_options.ts";
import { checkCallOptions } from "../option_names.ts";
import { checkObject } from "../check_reply.ts";
import type { ClientContext } from "../client_context.ts";
import { requestLoaded } from "../thread_reopen.ts";
import type { ThreadState } from "./thread_state.ts";

/** Sets the name of a thread. */
export async function nameThread(
  context: ClientContext,
  threadId: string,
  name: string,
  options: CallOptions,
): Promise<void> {
  checkCallOptions("setName()", options);
  if (typeof name !== "string" || name.trim() === "") {
    throw new TypeError(
      `The name of a thread must be a non-empty string, got ${JSON.stringify(name)}`,
    );
  }
  const reply = await context.request("thread/name/set", { threadId, name }, options);
  checkObject("thread/name/set", reply);
}

/** Removes a turn and all later turns from a thread. */
export async function revertThread(
  context: ClientContext,
  state: ThreadState,
  beforeTurnId: string,
  options: CallOptions,
): Promise<void> {
  checkCallOptions("revert()", options);
  checkId("turn", beforeTurnId);
  state.assertUsable();
  const { id: threadId } = state;
  if (context.sessions.get(threadId)?.isBusy) throw new TurnActiveError(threadId);
  const params = { threadId, beforeTurnId };
  checkObject("thread/revert", await requestLoaded(context, "thread/revert", params, options));
  context.sessions.get(threadId)?.usage.cutAt({ beforeTurnId });
  // The server reloads the thread for this and keeps the subscription.
  state.unloaded = false;
}
