/** Which levels a request of the server meets before the client's own: its turn's, then its thread's. */
import type { AskedRequest } from "../../protocol/asked_request.ts";
import { now } from "../../util/clock.ts";
import { sleep, waitAtMost } from "../../util/timer.ts";
import type { ThreadLookup, TurnLookup } from "../session/lookups.ts";
import type { HandlerSet } from "../../protocol/handler_set.ts";
import type { RequestPlace } from "./request_place.ts";

/** Milliseconds that a reply is waited for at most: a server may hold it back until it has the answer. */
const REPLY_MS = 10_000;

/** How far up the families of threads a request goes. */
const MAX_GENERATIONS = 16;

/** What is known of threads and turns. */
export interface LevelSources {
  readonly threads: Pick<ThreadLookup, "state" | "opened">;
  readonly router: TurnLookup;
  /** The thread that a thread of a sub-agent comes from. */
  readonly parentOf?: ((threadId: string) => string | undefined) | undefined;
}

/**
 * Gives the levels of the request's turn and thread, the nearest first. While a start or an opening has no reply yet that
 * may be about them, it waits for that: the request may be faster.
 */
export function nearerLevels(
  sources: LevelSources,
  asked: AskedRequest,
  place: RequestPlace | undefined,
  limitMs: number = REPLY_MS,
): readonly HandlerSet[] | Promise<readonly HandlerSet[]> {
  if (asked.threadId === undefined) return [];
  return replyAwaited(sources, asked) === undefined
    ? levelsOf(sources, asked, place)
    : whenClaimed(sources, asked, place, limitMs);
}

async function whenClaimed(
  sources: LevelSources,
  asked: AskedRequest,
  place: RequestPlace | undefined,
  limitMs: number,
): Promise<readonly HandlerSet[]> {
  const until = now() + limitMs;
  let reply = replyAwaited(sources, asked);
  while (reply !== undefined) {
    const leftMs = until - now();
    if (leftMs <= 0) break;
    await waitAtMost(reply, leftMs, asked.signal);
    reply = replyAwaited(sources, asked);
  }
  // Who waits for the same reply, to read the requests of what it names, is told of it after this.
  await sleep(0, asked.signal);
  return levelsOf(sources, asked, place);
}

/** The reply that may give the request its thread or its turn, if there is one to wait for. */
function replyAwaited(
  { threads, router }: LevelSources,
  { threadId, turnId }: AskedRequest,
): Promise<void> | undefined {
  if (threadId === undefined) return undefined;
  const opened = threads.state(threadId) ? undefined : threads.opened(threadId);
  if (opened !== undefined || turnId === undefined) return opened;
  return router.mayBecomeOurs(threadId, turnId) ? router.changed(threadId) : undefined;
}

function levelsOf(
  { threads, router, parentOf }: LevelSources,
  { threadId = "", turnId }: AskedRequest,
  place: RequestPlace | undefined,
): readonly HandlerSet[] {
  // A goal owns the turns that the server starts for it, also before the next one has begun.
  const owner = router.owners.find((held) => held.threadId === threadId);
  const turn = turnId === undefined ? router.running(threadId) : router.turn(threadId, turnId);
  const turnLevel = turn?.handlers ?? owner?.handlers;
  if (place !== undefined) place.turnLevel = turnLevel;
  const state = threads.state(threadId);
  const levels: (HandlerSet | undefined)[] = [
    turnLevel,
    state?.tools?.handlers, // a tool wins over a raw handler, and an unknown name goes on to it
    state?.handlers,
  ];
  // What a sub-agent asks is asked in the name of who started it.
  let parent = parentOf?.(threadId);
  for (let up = 0; parent !== undefined && up < MAX_GENERATIONS; up++) {
    levels.push(router.running(parent)?.handlers, threads.state(parent)?.handlers);
    parent = parentOf?.(parent);
  }
  return levels.filter((level) => level !== undefined);
}
