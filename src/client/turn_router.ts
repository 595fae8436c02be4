/** Leads each notification to its turn by thread id and turn id, in whatever order they and the replies come. */
import type { ServerNotification } from "../protocol/notification.ts";
import { isRecord } from "../util/is_record.ts";
import { ActiveTurn } from "./active_turn.ts";

/** The turns of one thread that somebody waits for or may come to wait for. */
interface ThreadTurns {
  readonly turns: Map<string, ActiveTurn>;
  /** How many turn starts have no reply yet: until then any turn of the thread may be the one. */
  starting: number;
  /** The turns that a handle stands for. */
  readonly claimed: Set<string>;
}

/** The registry of turns of one connection. */
export class TurnRouter {
  readonly #threads = new Map<string, ThreadTurns>();
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
    const thread = this.#threads.get(threadId);
    if (thread === undefined) return false;
    return thread.starting > 0 ||
      [...thread.claimed].some((id) => thread.turns.get(id)?.ended === false);
  }

  /** Keeps what comes for any turn of the thread until {@linkcode claim} or {@linkcode abandon} is called. */
  expect(threadId: string): void {
    this.#thread(threadId).starting++;
  }

  /** Ends an expectation with the turn that the server named, and gives that turn with what has come for it. */
  claim(threadId: string, turnId: string): ActiveTurn {
    const thread = this.#thread(threadId);
    const turn = thread.turns.get(turnId) ?? new ActiveTurn(threadId, turnId);
    thread.turns.set(turnId, turn);
    thread.claimed.add(turnId);
    this.#settleExpectation(threadId, thread);
    void turn.outcome.then(() => this.#release(turn));
    // The reply may be older than the end of the connection, and be seen after it.
    if (this.#closed !== undefined) turn.lose(this.#closed.error);
    return turn;
  }

  /** Ends an expectation: the server started no turn, or nobody waits for it. */
  abandon(threadId: string): void {
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
    if (typeof threadId !== "string" || typeof turnId !== "string") return;
    const turn = this.#find(threadId, turnId);
    if (turn === undefined) return;
    this.#latest = turn;
    turn.accept(event);
  }

  /** Ends every turn that has not ended, also one that is claimed later: the connection is gone. */
  close(error: unknown): void {
    this.#closed = { error };
    this.#latest = undefined;
    for (const { turns } of this.#threads.values()) {
      for (const turn of turns.values()) turn.lose(error);
    }
  }

  #find(threadId: string, turnId: string): ActiveTurn | undefined {
    const thread = this.#threads.get(threadId);
    if (thread === undefined) return undefined;
    const known = thread.turns.get(turnId);
    if (known !== undefined || thread.starting === 0) return known;
    const early = new ActiveTurn(threadId, turnId);
    thread.turns.set(turnId, early);
    return early;
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
    if (thread.starting > 0) return;
    for (const id of thread.turns.keys()) {
      if (!thread.claimed.has(id)) thread.turns.delete(id);
    }
    if (this.#latest?.threadId === threadId) this.#latest = undefined;
    this.#forgetIfIdle(threadId, thread);
  }

  #release(turn: ActiveTurn): void {
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
