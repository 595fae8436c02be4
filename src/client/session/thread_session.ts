/** All that a client knows of one thread: who holds it, which turns it runs, and what waits for it. */
import { TurnLostError } from "../../errors/turn_errors.ts";
import type { Thread as WireThread, Turn } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { isRecord } from "../../util/is_record.ts";
import type { Agent, AgentQueue } from "../agents/agent_registry.ts";
import type { ServerRequest } from "../requests/server_request.ts";
import type { Thread } from "../threads/thread.ts";
import { type OpenedThread, type ThreadConfig, ThreadState } from "../threads/thread_state.ts";
import { ActiveTurn } from "../turns/active_turn.ts";
import type { TurnOwner } from "../turns/turn_owner.ts";
import { OpenItems } from "./open_items.ts";
import { PendingStarts } from "./pending_starts.ts";
import type { RecentIds } from "./recent_ids.ts";

/** What the sessions of one client share. */
export interface SharedSessions {
  /** Our turns that were abandoned before their end was reported. */
  readonly abandoned: RecentIds;
  /** Turns that ended before any handle stood for them: the reply that names one of them may come late. */
  readonly ended: RecentIds;
  /** Set once the connection is gone. */
  readonly closed: { readonly error: unknown } | undefined;
  /** Called when a session may have become idle. */
  settled(session: ThreadSession): void;
}

/** The state of a thread as the server has it: the replies to `thread/read` and `thread/turns/list`. */
export interface ThreadSnapshot {
  readonly thread: WireThread;
  /** The last turns of the thread, in any order. */
  readonly turns: readonly Turn[];
}

/**
 * One machine per thread. Notifications change its state ({@linkcode accept}), and so do the starts of turns: a place is
 * reserved, and then released or the turn adopted, whether the reply or the notifications of the turn come first.
 */
export class ThreadSession {
  /** The id of the thread. */
  readonly id: string;
  readonly items: OpenItems = new OpenItems();
  readonly starts: PendingStarts;
  /** What the server asks about the thread and nobody has answered yet. */
  readonly requests: Set<ServerRequest> = new Set();
  /** Where the thread comes from, if it is a sub-agent's. */
  agent: Agent | undefined;
  /** Who wants to know of the sub-agents under the thread. */
  watchers: Set<AgentQueue> | undefined;
  readonly #shared: SharedSessions;
  /** Turns with a handle, and while a start is in flight every turn that may become its own. */
  readonly #turns = new Map<string, ActiveTurn>();
  /** The turn of the last notification: most belong to the same one. */
  #latest: ActiveTurn | undefined;
  /** The type of the thread's status, if it was reported since the first of the turns was started. */
  #status: string | undefined;
  #foreignTurn: string | undefined;
  /** The id of that turn in its events: a review and a sub-agent's turn have one of their own. */
  #foreignRunsAs: string | undefined;
  #owner: TurnOwner | undefined;
  #change: Deferred<void> | undefined;
  #held: { readonly state: ThreadState; readonly thread: Thread } | undefined;
  /** How many requests that open the thread have no reply yet. */
  #opening = 0;
  #opened: Deferred<void> | undefined;

  /** Knows nothing of the thread yet. */
  constructor(id: string, shared: SharedSessions) {
    this.id = id;
    this.#shared = shared;
    this.starts = new PendingStarts(id);
  }

  /** Whether there is nothing to remember. */
  get isIdle(): boolean {
    return !this.isPinned && this.items.size === 0 && this.agent === undefined &&
      this.#foreignTurn === undefined && this.#change === undefined;
  }

  /** Whether somebody here needs the session. */
  get isPinned(): boolean {
    return this.#held !== undefined || this.#turns.size > 0 || !this.starts.isEmpty ||
      this.#owner !== undefined || this.#opening > 0 || this.watchers !== undefined ||
      this.requests.size > 0;
  }

  /** Whether somebody else runs a turn on the thread. */
  get isAtWork(): boolean {
    return this.agent?.turnId !== undefined || this.#foreignTurn !== undefined;
  }

  // The handle of the thread.

  /** The state of the handle, while the thread is held. */
  get state(): ThreadState | undefined {
    return this.#held?.state;
  }

  /** The handle, while the thread is held. */
  get thread(): Thread | undefined {
    return this.#held?.thread;
  }

  /** Whether a request that opens the thread has no reply yet. */
  get isOpening(): boolean {
    return this.#opening > 0;
  }

  /** Whether somebody needs the subscription to the thread, or will when the reply comes. */
  get isWanted(): boolean {
    return this.isOpening || this.state?.ended === false;
  }

  /** Fulfils when every request that opens the thread has its reply; `undefined` if there is none. */
  get opened(): Promise<void> | undefined {
    if (!this.isOpening) return undefined;
    this.#opened ??= deferred();
    return this.#opened.promise;
  }

  /** Records a request that opens the thread; the returned function records its end. */
  opening(): () => void {
    this.#opening++;
    return () => {
      if (--this.#opening > 0) return;
      this.#opened?.resolve();
      this.#opened = undefined;
      this.#shared.settled(this);
    };
  }

  /** Returns the handle of the thread that was opened: the one that is held, brought up to date, or a new one. */
  hold(
    opened: OpenedThread,
    config: ThreadConfig,
    handle: (state: ThreadState) => Thread,
  ): Thread {
    if (this.#held !== undefined && !this.#held.state.ended) {
      this.#held.state.refresh(opened);
      return this.#held.thread;
    }
    const state = new ThreadState(opened, config);
    const thread = handle(state);
    this.#held = { state, thread };
    return thread;
  }

  /** Lets go of a handle that is used up, and ends its streams. */
  letGo(state: ThreadState): void {
    if (this.state === state) this.#held = undefined;
    state.events.close();
    state.handlers.close();
    this.#shared.settled(this);
  }

  // What the server asks about the thread.

  /** Records a request of the server until it is settled. */
  ask(request: ServerRequest): void {
    this.requests.add(request);
    void request.outcome.then(() => {
      this.requests.delete(request);
      this.#shared.settled(this);
    });
  }

  /** Withdraws requests that nobody waits for any more. */
  withdraw(why: string, isMeant: (request: ServerRequest) => boolean = () => true): void {
    if (this.requests.size === 0) return;
    const reason = new DOMException(why, "AbortError");
    for (const request of this.requests) if (isMeant(request)) request.withdraw(reason);
  }

  // The turns of the thread.

  /** The turns that have a handle and have not ended. */
  get active(): readonly ActiveTurn[] {
    return [...this.#turns.values()].filter((turn) => turn.isAdopted && !turn.ended);
  }

  /** The turn that this client has started and that runs. */
  get running(): ActiveTurn | undefined {
    return this.active[0];
  }

  /** Whether a turn runs or is being started by this client. */
  get isBusy(): boolean {
    return this.#owner !== undefined || this.starts.inFlight > 0 || this.running !== undefined;
  }

  /** The turn that somebody else runs, as far as was reported. */
  get foreignTurn(): string | undefined {
    return this.#foreignTurn;
  }

  /** The id that the events of the foreign turn carry. */
  get foreignRunsAs(): string | undefined {
    return this.#foreignTurn === undefined ? undefined : this.#foreignRunsAs;
  }

  /** Fulfils at the next start or end of a turn, and when the connection ends. */
  get changed(): Promise<void> {
    if (this.#shared.closed !== undefined) return Promise.resolve();
    this.#change ??= deferred();
    return this.#change.promise;
  }

  /** A turn that somebody waits for or may come to wait for, by its id or by the one that a review runs under. */
  turn(turnId: string): ActiveTurn | undefined {
    return this.#turns.get(turnId) ??
      [...this.#turns.values()].find((turn) => turn.liveId === turnId);
  }

  /** Whether this is a turn that a handle stands or stood for. */
  isOurs(turnId: string): boolean {
    return this.#shared.abandoned.has(turnId) || this.#turns.get(turnId)?.isAdopted === true;
  }

  /** Whether this is a turn of ours that was abandoned. */
  isAbandoned(turnId: string): boolean {
    return this.#shared.abandoned.has(turnId);
  }

  /** Whether this is no new turn's id: it belongs to a foreign turn, or to one of ours. */
  isKnown(turnId: string): boolean {
    return this.#foreignTurn === turnId || this.isOurs(turnId);
  }

  /** Whether a turn ended before any handle stood for it. */
  hasEnded(turnId: string): boolean {
    return this.#shared.ended.has(turnId);
  }

  /** Whether a start has no reply yet that may name this turn. */
  mayBecomeOurs(turnId: string): boolean {
    return this.starts.inFlight > 0 && this.turn(turnId)?.isAdopted !== true;
  }

  /** Keeps what comes for any turn of the thread until {@linkcode adopt} or {@linkcode release} is called. */
  reserve(): void {
    this.starts.inFlight++;
  }

  /** Ends a reservation: the server started no turn, or nobody waits for it. */
  release(): void {
    if (this.starts.inFlight === 0) return;
    this.#endReservation();
    this.#shared.settled(this);
  }

  /** Ends a reservation with the turn that the server named, and returns that turn with what has come for it. */
  adopt(turnId: string): ActiveTurn {
    const turn = this.#turns.get(turnId) ?? new ActiveTurn(this.id, turnId);
    if (this.#foreignTurn === turnId) this.#foreignTurn = undefined;
    this.#adopt(turn);
    if (this.#status !== undefined) turn.threadStatus(this.#status);
    this.#endReservation();
    // The reply may be older than the end of the connection, and be seen after it.
    if (this.#shared.closed !== undefined) turn.lose(this.#shared.closed.error);
    return turn;
  }

  /** Records a start that its caller gave up, until it is cancelled. */
  abandonStart(cancelled: Promise<void>): void {
    void this.starts.abandon(cancelled).then(() => this.#shared.settled(this));
  }

  /** Records that nobody else runs a turn. */
  forgetForeignTurn(): void {
    this.#foreignTurn = undefined;
    this.#shared.settled(this);
  }

  /** Counts a message that is no notification as activity of the turns. */
  heard(): void {
    for (const turn of this.#turns.values()) turn.heard();
  }

  /** Who takes the turns that the server starts by itself. */
  get owner(): TurnOwner | undefined {
    return this.#owner;
  }

  /** Gives an owner the turns that the server starts by itself. */
  own(owner: TurnOwner): void {
    this.#owner = owner;
  }

  /** Ends an ownership; a turn that still runs does so on its own account. */
  disown(owner: TurnOwner): void {
    if (this.#owner !== owner) return;
    this.#owner = undefined;
    this.#tellChange();
    this.#shared.settled(this);
  }

  // What the server reports.

  /** Takes in a notification of the thread; `turnId` is the turn that it names, if any. */
  accept(event: ServerNotification, turnId: unknown): void {
    this.items.observe(event);
    this.acceptDelta(event, turnId);
    switch (event.method) {
      case "turn/completed":
        this.items.endTurn(event.params.turn);
        if (turnId !== undefined) {
          this.withdraw("The turn has ended", (asked) => asked.turnId === turnId);
        }
        return;
      case "thread/closed":
      case "thread/deleted":
        this.items.clear();
        return this.withdraw("The thread was closed");
    }
  }

  /** Takes in a notification that begins and ends nothing: it concerns the handle and its turn alone. */
  acceptDelta(event: ServerNotification, turnId: unknown): void {
    if (this.#held !== undefined) this.#tellHandle(this.#held.state, event);
    const latest = this.#latest;
    if (latest !== undefined && latest.id === turnId) return latest.accept(event);
    if (this.#owner !== undefined) this.#tellOwner(this.#owner, turnId, event);
    if (this.#turns.size > 0 || this.starts.inFlight > 0) {
      const turn = typeof turnId === "string" ? this.#find(turnId, event) : undefined;
      if (turn !== undefined) {
        this.#latest = turn;
        return turn.accept(event);
      }
      this.#tellTurns(event);
    }
    this.#observeForeign(event);
  }

  /** Brings the session up to date after notifications were missed: ends the turns that have ended meanwhile. */
  restore({ thread, turns }: ThreadSnapshot): void {
    const isActive = thread.status?.type === "active";
    for (const turn of this.active) {
      const told = turns.find(({ id }) => id === turn.id);
      if (told !== undefined && told.status !== "inProgress") turn.recover(told);
      else if (!isActive) turn.lose(new TurnLostError(this.id, turn.id));
    }
    for (const turn of turns) if (turn.status !== "inProgress") this.items.endTurn(turn);
    const foreign = turns.find(({ id, status }) => status === "inProgress" && !this.isOurs(id));
    this.#foreignTurn = isActive ? foreign?.id : undefined;
    const params = { threadId: this.id, status: thread.status };
    this.state?.observe({ method: "thread/status/changed", params });
    this.#tellChange();
    this.#shared.settled(this);
  }

  /** Ends everything: the connection is gone. `streamError` is for those who only read. */
  close(error: unknown, streamError: unknown): void {
    this.#latest = undefined;
    for (const turn of this.#turns.values()) turn.lose(error);
    this.#owner?.close(error);
    this.#tellChange();
    this.starts.close();
    this.items.clear();
    this.#foreignTurn = undefined;
    this.#held?.state.events.close(streamError);
    this.#held?.state.handlers.close(streamError);
    this.#held = undefined;
  }

  #tellHandle(state: ThreadState, event: ServerNotification): void {
    state.observe(event);
    if (state.ended && state.closing === undefined) this.letGo(state);
  }

  /** The owner gets what is no event of a known turn: above all the start of the next turn. */
  #tellOwner(owner: TurnOwner, turnId: unknown, event: ServerNotification): void {
    if (typeof turnId === "string" && this.#turns.has(turnId)) return;
    if (event.method !== "turn/started" || typeof turnId !== "string") return owner.observe(event);
    const turn = owner.begin(turnId);
    if (turn === undefined) return;
    this.#adopt(turn);
    this.#tellChange();
  }

  /** Reports a notification that is no event of theirs to the turns. */
  #tellTurns(event: ServerNotification): void {
    const status = statusIn(event);
    if (typeof status === "string") this.#status = status;
    for (const turn of this.#turns.values()) {
      turn.heard();
      if (typeof status === "string") turn.threadStatus(status);
    }
  }

  #find(turnId: string, event: ServerNotification): ActiveTurn | undefined {
    const known = this.#turns.get(turnId) ?? this.#startedAs(turnId, event);
    if (known !== undefined || this.starts.inFlight === 0) return known;
    const early = new ActiveTurn(this.id, turnId);
    this.#turns.set(turnId, early);
    return early;
  }

  /** A review starts under an id of its own, which its `turn/started` and nothing else carries. */
  #startedAs(turnId: string, event: ServerNotification): ActiveTurn | undefined {
    if (event.method !== "turn/started") return undefined;
    const turn = this.#turns.get(event.params.turn?.rootTurnId ?? "");
    turn?.runAs(turnId);
    return turn;
  }

  /** Takes note of a notification that is for none of our turns. */
  #observeForeign(event: ServerNotification): void {
    switch (event.method) {
      case "turn/started": {
        const turn: unknown = event.params.turn;
        const id = isRecord(turn) ? turn.rootTurnId ?? turn.id : undefined;
        if (typeof id === "string") this.#foreignTurn = id;
        this.#foreignRunsAs = isRecord(turn) && typeof turn.id === "string" ? turn.id : undefined;
        return;
      }
      case "thread/status/changed":
        if (event.params.status?.type === "active") return;
        return this.#endForeign();
      case "turn/completed": {
        const turn: unknown = event.params.turn;
        if (isRecord(turn) && typeof turn.id === "string") this.#shared.ended.add(turn.id);
        return this.#endForeign();
      }
      case "thread/closed":
        return this.#endForeign();
    }
  }

  #endForeign(): void {
    if (this.#foreignTurn === undefined) return;
    this.#foreignTurn = undefined;
    this.#tellChange();
  }

  #adopt(turn: ActiveTurn): void {
    this.#turns.set(turn.id, turn);
    turn.isAdopted = true;
    void turn.outcome.then(() => this.#forget(turn));
  }

  #endReservation(): void {
    this.starts.inFlight = Math.max(0, this.starts.inFlight - 1);
    this.#tellChange();
    if (this.starts.inFlight > 0) return;
    for (const { id, ended, isAdopted } of this.#turns.values()) {
      if (isAdopted) continue;
      this.#turns.delete(id);
      if (ended) this.#shared.ended.add(id);
    }
    this.#latest = undefined;
    this.#forgetStatus();
  }

  #forget(turn: ActiveTurn): void {
    if (!turn.endReported) this.#shared.abandoned.add(turn.id);
    this.#tellChange();
    if (this.#latest === turn) this.#latest = undefined;
    this.#turns.delete(turn.id);
    this.#forgetStatus();
    this.#shared.settled(this);
  }

  /** What was reported before a turn was started says nothing of it. */
  #forgetStatus(): void {
    if (this.#turns.size === 0 && this.starts.inFlight === 0) this.#status = undefined;
  }

  #tellChange(): void {
    const change = this.#change;
    this.#change = undefined;
    change?.resolve();
  }
}

/** The type of the thread's status, if the notification reports one: a thread that is closed or deleted runs nothing. */
function statusIn(event: ServerNotification): string | undefined {
  switch (event.method) {
    case "thread/status/changed":
      return event.params.status?.type;
    case "thread/closed":
    case "thread/deleted":
      return "notLoaded";
    default:
      return undefined;
  }
}
