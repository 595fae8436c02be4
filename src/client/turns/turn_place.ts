/** Whose turn it is on a thread: a thread runs one turn at a time. */
import { TurnActiveError } from "../../errors/turn_errors.ts";
import type { Deadline } from "../../util/deadline.ts";
import type { ClientContext } from "../client_context.ts";

/**
 * What a start does when the thread has a turn that runs, is being started or waits for its place: `"reject"` with
 * `TurnActiveError`, `"queue"` behind all of them, or `"steer"`: give the input to the turn that runs.
 *
 * @example
 * ```ts
 * import type { Thread, WhenBusy } from "@codex-app-server/sdk";
 *
 * async function add(thread: Thread, input: string, whenBusy: WhenBusy): Promise<string | null> {
 *   return (await thread.run(input, { whenBusy })).finalResponse;
 * }
 * ```
 */
export type WhenBusy = "reject" | "queue" | "steer";

/** Milliseconds to hear from the server whether a turn of others still runs. */
const ASK_MS = 5_000;

/**
 * Checks the option.
 *
 * @throws {TypeError} when it is none of these choices
 */
export function checkWhenBusy(whenBusy: unknown, choices: readonly WhenBusy[]): void {
  if (choices.includes(whenBusy as WhenBusy)) return;
  const known = choices.map((choice) => `"${choice}"`).join(", ");
  throw new TypeError(`"whenBusy" must be one of ${known}, got ${JSON.stringify(whenBusy)}`);
}

/**
 * Reserves the place on the thread for one start: the router expects its turn then, and any other start finds the thread
 * busy. Returns `false` if the thread is busy and the start is to steer.
 */
export async function reservePlace(
  context: ClientContext,
  threadId: string,
  whenBusy: WhenBusy,
  deadline: Deadline,
): Promise<boolean> {
  const { isBusy, starts } = context.sessions.of(threadId);
  const { isQueued } = starts;
  // A steer finds nothing to steer while the place goes to the next in the queue: then it waits there too.
  if (whenBusy === "queue" || (whenBusy === "steer" && isQueued && !isBusy)) {
    return await queue(context, threadId, deadline);
  }
  if (!isQueued && await tryReserve(context, threadId, deadline)) return true;
  if (whenBusy === "steer") return false;
  throw new TurnActiveError(threadId);
}

async function queue(context: ClientContext, threadId: string, deadline: Deadline): Promise<true> {
  const session = context.sessions.of(threadId); // kept as long as a start is in its queue
  const { first, leave } = session.starts.join();
  try {
    await deadline.race(first);
    for (;;) {
      context.connection.assertOpen();
      const { changed } = session; // also a change that comes while the server is asked
      if (await tryReserve(context, threadId, deadline)) return true;
      await deadline.race(changed);
    }
  } finally {
    leave();
    context.sessions.settled(session);
  }
}

/** Tries to get the place; without anything to wait for, it is decided before this returns. */
async function tryReserve(
  context: ClientContext,
  threadId: string,
  deadline: Deadline,
): Promise<boolean> {
  const { starts } = context.sessions.of(threadId);
  // The server would take the input as one more message of an abandoned start; while that is being cancelled, its turn
  // keeps the thread busy.
  if (starts.isAbandoned) await starts.cancelled(deadline.signal);
  if (context.sessions.of(threadId).isBusy) return false;
  if (context.sessions.of(threadId).foreignTurn !== undefined) {
    if (await hasForeignTurn(context, threadId)) return false;
  }
  const session = context.sessions.of(threadId); // an idle one may have been forgotten
  if (session.isBusy) return false;
  session.reserve();
  return true;
}

/** Whether somebody else runs a turn; its end may have been missed, so the server is asked. */
async function hasForeignTurn(
  { sessions, request }: ClientContext,
  threadId: string,
): Promise<boolean> {
  const before = sessions.of(threadId).foreignTurn;
  const read = request("thread/read", { threadId }, { timeoutMs: ASK_MS });
  const status = await read.then(({ thread }) => thread.status?.type, () => undefined);
  const session = sessions.of(threadId);
  if (session.foreignTurn !== before) return session.foreignTurn !== undefined;
  if (status !== "active") session.forgetForeignTurn();
  return status === "active";
}
