/** Leads each notification to its turn by thread id and turn id, in whatever order they and the replies come. */
import type { ServerNotification } from "../../protocol/notification.ts";
import { type Deferred, deferred } from "../../util/deferred.ts";
import { isRecord } from "../../util/is_record.ts";
import { ActiveTurn } from "./active_turn.ts";
import { OtherTurns } from "./other_turns.ts";
import type { TurnOwner } from "./turn_owner.ts";

/** The turns of one thread that somebody waits for or may come to wait for. */
interface ThreadTurns {
  readonly turns: Map<string, ActiveTurn>;
  /** How many turn starts have no reply yet: until then any turn of the thread may be the one. */
  starting: number;
  /** The turns that a handle stands for. */
  readonly claimed: Set<string>;
  /** The type of the thread's status, as last told. */
  status?: string;
}

/** The registry of turns of one connection. */
export class TurnRouter {
  /** The turns of the threads that a new turn must not be taken for. */
  readonly others: OtherTurns = new OtherTurns();
  readonly #threads = new Map<string, ThreadTurns>();
  readonly #changes = new Map<string, Deferred<void>>();
  readonly #owners = new Map<string, TurnOwner>();
  #latest: ActiveTurn | undefined;
  #closed: { readonly error: unknown } | undefined;

  /** How many threads have a turn that runs or is being started. */
  get size(): number {
    return this.#threads.size;
  }

  /** The turns that have a handle and have not ended. */
  get active(): readonly ActiveTurn[] {
    return [...this.#threads.values()].flatMap(({ turns, claimed }) =>
      [...turns.values()].filter((turn) => claimed.has(turn.id) && !turn.ended)
    );
  }

  /** Whether a turn of the thread runs or is being started by this client. */
  isBusy(threadId: string): boolean {
    if (this.#owners.has(threadId)) return true;
    const thread = this.#threads.get(threadId);
    if (thread === undefined) return false;
    return thread.starting > 0 ||
      [...thread.claimed].some((id) => thread.turns.get(id)?.ended === false);
  }

  /** A turn that somebody waits for or may come to wait for, by its id or by the one that a review runs under. */
  turn(threadId: string, turnId: string): ActiveTurn | undefined {
    const turns = this.#threads.get(threadId)?.turns;
    return turns?.get(turnId) ?? [...turns?.values() ?? []].find((turn) => turn.liveId === turnId);
  }

  /** The turn of the thread that this client has started and that runs. */
  running(threadId: string): ActiveTurn | undefined {
    return this.active.find((turn) => turn.threadId === threadId);
  }

  /** Fulfils at the next start or end of a turn on the thread, and when the connection ends. */
  changed(threadId: string): Promise<void> {
    if (this.#closed !== undefined) return Promise.resolve();
    let change = this.#changes.get(threadId);
    if (change === undefined) this.#changes.set(threadId, change = deferred());
    return change.promise;
  }

  /** Whether this id is no new turn's: it belongs to a turn of others, or to one of ours. */
  isKnown(threadId: string, turnId: string): boolean {
    return this.others.on(threadId) === turnId || this.isOurs(threadId, turnId);
  }

  /** Whether this is a turn that a handle stands or stood for. */
  isOurs(threadId: string, turnId: string): boolean {
    return this.others.wasLeft(turnId) ||
      this.#threads.get(threadId)?.claimed.has(turnId) === true;
  }

  /** Whether a start has no reply yet that may name this turn. */
  mayBecomeOurs(threadId: string, turnId: string): boolean {
    const thread = this.#threads.get(threadId);
    if (thread === undefined || thread.starting === 0) return false;
    return ![...thread.claimed].some((id) =>
      id === turnId || thread.turns.get(id)?.liveId === turnId
    );
  }

  /** Tells the thread's turns of a message that is no notification: a request of the server came or was answered. */
  heard(threadId: string): void {
    this.#threads.get(threadId)?.turns.forEach((turn) => turn.heard());
  }

  /** Those who hold a thread. */
  get owners(): readonly TurnOwner[] {
    return [...this.#owners.values()];
  }

  /** Gives an owner the turns that the server starts on the thread by itself. */
  own(threadId: string, owner: TurnOwner): void {
    this.#owners.set(threadId, owner);
  }

  /** Ends an ownership; a turn that still runs does so on its own account. */
  disown(threadId: string, owner: TurnOwner): void {
    if (this.#owners.get(threadId) !== owner) return;
    this.#owners.delete(threadId);
    this.#tellChange(threadId);
  }

  /** Keeps what comes for any turn of the thread until {@linkcode adopt} or {@linkcode release} is called. */
  reserve(threadId: string): void {
    this.#thread(threadId).starting++;
  }

  /** Ends an expectation with the turn that the server named, and gives that turn with what has come for it. */
  adopt(threadId: string, turnId: string): ActiveTurn {
    const thread = this.#thread(threadId);
    const turn = thread.turns.get(turnId) ?? new ActiveTurn(threadId, turnId);
    thread.turns.set(turnId, turn);
    thread.claimed.add(turnId);
    if (this.others.on(threadId) === turnId) this.others.forget(threadId);
    if (thread.status !== undefined) turn.threadStatus(thread.status);
    this.#settleExpectation(threadId, thread);
    void turn.outcome.then(() => this.#forget(turn));
    // The reply may be older than the end of the connection, and be seen after it.
    if (this.#closed !== undefined) turn.lose(this.#closed.error);
    return turn;
  }

  /** Ends an expectation: the server started no turn, or nobody waits for it. */
  release(threadId: string): void {
    const thread = this.#threads.get(threadId);
    if (thread !== undefined) this.#settleExpectation(threadId, thread);
  }

  /** Hands a notification to its turn, if somebody waits for that. */
  route(event: ServerNotification): void {
    const { params } = event;
    if (!isRecord(params)) return;
    const { threadId } = params;
    const turnId = params.turnId ?? (isRecord(params.turn) ? params.turn.id : undefined);
    const latest = this.#latest;
    if (latest !== undefined && latest.id === turnId && latest.threadId === threadId) {
      return latest.accept(event);
    }
    if (typeof threadId !== "string") return;
    if (this.#owners.size > 0) this.#tellOwner(threadId, turnId, event);
    const thread = this.#threads.get(threadId);
    if (thread !== undefined) {
      const turn = typeof turnId === "string" ? this.#find(threadId, thread, turnId, event) : null;
      if (turn != null) {
        this.#latest = turn;
        return turn.accept(event);
      }
      this.#tellTurns(thread, event);
    }
    if (this.others.observe(threadId, event)) this.#tellChange(threadId);
  }

  /** Ends every turn that has not ended, also one that is claimed later: the connection is gone. */
  close(error: unknown): void {
    this.#closed = { error };
    this.#latest = undefined;
    for (const { turns } of this.#threads.values()) {
      for (const turn of turns.values()) turn.lose(error);
    }
    for (const owner of this.owners) owner.close(error);
    for (const threadId of [...this.#changes.keys()]) this.#tellChange(threadId);
  }

  #find(
    threadId: string,
    thread: ThreadTurns,
    turnId: string,
    event: ServerNotification,
  ): ActiveTurn | undefined {
    const known = thread.turns.get(turnId) ?? this.#startedAs(thread, turnId, event);
    if (known !== undefined || thread.starting === 0) return known;
    const early = new ActiveTurn(threadId, turnId);
    thread.turns.set(turnId, early);
    return early;
  }

  /** A review starts under an id of its own, which its `turn/started` and nothing else carries. */
  #startedAs(thread: ThreadTurns, id: string, event: ServerNotification): ActiveTurn | undefined {
    if (event.method !== "turn/started") return undefined;
    const turn = thread.turns.get(event.params.turn?.rootTurnId ?? "");
    turn?.runAs(id);
    return turn;
  }

  /** Tells the owner of a thread of what is no event of a known turn: the start of the next turn above all. */
  #tellOwner(threadId: string, turnId: unknown, event: ServerNotification): void {
    const owner = this.#owners.get(threadId);
    const isKnown = typeof turnId === "string" && this.#threads.get(threadId)?.turns.has(turnId);
    if (owner === undefined || isKnown) return;
    if (event.method !== "turn/started" || typeof turnId !== "string") return owner.observe(event);
    const turn = owner.begin(turnId);
    if (turn === undefined) return;
    const thread = this.#thread(threadId);
    thread.turns.set(turn.id, turn);
    thread.claimed.add(turn.id);
    void turn.outcome.then(() => this.#forget(turn));
    this.#tellChange(threadId);
  }

  /** Tells the thread's turns of a notification that is no event of theirs. */
  #tellTurns(thread: ThreadTurns, event: ServerNotification): void {
    const status = statusIn(event);
    if (typeof status === "string") thread.status = status;
    for (const turn of thread.turns.values()) {
      turn.heard();
      if (typeof status === "string") turn.threadStatus(status);
    }
  }

  #tellChange(threadId: string): void {
    const change = this.#changes.get(threadId);
    this.#changes.delete(threadId);
    change?.resolve();
  }

  #thread(threadId: string): ThreadTurns {
    let thread = this.#threads.get(threadId);
    if (thread === undefined) {
      thread = { turns: new Map(), starting: 0, claimed: new Set() };
      this.#threads.set(threadId, thread);
    }
    return thread;
  }

  #settleExpectation(threadId: string, thread: ThreadTurns): void {
    thread.starting--;
    this.#tellChange(threadId);
    if (thread.starting > 0) return;
    for (const { id, ended } of thread.turns.values()) {
      if (thread.claimed.has(id)) continue;
      thread.turns.delete(id);
      if (ended) this.others.end(id);
    }
    if (this.#latest?.threadId === threadId) this.#latest = undefined;
    this.#forgetIfIdle(threadId, thread);
  }

  #forget(turn: ActiveTurn): void {
    if (!turn.endTold) this.others.leave(turn.id);
    this.#tellChange(turn.threadId);
    if (this.#latest === turn) this.#latest = undefined;
    const thread = this.#threads.get(turn.threadId);
    if (thread === undefined) return;
    thread.turns.delete(turn.id);
    thread.claimed.delete(turn.id);
    this.#forgetIfIdle(turn.threadId, thread);
  }

  #forgetIfIdle(threadId: string, thread: ThreadTurns): void {
    if (thread.starting === 0 && thread.turns.size === 0) this.#threads.delete(threadId);
  }
}

/** The type of the thread's status, if the notification tells one: what is closed or deleted runs nothing. */
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
