/** Whose turn it is on a thread: a thread runs one turn at a time. */
import { TurnActiveError, TurnTimeoutError } from "../../errors/turn_errors.ts";
import { waitAtMost } from "../../util/timer.ts";
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

/** How a start waits for its place. */
export interface PlaceOptions {
  readonly whenBusy: WhenBusy;
  readonly signal: AbortSignal | undefined;
  /** The limit of the caller, for the error; 0 is none. */
  readonly timeoutMs: number;
  /** What is left of it. */
  readonly leftMs: () => number;
}

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
 * Takes the place on the thread for one start: the router expects its turn then, and any other start finds the thread
 * busy. `false` when the thread is busy and the start is to steer.
 */
export async function takePlace(
  context: ClientContext,
  threadId: string,
  options: PlaceOptions,
): Promise<boolean> {
  const { router, turnQueue } = context;
  const { whenBusy } = options;
  const isWaitedFor = turnQueue.has(threadId);
  // A steer finds nothing to steer while the place goes to the next in the line: then it waits there too.
  const isBetween = isWaitedFor && !router.isBusy(threadId);
  if (whenBusy === "queue" || (whenBusy === "steer" && isBetween)) {
    return await queue(context, threadId, options);
  }
  if (!isWaitedFor && await reserve(context, threadId, options)) return true;
  if (whenBusy === "steer") return false;
  throw new TurnActiveError(threadId);
}

async function queue(
  context: ClientContext,
  threadId: string,
  options: PlaceOptions,
): Promise<true> {
  const { turnQueue, router } = context;
  const { first, leave } = turnQueue.join(threadId);
  try {
    await within(first, options);
    for (;;) {
      context.assertOpen();
      const changed = router.changed(threadId); // also one that comes while the server is asked
      if (await reserve(context, threadId, options)) return true;
      await within(changed, options);
    }
  } finally {
    leave();
  }
}

/** Tries to get the place; without anything to wait for, it is decided before this returns. */
async function reserve(
  context: ClientContext,
  threadId: string,
  options: PlaceOptions,
): Promise<boolean> {
  const { router, givenUp } = context;
  // The server would take the input as one more message of a start that was given up; while that is undone, its turn keeps
  // the thread busy.
  if (givenUp.has(threadId)) await settleGivenUp(context, threadId, options);
  if (router.isBusy(threadId)) return false;
  if (router.others.on(threadId) !== undefined && await isTakenByOthers(context, threadId)) {
    return false;
  }
  if (router.isBusy(threadId)) return false;
  router.expect(threadId);
  return true;
}

async function settleGivenUp(
  { givenUp }: ClientContext,
  threadId: string,
  { signal, timeoutMs, leftMs }: PlaceOptions,
): Promise<void> {
  await givenUp.settled(threadId, signal, timeoutMs === 0 ? 0 : leftMs());
  if (timeoutMs > 0 && leftMs() === 1) throw new TurnTimeoutError(timeoutMs);
}

/** Whether a turn of others runs; its end may have been missed, so the server is asked. */
async function isTakenByOthers(
  { router, request }: ClientContext,
  threadId: string,
): Promise<boolean> {
  const other = router.others.on(threadId);
  const read = request("thread/read", { threadId }, { timeoutMs: ASK_MS });
  const status = await read.then(({ thread }) => thread.status?.type, () => undefined);
  if (router.others.on(threadId) !== other) return router.others.on(threadId) !== undefined;
  if (status !== "active") router.others.forget(threadId);
  return status === "active";
}

/** Waits for a promise within the limits of the caller. */
export async function within(
  promise: Promise<unknown>,
  { signal, timeoutMs, leftMs }: Omit<PlaceOptions, "whenBusy">,
): Promise<void> {
  const done = await waitAtMost(promise.then(() => true), timeoutMs === 0 ? 0 : leftMs(), signal);
  if (done === undefined) throw new TurnTimeoutError(timeoutMs);
}
