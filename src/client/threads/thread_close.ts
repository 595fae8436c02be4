/** Closes the handle of a thread. */
import { ThreadClosedError } from "../../errors/thread_errors.ts";
import { waitAtMost } from "../../util/timer.ts";
import type { ActiveTurn } from "../turns/active_turn.ts";
import type { ClientContext } from "../client_context.ts";
import type { ThreadState } from "./thread_state.ts";
import { interruptTurn } from "../turns/turn_interrupt.ts";

/** Milliseconds that running turns get to end by an interrupt. */
const INTERRUPT_MS = 1_000;
/** Milliseconds for the reply to the unsubscribing. */
const UNSUBSCRIBE_MS = 5_000;

/** Interrupts what runs, unsubscribes, and lets go of the thread; never rejects, and does it once. */
export function closeThread(context: ClientContext, state: ThreadState): Promise<void> {
  if (state.closing === undefined && state.ended) return Promise.resolve();
  return state.closing ??= windUp(context, state);
}

async function windUp(context: ClientContext, state: ThreadState): Promise<void> {
  const { sessions } = context;
  const fate = "it was closed";
  state.end(fate);
  // A goal that is left active would go on by itself, unseen.
  const owner = sessions.get(state.id)?.owner;
  if (owner !== undefined) await waitAtMost(owner.halt(context), INTERRUPT_MS);
  const turns = sessions.get(state.id)?.active ?? [];
  await waitAtMost(Promise.all(turns.map((turn) => interrupted(context, turn))), INTERRUPT_MS);
  for (const turn of turns) turn.lose(new ThreadClosedError(state.id, fate));
  sessions.get(state.id)?.withdraw("The thread was closed");
  // Who opens the thread again just now takes the subscription over.
  if (!sessions.get(state.id)?.isOpening) {
    const { id: threadId } = state;
    await context.request("thread/unsubscribe", { threadId }, { timeoutMs: UNSUBSCRIBE_MS })
      .catch(() => {}); // the connection is gone, and the subscription with it
  }
  sessions.of(state.id).letGo(state);
}

async function interrupted(context: ClientContext, turn: ActiveTurn): Promise<void> {
  await interruptTurn(context, turn, INTERRUPT_MS).catch(() => {});
  await turn.outcome;
}
