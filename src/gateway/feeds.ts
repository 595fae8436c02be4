/** The threads that are loaded for pages, each with its feed. */
import type { Turn } from "../generated/types.ts";
import { isCodexError } from "../errors/codex_error.ts";
import { startTimer } from "../util/timer.ts";
import { GatewayFault } from "./faults.ts";
import { type FeedStart, ThreadFeed } from "./feed.ts";
import type { GatewaySettings } from "./options.ts";
import type { GatewayClient, GatewayThread } from "./port.ts";

/** A feed with those who use it. */
export class FeedEntry {
  readonly feed: ThreadFeed;
  readonly userId: string;
  readonly client: GatewayClient;
  readers = 0;
  /** Turns that are being started. */
  starting = 0;
  #stopTimer: () => void = () => {};

  /** Wraps a feed of a user's thread. */
  constructor(feed: ThreadFeed, userId: string, client: GatewayClient) {
    this.feed = feed;
    this.userId = userId;
    this.client = client;
  }

  /** Whether the thread runs a turn, or is about to. */
  get isBusy(): boolean {
    return this.starting > 0 || this.feed.activeTurnId !== undefined;
  }

  /** Whether nobody reads the thread and nothing happens in it. */
  get isIdle(): boolean {
    return this.readers === 0 && !this.isBusy && this.feed.requests.size === 0;
  }

  /** Calls back once after a time, unless it is called again. */
  wait(ms: number, callback: () => void): void {
    this.#stopTimer();
    this.#stopTimer = startTimer(ms, callback);
  }

  /** Ends the wait. */
  stop(): void {
    this.#stopTimer();
  }
}

/** Opens each thread once and unloads those that nobody uses. */
export class Feeds {
  readonly #settings: GatewaySettings;
  readonly #opening: Map<string, Promise<FeedEntry>> = new Map();
  readonly #entries: Map<string, FeedEntry> = new Map();
  /** Threads that are being created or opened, by user. */
  readonly #reserved: Map<string, number> = new Map();
  #isClosed = false;

  /** Starts without any thread. */
  constructor(settings: GatewaySettings) {
    this.#settings = settings;
  }

  /** The threads that are loaded. */
  get all(): FeedEntry[] {
    return [...this.#entries.values()];
  }

  /** Returns a thread that is loaded. */
  get(threadId: string): FeedEntry | undefined {
    return this.#entries.get(threadId);
  }

  /** Number of turns that a user has running or is starting. */
  running(userId: string): number {
    return this.all.filter((entry) => entry.userId === userId && entry.isBusy).length;
  }

  /** Adds a thread that was just created. */
  add(
    thread: GatewayThread,
    userId: string,
    client: GatewayClient,
    workspaceOf: (cwd: string) => string | null,
  ): FeedEntry {
    const entry = this.#subscribe(thread, userId, client, workspaceOf);
    entry.feed.begin({});
    return entry;
  }

  /** Returns the feed of a thread, opening it if necessary; concurrent calls share one opening. */
  async open(
    threadId: string,
    userId: string,
    client: GatewayClient,
    { resume, workspaceOf }: {
      readonly resume: () => Promise<GatewayThread>;
      readonly workspaceOf: (cwd: string) => string | null;
    },
  ): Promise<FeedEntry> {
    const known = this.#entries.get(threadId);
    if (known !== undefined && known.client === client) return known;
    known?.feed.end({ code: "gap", message: "The thread moved: connect again" });
    let opening = this.#opening.get(threadId);
    if (opening === undefined) {
      const leaveRoom = this.makeRoom(userId);
      opening = this.#open(threadId, userId, client, { resume, workspaceOf });
      this.#opening.set(threadId, opening);
      const done = (): void => {
        this.#opening.delete(threadId);
        leaveRoom();
      };
      opening.then(done, done);
    }
    return await opening;
  }

  /** Makes a thread unloadable again after it was used. */
  release(entry: FeedEntry): void {
    if (!entry.isIdle || entry.feed.ended !== undefined) return;
    entry.wait(this.#settings.idleMs, () => {
      if (entry.isIdle) this.#unload(entry);
    });
  }

  /** Ends all feeds. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#opening.values());
    for (const { feed } of this.all) {
      feed.end({ code: "draining", message: "The gateway is shutting down: connect again later" });
    }
  }

  async #open(
    threadId: string,
    userId: string,
    client: GatewayClient,
    { resume, workspaceOf }: {
      readonly resume: () => Promise<GatewayThread>;
      readonly workspaceOf: (cwd: string) => string | null;
    },
  ): Promise<FeedEntry> {
    const thread = await resume();
    const entry = this.#subscribe(thread, userId, client, workspaceOf);
    entry.readers++; // not to be unloaded for another one
    try {
      entry.feed.begin(await this.#start(threadId, thread, client));
    } catch (error) {
      entry.feed.end({ code: "agent_error", message: "The thread could not be read" });
      throw error;
    } finally {
      entry.readers--;
    }
    return entry;
  }

  /** Reads what is stored, while the events that arrive in the meantime wait. */
  async #start(
    threadId: string,
    thread: GatewayThread,
    client: GatewayClient,
  ): Promise<FeedStart> {
    const [{ thread: stored }, { turns, hasOlder }] = await Promise.all([
      thread.read(),
      lastTurns(client, threadId, this.#settings.limits.snapshotTurns),
    ]);
    return { stored, turns, hasOlder };
  }

  #subscribe(
    thread: GatewayThread,
    userId: string,
    client: GatewayClient,
    workspaceOf: (cwd: string) => string | null,
  ): FeedEntry {
    if (this.#isClosed) {
      void thread.close();
      throw new GatewayFault(503, "draining", "The gateway is shutting down", 5);
    }
    const { limits, allow } = this.#settings;
    const feed = new ThreadFeed(thread, {
      log: { events: limits.logEvents, chars: limits.logChars },
      turns: limits.snapshotTurns,
      chars: limits.snapshotChars,
      always: allow.always,
      workspaceOf,
      onEnd: () => {
        entry.stop();
        if (this.#entries.get(thread.id) === entry) this.#entries.delete(thread.id);
        void thread.close();
      },
      onQuiet: () => this.release(entry),
    });
    const entry = new FeedEntry(feed, userId, client);
    this.#entries.set(thread.id, entry);
    return entry;
  }

  /**
   * Unloads idle threads of a user who has too many, and keeps the room until the returned function is called.
   *
   * @throws {GatewayFault} if all of them are in use
   */
  makeRoom(userId: string): () => void {
    const own = this.all.filter((entry) => entry.userId === userId);
    const reserved = this.#reserved.get(userId) ?? 0;
    const excess = Math.max(0, own.length + reserved + 1 - this.#settings.limits.threads);
    const idle = own.filter(({ isIdle }) => isIdle).slice(0, excess);
    if (idle.length < excess) {
      throw new GatewayFault(429, "too_many_threads", "Too many threads are in use", 5);
    }
    for (const entry of idle) this.#unload(entry);
    this.#reserved.set(userId, reserved + 1);
    return () => {
      const rest = (this.#reserved.get(userId) ?? 1) - 1;
      if (rest > 0) this.#reserved.set(userId, rest);
      else this.#reserved.delete(userId);
    };
  }

  #unload({ feed }: FeedEntry): void {
    feed.end({ code: "unloaded", message: "Nobody used the thread: connect again" });
  }
}

/** Reads the newest turns, oldest first. */
export async function lastTurns(
  client: GatewayClient,
  threadId: string,
  limit: number,
): Promise<{ readonly turns: Turn[]; readonly hasOlder: boolean }> {
  const page = await turnsPage(client, threadId, { limit });
  return { turns: page.data.toReversed(), hasOlder: page.nextCursor !== null };
}

/** Reads a page of the history, newest first; an empty one before the first turn. */
export async function turnsPage(
  client: GatewayClient,
  threadId: string,
  place: { readonly limit: number; readonly cursor?: string },
): Promise<{ readonly data: Turn[]; readonly nextCursor: string | null }> {
  try {
    const params = { threadId, sortDirection: "desc", itemsView: "full", ...place } as const;
    const { data, nextCursor } = await client.request("thread/turns/list", params);
    return { data: Array.isArray(data) ? data : [], nextCursor: nextCursor ?? null };
  } catch (error) {
    if (isCodexError(error) && error.code === "thread_not_materialized") {
      return { data: [], nextCursor: null };
    }
    throw error;
  }
}
