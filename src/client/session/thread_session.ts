/** Everything that a client knows about one thread: its handle, its turns and its pending requests. */
import type { ServerNotification } from "../../protocol/notification.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { isRecord } from "../../util/is_record.ts";
import type { Agent, AgentQueue } from "../agents/agent_registry.ts";
import type { EventStreams } from "../events/event_streams.ts";
import { Pulse } from "../events/pulse.ts";
import type { ServerRequest } from "../requests/server_request.ts";
import type { Thread } from "../threads/thread.ts";
import { type OpenedThread, type ThreadConfig, ThreadState } from "../threads/thread_state.ts";
import { ActiveTurn, type TurnCompleted } from "../turns/active_turn.ts";
import type { TurnOwner } from "../turns/turn_owner.ts";
import { OpenItems } from "./open_items.ts";
import { PendingStarts } from "./pending_starts.ts";
import type { RecentIds } from "./recent_ids.ts";
import { ThreadUsage } from "./thread_usage.ts";

/** How many turns are kept that a start in flight may have started; past it, the oldest is dropped. */
const MAX_EARLY = 64;

/** State shared by the sessions of one client. */
export interface SharedSessions {
  /** Our turns that were abandoned before their end was reported. */
  readonly abandoned: RecentIds;
  /** Turns that ended before they got a handle: the reply that names one of them may arrive late. */
  readonly ended: RecentIds;
  /** Set once the connection is gone. */
  readonly closed: { readonly error: unknown } | undefined;
  /** Called before the end of a turn is handled. */
  turnEnding(threadId: string, turnId: unknown): void;
  /** Called when a session may have become idle. */
  settled(session: ThreadSession): void;
}

/**
 * One state machine per thread, driven by notifications ({@linkcode accept}) and by turn starts. A start reserves a place,
 * then releases it or adopts the turn, whether the reply or the turn's notifications arrive first.
 */
export class ThreadSession {
  /** The id of the thread. */
  readonly id: string;
  /** The sub-agent that the thread belongs to, if any. */
  agent: Agent | undefined;
  /** The streams of the handle. */
  #streams: EventStreams | undefined;
  /** The turn of the last notification: usually also that of the next. */
  #latest: ActiveTurn | undefined;
  readonly items: OpenItems = new OpenItems();
  readonly starts: PendingStarts;
  /** The tokens that the thread has used. */
  readonly usage: ThreadUsage = new ThreadUsage();
  /** Unanswered server requests about the thread. */
  readonly requests: Set<ServerRequest> = new Set();
  /** Queues that watch for sub-agents of this thread. */
  watchers: Set<AgentQueue> | undefined;
  readonly #shared: SharedSessions;
  readonly #parts = { usedBefore: () => this.usage.beforeTurn };
  /** Turns with a handle and, while a start is in flight, every turn that it may have started. */
  readonly #turns = new Map<string, ActiveTurn>();
  /** The type of the thread's status, if reported since the first of the turns was started. */
  #status: string | undefined;
  /** The foreign turn: the id that it runs under, and the one that a reply names. */
  #foreign: { readonly id: string; readonly rootId: string } | undefined;
  #owner: TurnOwner | undefined;
  readonly #change = new Pulse();
  #state: ThreadState | undefined;
  #thread: Thread | undefined;
  /** Number of pending requests that open the thread. */
  #opening = 0;
  #opened: Deferred<void> | undefined;

  /** Starts without any knowledge of the thread. */
  constructor(id: string, shared: SharedSessions) {
    this.id = id;
    this.#shared = shared;
    this.starts = new PendingStarts(id);
  }

  /** Whether there is nothing to remember. */
  get isIdle(): boolean {
    return !this.isPinned && this.items.size === 0 && this.agent === undefined &&
      this.#foreign === undefined && !this.#change.isAwaited;
  }

  /** Whether this client needs the session. */
  get isPinned(): boolean {
    return this.#state !== undefined || this.#turns.size > 0 || !this.starts.isEmpty ||
      this.#owner !== undefined || this.#opening > 0 || this.watchers !== undefined ||
      this.requests.size > 0;
  }

  /** Whether a sub-agent or another client runs a turn on the thread. */
  get isAtWork(): boolean {
    return this.agent?.turnId !== undefined || this.#foreign !== undefined;
  }

  // The handle of the thread.

  /** The state of the handle, while the thread has one. */
  get state(): ThreadState | undefined {
    return this.#state;
  }

  /** The handle, while the thread has one. */
  get thread(): Thread | undefined {
    return this.#thread;
  }

  /** Whether a request that opens the thread is pending. */
  get isOpening(): boolean {
    return this.#opening > 0;
  }

  /** Whether the subscription is needed, now or once a pending reply arrives. */
  get isNeeded(): boolean {
    return this.isOpening || this.state?.ended === false;
  }

  /** Fulfils when no request that opens the thread is pending; `undefined` if none is. */
  get opened(): Promise<void> | undefined {
    if (!this.isOpening) return undefined;
    this.#opened ??= deferred();
    return this.#opened.promise;
  }

  /** Records a request that opens the thread; call the returned function when it settles. */
  opening(): () => void {
    this.#opening++;
    return () => {
      if (--this.#opening > 0) return;
      this.#opened?.resolve();
      this.#opened = undefined;
      this.#shared.settled(this);
    };
  }

  /** Returns the handle of an opened thread: the existing one, updated, or a new one. */
  attach(
    opened: OpenedThread,
    config: ThreadConfig,
    handle: (state: ThreadState) => Thread,
  ): Thread {
    if (this.#state?.ended === false && this.#thread !== undefined) {
      this.#state.refresh(opened);
      return this.#thread;
    }
    const state = new ThreadState(opened, config);
    const thread = handle(state);
    this.#hold(state, thread);
    return thread;
  }

  /** Releases an ended handle and ends its streams. */
  detach(state: ThreadState): void {
    if (this.#state === state) this.#hold(undefined, undefined);
    state.events.close();
    state.handlers.close();
    this.#shared.settled(this);
  }

  // Server requests about the thread.

  /** Keeps a server request until it is settled. */
  track(request: ServerRequest): void {
    this.requests.add(request);
    void request.outcome.then(() => {
      this.requests.delete(request);
      this.#shared.settled(this);
    });
  }

  /** Withdraws the pending requests, or those that `isMeant` selects. */
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

  /** The running turn that this client has started. */
  get running(): ActiveTurn | undefined {
    return this.active[0];
  }

  /** Whether this client runs or is starting a turn. */
  get isBusy(): boolean {
    return this.#owner !== undefined || this.starts.inFlight > 0 || this.running !== undefined;
  }

  /** The running turn of another client, as far as reported: the id that it runs under, and the one that a reply names. */
  get foreign(): { readonly id: string; readonly rootId: string } | undefined {
    return this.#foreign;
  }

  /** The id of {@linkcode foreign}. */
  get foreignTurn(): string | undefined {
    return this.#foreign?.id;
  }

  /** Fulfils when the next turn starts or ends, or the connection ends. */
  get changed(): Promise<void> {
    if (this.#shared.closed !== undefined) return Promise.resolve();
    return this.#change.next;
  }

  /** Returns a tracked turn by its id, or by the id that a review runs under. */
  turn(turnId: string): ActiveTurn | undefined {
    return this.#turns.get(turnId) ??
      [...this.#turns.values()].find((turn) => turn.liveId === turnId);
  }

  /** Whether this is a turn with a handle, or one that this client abandoned. */
  isOurs(turnId: string): boolean {
    return this.#shared.abandoned.has(turnId) || this.#turns.get(turnId)?.isAdopted === true;
  }

  /** Whether this is a turn that this client abandoned. */
  isAbandoned(turnId: string): boolean {
    return this.#shared.abandoned.has(turnId);
  }

  /** Whether the id already belongs to a foreign turn or to one of ours. */
  isKnown(turnId: string): boolean {
    return this.#isForeign(turnId) || this.isOurs(turnId);
  }

  /** Whether a turn ended before it got a handle. */
  hasEnded(turnId: string): boolean {
    return this.#shared.ended.has(turnId);
  }

  /** Whether the reply to a start in flight may name this turn. */
  mayBecomeOurs(turnId: string): boolean {
    return this.starts.inFlight > 0 && this.turn(turnId)?.isAdopted !== true;
  }

  /** Keeps the events of every turn of the thread until {@linkcode adopt} or {@linkcode release} is called. */
  reserve(): void {
    this.starts.inFlight++;
  }

  /** Ends a reservation without a turn: the server started none, or no caller wants it. */
  release(): void {
    if (this.starts.inFlight === 0) return;
    this.#endReservation();
    this.#shared.settled(this);
  }

  /** Ends a reservation with the turn that the server named; the returned turn has all its events so far. */
  adopt(turnId: string): ActiveTurn {
    const turn = this.#turns.get(turnId) ?? new ActiveTurn(this.id, turnId, this.#parts);
    if (this.#isForeign(turnId)) this.#foreign = undefined;
    this.#adopt(turn);
    if (this.#status !== undefined) turn.threadStatus(this.#status);
    this.#endReservation();
    // The reply may have arrived before the connection ended but be handled after it.
    if (this.#shared.closed !== undefined) turn.lose(this.#shared.closed.error);
    return turn;
  }

  /** Records a start that its caller abandoned, until it is cancelled. */
  abandonStart(cancelled: Promise<void>): void {
    void this.starts.abandon(cancelled).then(() => this.#shared.settled(this));
  }

  /** Records that no other client runs a turn. */
  forgetForeignTurn(): void {
    this.#foreign = undefined;
    this.#shared.settled(this);
  }

  /** Counts a message other than a notification as activity of the turns. */
  recordActivity(): void {
    for (const turn of this.#turns.values()) turn.recordActivity();
  }

  /** The owner of the turns that the server starts by itself. */
  get owner(): TurnOwner | undefined {
    return this.#owner;
  }

  /** Sets the owner of the turns that the server starts by itself. */
  own(owner: TurnOwner): void {
    this.#owner = owner;
  }

  /** Removes the owner; a turn that still runs continues without it. */
  disown(owner: TurnOwner): void {
    if (this.#owner !== owner) return;
    this.#owner = undefined;
    this.#change.beat();
    this.#shared.settled(this);
  }

  // What the server reports.

  /** Handles a notification of the thread; `turnId` is the turn that it names, if any. */
  accept(event: ServerNotification, turnId: unknown): void {
    this.items.observe(event, this.requests);
    if (event.method === "thread/tokenUsage/updated") {
      this.usage.observe(turnId, event.params.tokenUsage);
    }
    if (event.method === "turn/completed") return this.#turnCompleted(event, turnId);
    const turn = this.#observe(event, turnId);
    if (turn === undefined) this.#observeForeign(event);
    else turn.accept(event);
    if (event.method === "thread/closed" || event.method === "thread/deleted") {
      this.items.clear();
      this.withdraw("The thread was closed");
    }
  }

  /** Passes on a chunk of text, which starts and ends nothing; returns whether somebody awaits it as a single event. */
  passDelta(event: ServerNotification, turnId: unknown): boolean {
    const streams = this.#streams;
    const isStreamed = streams !== undefined && streams.size > 0;
    if (isStreamed) streams.push(event);
    const turn = this.#turnOf(event, turnId);
    turn?.accept(event);
    return isStreamed || turn?.log.isAwaited === true;
  }

  /** Ends everything because the connection is gone. Streams end with `streamError`. */
  close(error: unknown, streamError: unknown): void {
    this.#latest = undefined;
    for (const turn of this.#turns.values()) turn.lose(error);
    this.#owner?.close(error);
    this.#change.beat();
    this.starts.close();
    this.items.clear();
    this.#foreign = undefined;
    this.#state?.events.close(streamError);
    this.#state?.handlers.close(streamError);
    this.#hold(undefined, undefined);
  }

  /** Handles the end of a turn, whoever started it. */
  #turnCompleted(event: TurnCompleted, turnId: unknown): void {
    this.#shared.turnEnding(this.id, turnId);
    const turn = this.#observe(event, turnId);
    if (turn === undefined) {
      if (typeof turnId === "string") this.#shared.ended.add(turnId);
      this.#endForeign();
    } else turn.complete(event);
    this.items.endTurn(event.params.turn);
    if (turnId !== undefined) {
      this.withdraw("The turn has ended", (asked) => asked.turnId === turnId);
    }
  }

  /** Updates the handle, and returns the turn of the notification. */
  #observe(event: ServerNotification, turnId: unknown): ActiveTurn | undefined {
    if (this.#state !== undefined) this.#updateHandle(this.#state, event);
    return this.#turnOf(event, turnId);
  }

  /** Returns the turn of a notification; notifies the owner and, if it belongs to no turn, all turns. */
  #turnOf(event: ServerNotification, turnId: unknown): ActiveTurn | undefined {
    const latest = this.#latest;
    if (latest !== undefined && latest.id === turnId) return latest;
    if (this.#owner !== undefined) this.#notifyOwner(this.#owner, turnId, event);
    if (this.#turns.size === 0 && this.starts.inFlight === 0) return undefined;
    const turn = typeof turnId === "string" ? this.#find(turnId, event) : undefined;
    if (turn === undefined) this.#notifyTurns(event);
    else this.#latest = turn;
    if (event.method === "turn/started" && turn !== undefined) {
      turn.approvalPolicy = this.state?.settings.approvalPolicy;
    }
    return turn;
  }

  #hold(state: ThreadState | undefined, thread: Thread | undefined): void {
    this.#state = state;
    this.#thread = thread;
    this.#streams = state?.events;
  }

  #updateHandle(state: ThreadState, event: ServerNotification): void {
    state.observe(event);
    if (state.ended && state.closing === undefined) this.detach(state);
  }

  /** Passes the owner notifications of no known turn, above all the start of the next turn. */
  #notifyOwner(owner: TurnOwner, turnId: unknown, event: ServerNotification): void {
    if (typeof turnId === "string" && this.#turns.has(turnId)) return;
    if (event.method !== "turn/started" || typeof turnId !== "string") return owner.observe(event);
    const turn = owner.begin(turnId);
    if (turn === undefined) return;
    this.#adopt(turn);
    this.#change.beat();
  }

  /** Reports to the turns a notification that is not an event of theirs. */
  #notifyTurns(event: ServerNotification): void {
    const status = ThreadState.statusIn(event);
    if (typeof status === "string") this.#status = status;
    for (const turn of this.#turns.values()) {
      turn.recordActivity();
      if (typeof status === "string") turn.threadStatus(status);
    }
  }

  #find(turnId: string, event: ServerNotification): ActiveTurn | undefined {
    const known = this.#turns.get(turnId) ?? this.#startedAs(turnId, event);
    if (known !== undefined || this.starts.inFlight === 0) return known;
    const early = new ActiveTurn(this.id, turnId, this.#parts);
    early.startSeen = event.method === "turn/started";
    this.#turns.set(turnId, early);
    this.#forgetEarly();
    return early;
  }

  /** A server runs one turn at a time, so the oldest of many is not that of the start. */
  #forgetEarly(): void {
    const early = [...this.#turns.values()].filter(({ isAdopted }) => !isAdopted);
    if (early.length > MAX_EARLY) this.#turns.delete(early[0]?.id ?? "");
  }

  /** Finds a review by its `turn/started`, the only notification with the id that it runs under. */
  #startedAs(turnId: string, event: ServerNotification): ActiveTurn | undefined {
    if (event.method !== "turn/started") return undefined;
    const turn = this.#turns.get(event.params.turn?.rootTurnId ?? "");
    turn?.runAs(turnId);
    return turn;
  }

  /** Handles a notification that belongs to none of our turns. */
  #observeForeign(event: ServerNotification): void {
    switch (event.method) {
      case "turn/started": {
        const turn: unknown = event.params.turn;
        if (!isRecord(turn) || typeof turn.id !== "string") return;
        const { id, rootTurnId } = turn;
        this.#foreign = { id, rootId: typeof rootTurnId === "string" ? rootTurnId : id };
        return;
      }
      case "thread/status/changed":
        if (event.params.status?.type === "active") return;
        return this.#endForeign();
      case "thread/closed":
        return this.#endForeign();
    }
  }

  #isForeign(turnId: string): boolean {
    return this.#foreign?.id === turnId || this.#foreign?.rootId === turnId;
  }

  #endForeign(): void {
    if (this.#foreign === undefined) return;
    this.#foreign = undefined;
    this.#change.beat();
  }

  #adopt(turn: ActiveTurn): void {
    this.#turns.set(turn.id, turn);
    turn.isAdopted = true;
    void turn.outcome.then(() => this.#forget(turn));
  }

  #endReservation(): void {
    this.starts.inFlight = Math.max(0, this.starts.inFlight - 1);
    this.#change.beat();
    if (this.starts.inFlight > 0) return;
    for (const { id, ended, isAdopted, startSeen } of this.#turns.values()) {
      if (isAdopted) continue;
      this.#turns.delete(id);
      if (ended) this.#shared.ended.add(id);
      else if (startSeen) this.#foreign ??= { id, rootId: id };
    }
    this.#latest = undefined;
    this.#forgetStatus();
  }

  #forget(turn: ActiveTurn): void {
    if (!turn.endReported) this.#shared.abandoned.add(turn.id);
    this.#change.beat();
    if (this.#latest === turn) this.#latest = undefined;
    this.#turns.delete(turn.id);
    this.#forgetStatus();
    this.#shared.settled(this);
  }

  /** Resets the status without turns: an earlier status does not apply to the next turn. */
  #forgetStatus(): void {
    if (this.#turns.size === 0 && this.starts.inFlight === 0) this.#status = undefined;
  }
}
