/** Closes the handle of a thread. */
import { ThreadClosedError } from "../../errors/thread_errors.ts";
import { waitAtMost } from "../../util/timer.ts";
import type { ClientContext } from "../client_context.ts";
import type { ThreadState } from "./thread_state.ts";
import { endTurn } from "../turn_interrupt.ts";

/** Milliseconds for running turns to end after an interrupt. */
const INTERRUPT_MS = 1_000;
/** Milliseconds for the reply to `thread/unsubscribe`. */
const UNSUBSCRIBE_MS = 5_000;

/** Interrupts running turns, unsubscribes and releases the thread. Runs only once; never rejects. */
export function closeThread(context: ClientContext, state: ThreadState): Promise<void> {
  if (state.closing === undefined && state.ended) return Promise.resolve();
  return state.closing ??= windUp(context, state);
}

async function windUp(context: ClientContext, state: ThreadState): Promise<void> {
  const { sessions } = context;
  const fate = "it was closed";
  state.end(fate);
  // A goal left active would continue unobserved.
  const owner = sessions.get(state.id)?.owner;
  if (owner !== undefined) await waitAtMost(owner.halt(context), INTERRUPT_MS);
  const turns = sessions.get(state.id)?.active ?? [];
  await waitAtMost(
    Promise.all(
      turns.filter(({ isForeign }) => !isForeign)
        .map((turn) => endTurn(context, turn, INTERRUPT_MS)),
    ),
    INTERRUPT_MS,
  );
  for (const turn of turns) turn.lose(new ThreadClosedError(state.id, fate));
  sessions.get(state.id)?.withdraw("The thread was closed");
  // If the thread is being opened again, the new handle takes over the subscription.
  if (!sessions.get(state.id)?.isOpening) {
    const { id: threadId } = state;
    await context.request("thread/unsubscribe", { threadId }, { timeoutMs: UNSUBSCRIBE_MS })
      .catch(() => {}); // the connection is gone, and so is the subscription
  }
  sessions.of(state.id).detach(state);
}
