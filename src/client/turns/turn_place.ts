/** Reserves a thread for one start at a time, because a thread runs one turn at a time. */
import { TurnActiveError } from "../../errors/turn_errors.ts";
import type { Deadline } from "../../util/deadline.ts";
import type { ClientContext } from "../client_context.ts";

/**
 * What a start does if the thread has a running, starting or queued turn: `"reject"` with `TurnActiveError`, `"queue"`
 * behind all of them, or `"steer"`: add the input to the running turn.
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

/** Milliseconds for the server to report whether a foreign turn still runs. */
const ASK_MS = 5_000;

/**
 * Checks the `whenBusy` option.
 *
 * @throws {TypeError} if it is not one of the choices
 */
export function checkWhenBusy<Choice extends WhenBusy>(
  whenBusy: unknown,
  choices: readonly Choice[],
): asserts whenBusy is Choice {
  if (choices.includes(whenBusy as Choice)) return;
  const known = choices.map((choice) => `"${choice}"`).join(", ");
  throw new TypeError(`"whenBusy" must be one of ${known}, got ${JSON.stringify(whenBusy)}`);
}

/**
 * Reserves the place on the thread for one start: the session then expects its turn, and any other start finds the thread
 * busy. Returns `false` if the thread is busy and the start should steer instead.
 */
export async function reservePlace(
  context: ClientContext,
  threadId: string,
  whenBusy: WhenBusy,
  deadline: Deadline,
): Promise<boolean> {
  const { isBusy, starts } = context.sessions.of(threadId);
  const { isQueued } = starts;
  // Between two queued turns there is nothing to steer: join the queue.
  if (whenBusy === "queue" || (whenBusy === "steer" && isQueued && !isBusy)) {
    return await queue(context, threadId, deadline);
  }
  if (!isQueued && await tryReserve(context, threadId, deadline)) return true;
  if (whenBusy === "steer") return false;
  throw new TurnActiveError(threadId);
}

async function queue(context: ClientContext, threadId: string, deadline: Deadline): Promise<true> {
  const session = context.sessions.of(threadId); // pinned while a start is in its queue
  const { first, leave } = session.starts.join();
  try {
    await deadline.race(first);
    for (;;) {
      context.connection.assertOpen();
      const { changed } = session; // includes a change while the server is being asked
      if (await tryReserve(context, threadId, deadline)) return true;
      await deadline.race(changed);
    }
  } finally {
    leave();
    context.sessions.settled(session);
  }
}

/** Tries to reserve the place; decides synchronously if there is nothing to wait for. */
async function tryReserve(
  context: ClientContext,
  threadId: string,
  deadline: Deadline,
): Promise<boolean> {
  const { starts } = context.sessions.of(threadId);
  // The server would add the input to the turn of an abandoned start. While that is being cancelled, its turn keeps the
  // thread busy.
  if (starts.isAbandoned) await starts.cancelled(deadline.signal);
  if (context.sessions.of(threadId).isBusy) return false;
  if (context.sessions.of(threadId).foreignTurn !== undefined) {
    if (await hasForeignTurn(context, threadId, deadline)) return false;
  }
  const session = context.sessions.of(threadId); // an idle one may have been dropped
  if (session.isBusy) return false;
  session.reserve();
  return true;
}

/** Asks the server whether another client runs a turn, because its end may have been missed. */
async function hasForeignTurn(
  { sessions, request }: ClientContext,
  threadId: string,
  deadline: Deadline,
): Promise<boolean> {
  const before = sessions.of(threadId).foreignTurn;
  const read = request("thread/read", { threadId }, { timeoutMs: ASK_MS });
  const status = await deadline.race(
    read.then((reply) => reply?.thread?.status?.type, () => undefined),
  );
  const session = sessions.of(threadId);
  if (session.foreignTurn !== before) return session.foreignTurn !== undefined;
  if (status !== "active") session.forgetForeignTurn();
  return status === "active";
}
