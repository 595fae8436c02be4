/** The sessions of a client by thread id; each notification is looked up once. */
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";
import { AgentRegistry } from "../agents/agent_registry.ts";
import type { ClientContext } from "../client_context.ts";
import { hasDelta } from "../events/delta_run.ts";
import type { ActiveTurn } from "../turns/active_turn.ts";
import type { TurnOwner } from "../turns/turn_owner.ts";
import { RecentIds } from "./recent_ids.ts";
import { type SharedSessions, ThreadSession } from "./thread_session.ts";

/** Maximum number of sessions; past it, the oldest unpinned one is dropped, preferably one without a running turn. */
const MAX_KEPT = 4_096;

/** The notifications that create a session for an unknown thread. */
const OPENING: ReadonlySet<string> = new Set(["item/started", "turn/started", "turn/completed"]);

/** Whether a notification belongs to no known thread, and if it does, whether readers await it as a single event. */
export type Receipt = "unknown" | "awaited" | "unawaited";

/** Everything that a client knows about threads. */
export class Sessions implements SharedSessions {
  readonly abandoned: RecentIds = new RecentIds();
  readonly ended: RecentIds = new RecentIds();
  /** The threads of sub-agents, and their watchers. */
  readonly agents: AgentRegistry;
  readonly #sessions = new Map<string, ThreadSession>();
  /** The session of the last notification: usually also that of the next. */
  #latest: ThreadSession | undefined;
  #closed: { readonly error: unknown } | undefined;

  /** Starts empty. `context` is called when a sub-agent's turn gets a handle. */
  constructor(context: () => ClientContext) {
    this.agents = new AgentRegistry(this, context);
  }

  /** Number of sessions. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Set once the connection is gone. */
  get closed(): { readonly error: unknown } | undefined {
    return this.#closed;
  }

  /** All sessions, oldest first. */
  get all(): readonly ThreadSession[] {
    return [...this.#sessions.values()];
  }

  /** The turns that have a handle and have not ended. */
  get active(): readonly ActiveTurn[] {
    return this.all.flatMap(({ active }) => active);
  }

  /** The owners of the turns that the server starts by itself. */
  get owners(): readonly TurnOwner[] {
    return this.all.flatMap(({ owner }) => owner ?? []);
  }

  /** Returns the session of a known thread. Do not keep it across a wait: idle sessions are dropped. */
  get(threadId: string): ThreadSession | undefined {
    return this.#sessions.get(threadId);
  }

  /** Returns the session of a thread, creating it if necessary. Do not keep it across a wait. */
  of(threadId: string): ThreadSession {
    let session = this.#sessions.get(threadId);
    if (session !== undefined) return session;
    if (this.#sessions.size >= MAX_KEPT) this.#forgetOne();
    this.#sessions.set(threadId, session = new ThreadSession(threadId, this));
    return session;
  }

  /** Handles a notification. */
  receive(event: ServerNotification): Receipt {
    const { params } = event;
    if (!isRecord(params)) return "unknown";
    const session = this.#find(event.method, params);
    if (session?.agent !== undefined) this.agents.recordActivityAbove(session);
    // Most notifications are deltas, which only concern their turn.
    if (hasDelta(event)) {
      if (session === undefined) return "unknown";
      return session.passDelta(event, params.turnId) ? "awaited" : "unawaited";
    }
    this.agents.observe(event);
    if (session === undefined) return "unknown";
    const turn: unknown = params.turn;
    session.accept(event, params.turnId ?? (isRecord(turn) ? turn.id : undefined));
    this.settled(session);
    return "awaited";
  }

  /** Tells the sub-agents that a turn is about to end. */
  turnEnding(threadId: string, turnId: unknown): void {
    this.agents.turnEnding(threadId, turnId);
  }

  /** Drops a session if it has become idle. */
  settled(session: ThreadSession): void {
    if (!session.isIdle || this.#sessions.get(session.id) !== session) return;
    this.#sessions.delete(session.id);
    if (this.#latest === session) this.#latest = undefined;
  }

  /** Ends everything because the connection is gone. Streams end with `streamError`. */
  close(error: unknown, streamError?: unknown): void {
    this.#closed = { error };
    for (const session of this.all) session.close(error, streamError);
    this.agents.clear();
    for (const session of this.all) this.settled(session);
  }

  #find(method: string, params: Readonly<Record<string, unknown>>): ThreadSession | undefined {
    const threadId = params.threadId ?? (isRecord(params.thread) ? params.thread.id : undefined);
    const latest = this.#latest;
    if (latest !== undefined && latest.id === threadId) return latest;
    if (typeof threadId !== "string") return undefined;
    const session = OPENING.has(method) ? this.of(threadId) : this.get(threadId);
    if (session !== undefined) this.#latest = session;
    return session;
  }

  #forgetOne(): void {
    const all = this.all;
    const session = all.find(({ isPinned, isAtWork }) => !isPinned && !isAtWork) ??
      all.find(({ isPinned }) => !isPinned);
    if (session === undefined) return;
    this.#sessions.delete(session.id);
    if (this.#latest === session) this.#latest = undefined;
    session.close(undefined, undefined);
  }
}
