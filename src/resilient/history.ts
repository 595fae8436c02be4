/** Follows threads on a new connection, and reads what the client has missed of them. */
import type { Turn } from "../generated/types.ts";
import { now } from "../util/clock.ts";
import { sleep } from "../util/timer.ts";
import { fieldsOf, stringOf } from "./peek.ts";
import { OVERLOADED, RefusedError, type ServerLink } from "./server_link.ts";
import type { ThreadRecord } from "./thread_record.ts";

/** How many turns a page has, and how many pages are read at most. */
const TURNS_PER_PAGE = 5;
const MAX_PAGES = 20;
/** Milliseconds for a turn that has begun to be stored, with its message. */
const STORED_MS = 5_000;
/** Milliseconds for a turn that was sent to begin. */
const BEGUN_MS = 250;
/** Milliseconds for a turn to show as running: one that begins is listed as interrupted for a moment. */
const RUNNING_MS = 500;
/** Milliseconds for the last message of a completed turn to show in the history. */
const STORED_MESSAGE_MS = 100;
/** A server that is slow gets more time: this many times the time of its slowest reply. */
const SLOWNESS = 5;
/** Milliseconds between two attempts to resume a thread, and between two looks at its history. */
const RETRY_MS = 25;
const LOOK_MS = 50;
/** How many threads are followed at the same time. */
const AT_ONCE = 8;
/** How the server refuses to resume a thread that it has loaded but not stored: it has no turn yet. */
const UNSTORED = /no rollout found|not materialized/;
/** The same while its first turn begins. */
const BEGINNING = /is not supported yet/;

/** What became of a thread on a new connection. */
export interface Followed {
  readonly thread: ThreadRecord;
  /** The turns that the client does not know whole, oldest first. */
  readonly turns: readonly Turn[];
  /** Whether one of them may be that of a start which was not found. */
  readonly isDoubtful: boolean;
  /** The status of the thread, if the server reported it. */
  readonly status?: unknown;
  /** Whether the server had unloaded the thread. */
  readonly isReloaded: boolean;
  /** Why the thread cannot be followed any more. */
  readonly lost?: unknown;
}

/** What the client waits for. */
export interface Wanted {
  /** The ids of messages that were sent to a thread, and whose turns are looked for. */
  messages(threadId: string): readonly string[];
  /** Whether a request was sent that makes the server start a turn. */
  isStarting(threadId: string): boolean;
}

/** Follows threads again. Rejects if the connection ends or stays silent. */
export async function followAll(
  link: ServerLink,
  threads: readonly ThreadRecord[],
  wanted: Wanted,
): Promise<readonly Followed[]> {
  const loaded = await loadedThreads(link);
  const left = [...threads];
  const followed: Followed[] = [];
  const worker = async (): Promise<void> => {
    for (let thread = left.shift(); thread !== undefined; thread = left.shift()) {
      followed.push(await follow(link, thread, { wanted, isLoaded: loaded.has(thread.id) }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return followed;
}

/** Follows one thread. */
export async function follow(
  link: ServerLink,
  thread: ThreadRecord,
  { wanted, isLoaded }: { readonly wanted: Wanted; readonly isLoaded: boolean },
): Promise<Followed> {
  const messages = wanted.messages(thread.id);
  thread.isReloaded ||= !isLoaded;
  const { isReloaded } = thread;
  try {
    const begunMs = wanted.isStarting(thread.id) ? BEGUN_MS : 0;
    const patienceMs = thread.knowsTurns ? STORED_MS : begunMs;
    const reply = await resume(link, thread, isLoaded ? patienceMs : undefined);
    if (typeof reply === "string") {
      thread.isFollowed = false;
      return { thread, turns: [], isDoubtful: reply === "beginning", isReloaded: false };
    }
    thread.isFollowed = true;
    const lost = isReloaded ? thread.lostLimits(reply) : undefined;
    // Without them, the agent could do more than it was allowed to.
    if (lost) await link.call("thread/settings/update", { threadId: thread.id, ...lost });
    const missed = await missedTurns(link, thread, messages);
    return { thread, ...missed, status: fieldsOf(reply.thread).status, isReloaded };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { thread, turns: [], isDoubtful: false, isReloaded, lost: error };
  }
}

/** Reads the turns that the client does not know whole, oldest first; again if the history lags behind. */
export async function missedTurns(
  link: ServerLink,
  thread: ThreadRecord,
  messages: readonly string[] = [],
): Promise<Pick<Followed, "turns" | "isDoubtful">> {
  const startedAt = now();
  const isOver = (ms: number, most = STORED_MS): boolean =>
    now() - startedAt >= Math.max(ms, Math.min(most, SLOWNESS * link.slowestMs));
  for (;;) {
    const turns = await readTurns(link, thread);
    const isSentMissing = messages.some((id) => turnOfMessage(turns, id) === undefined);
    const isAnswerMissing = turns.some(({ status, items }) =>
      status === "completed" && !items.some(({ type }) => type === "agentMessage")
    );
    const isBeginning = isSentMissing &&
      (turns.some((turn) => turn.status === "inProgress" && isBare(turn)) ||
        (isOver(BEGUN_MS) && !thread.hasOpen && await isActive(link, thread)));
    const isLate = (isBeginning && now() - startedAt < STORED_MS) ||
      (isSentMissing && !isOver(BEGUN_MS)) ||
      (isAnswerMissing && !isOver(STORED_MESSAGE_MS, 5 * STORED_MESSAGE_MS)) ||
      (isUnsure(thread, turns.at(-1)) && !isOver(RUNNING_MS));
    if (!isLate) return { turns, isDoubtful: isBeginning || turns.some(isBare) };
    await sleep(LOOK_MS);
  }
}

/** Whether a turn may run that is listed as interrupted: one that a living server has interrupted has a time of its end. */
function isUnsure(thread: ThreadRecord, turn: Turn | undefined): boolean {
  if (turn?.status !== "interrupted" || turn.completedAt !== null) return false;
  return !thread.isReloaded || thread.turn(turn.id) === undefined;
}

/** Whether a turn runs, which the history may not show yet. */
async function isActive(link: ServerLink, { id: threadId }: ThreadRecord): Promise<boolean> {
  try {
    const { thread } = await link.call("thread/read", { threadId });
    return fieldsOf(fieldsOf(thread).status).type === "active";
  } catch (error) {
    if (error instanceof RefusedError) return false;
    throw error;
  }
}

/** Whether a turn does not show the message that it began with, as it is stored some milliseconds after the turn. */
function isBare({ items }: Turn): boolean {
  return items.length === 0;
}

/** Returns the turn that a message with this id belongs to. */
export function turnOfMessage(turns: readonly Turn[], messageId: string): Turn | undefined {
  return turns.find(({ items }) =>
    items.some((item) => item.type === "userMessage" && item.clientId === messageId)
  );
}

/**
 * Returns the reply to a resume. `patienceMs`: how long a thread that the server has loaded may take until it has a turn;
 * then `"empty"`, or `"beginning"` if its first turn began and was not stored in time.
 */
async function resume(
  link: ServerLink,
  thread: ThreadRecord,
  patienceMs: number | undefined,
): Promise<Readonly<Record<string, unknown>> | "empty" | "beginning"> {
  const startedAt = now();
  for (;;) {
    try {
      const params = { ...thread.opening, threadId: thread.id, excludeTurns: true };
      return await link.call("thread/resume", params);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const isLoaded = patienceMs !== undefined;
      const isBeginning = isLoaded && BEGINNING.test(error.message);
      const isUnstored = isLoaded && UNSTORED.test(error.message);
      const isOver = now() - startedAt >= (isUnstored ? patienceMs : STORED_MS);
      if (isOver && isUnstored && thread.isNew) return "empty";
      if (isOver && isBeginning && thread.isNew) return "beginning";
      if (isOver || !(isUnstored || isBeginning || error.rpcCode === OVERLOADED)) throw error;
    }
    await sleep(RETRY_MS);
  }
}

async function loadedThreads(link: ServerLink): Promise<ReadonlySet<unknown>> {
  const loaded = new Set<unknown>();
  let cursor: unknown = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const reply = await link.call("thread/loaded/list", { cursor });
    for (const id of Array.isArray(reply.data) ? reply.data : []) loaded.add(id);
    cursor = reply.nextCursor;
    if (cursor == null) break;
  }
  return loaded;
}

async function readTurns(link: ServerLink, thread: ThreadRecord): Promise<readonly Turn[]> {
  const last = thread.knowsTurns ? undefined : await lastKnownTurn(link, thread);
  const isAllNews = thread.isNew || last !== undefined || thread.knowsTurns;
  const open = new Set(thread.open.map(({ id }) => id));
  const turns: Turn[] = [];
  let cursor: unknown = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const reply = await link.call("thread/turns/list", {
      threadId: thread.id,
      limit: TURNS_PER_PAGE,
      sortDirection: "desc",
      itemsView: "full",
      cursor,
    });
    for (const turn of turnsIn(reply.data)) {
      const isKnown = open.delete(turn.id);
      const isOld = !isKnown && (turn.id === last || thread.hasEnded(turn.id));
      const isWanted = isKnown || (!isOld && (isAllNews || turn.status === "inProgress"));
      if (isWanted) turns.push(turn);
      // Turns of one thread follow each other: before one that is known, there is no news.
      if ((isKnown || isOld || !isAllNews) && open.size === 0) return turns.reverse();
    }
    cursor = reply.nextCursor;
    if (cursor == null) break;
  }
  return turns.reverse();
}

/** Returns the id of the turn that was the last one when the thread was opened. */
async function lastKnownTurn(
  link: ServerLink,
  { id: threadId, cursor }: ThreadRecord,
): Promise<string | undefined> {
  if (cursor === undefined) return undefined;
  const params = { threadId, cursor, sortDirection: "asc", limit: 1, itemsView: "notLoaded" };
  const { data } = await link.call("thread/turns/list", params);
  return Array.isArray(data) ? stringOf(fieldsOf(data[0]).id) : undefined;
}

/** The turns of a page; a newer server may leave any field out. */
function turnsIn(data: unknown): readonly Turn[] {
  if (!Array.isArray(data)) return [];
  return data.filter((turn) => typeof fieldsOf(turn).id === "string").map((turn: Turn) => ({
    ...turn,
    status: turn.status ?? "inProgress",
    items: Array.isArray(turn.items)
      ? turn.items.filter((item) => typeof fieldsOf(item).id === "string")
      : [],
  }));
}
