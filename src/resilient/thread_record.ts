/** What the client knows of one thread, and how the thread was opened. */
import type { ThreadItem, Turn } from "../generated/types.ts";
import { type Goal, goalIn } from "./goal_calls.ts";
import { fieldsOf, type Message, stringOf } from "./peek.ts";
import { hasEnded, startedTurn, timeOf, TurnRecord } from "./turn_record.ts";

/** How many open turns are remembered, and how many ended ones. A server runs one at a time. */
const MAX_OPEN = 64;
const MAX_ENDED = 64;

/** What a server that has unloaded the thread needs to load it as it was. */
const OPENING = ["modelProvider", "config", "baseInstructions", "developerInstructions"] as const;
/** What a thread must never lose: without it, the agent could do more than it was allowed to. */
const LIMITS = ["approvalPolicy", "approvalsReviewer", "sandboxPolicy"] as const;

/** What a merged history gave. */
export interface Merged {
  readonly delivered: readonly object[];
  /** How many items had been missed, by turn. */
  readonly items: ReadonlyMap<string, number>;
}

/** A thread that the client follows. */
export class ThreadRecord {
  readonly id: string;
  /** The end of the history when the thread was opened; `undefined` if it began without one, or if that is unknown. */
  cursor: string | undefined;
  /** Whether the server sends its notifications: it cannot before a thread without a turn is stored. */
  isFollowed = true;
  /** Whether the server has unloaded the thread since the connection was lost; other attempts to follow it may have failed. */
  isReloaded = false;
  /** Whether the thread began under this client, so that all of its turns are news. */
  isNew = false;
  /** The goal of the thread, as last reported; `undefined` if it was not. */
  goal: Goal | undefined;
  #opening: Readonly<Record<string, unknown>> = {};
  #limits: Readonly<Record<string, unknown>> = {};
  readonly #open = new Map<string, TurnRecord>();
  /** Ended turns; a record says which items were delivered, as the server may send them again. */
  readonly #ended = new Map<string, TurnRecord | undefined>();

  /** Starts with nothing delivered. */
  constructor(id: string) {
    this.id = id;
  }

  /** The turns that have not ended for the client. */
  get open(): readonly TurnRecord[] {
    return [...this.#open.values()];
  }

  /** Whether there is a turn that has not ended for the client. */
  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Returns a turn whose messages must be looked at. */
  turn(id: string): TurnRecord | undefined {
    return this.#open.get(id) ?? this.#ended.get(id);
  }

  /** Whether the end of a turn was delivered. */
  hasEnded(turnId: string): boolean {
    return this.#ended.has(turnId);
  }

  /** Whether anything of a turn was delivered. */
  get knowsTurns(): boolean {
    return this.#open.size > 0 || this.#ended.size > 0;
  }

  /** What to resume the thread with, should the server have unloaded it. */
  get opening(): Readonly<Record<string, unknown>> {
    return this.#opening;
  }

  /** Records how the thread was opened. */
  opened(params: unknown, reply: unknown): void {
    const given = fieldsOf(params);
    const { turnsBackwardsCursor, sandbox, thread, ...rest } = fieldsOf(reply);
    this.#opening = pick({ ...this.#opening, ...pick(given, OPENING) }, OPENING);
    this.#limits = pick({ ...rest, sandboxPolicy: sandbox }, LIMITS);
    this.cursor ??= stringOf(turnsBackwardsCursor);
    const { turns } = fieldsOf(thread);
    for (const turn of Array.isArray(turns) ? turns as Turn[] : []) {
      if (turn.status !== "inProgress") this.#end(turn.id);
    }
  }

  /** Returns the limits that a reloaded thread has lost; `undefined` if none. */
  lostLimits(reply: unknown): Readonly<Record<string, unknown>> | undefined {
    const { sandbox, ...rest } = fieldsOf(reply);
    const now = { ...rest, sandboxPolicy: sandbox };
    const lost = LIMITS.filter((name) =>
      this.#limits[name] != null &&
      JSON.stringify(this.#limits[name]) !== JSON.stringify(fieldsOf(now)[name])
    );
    return lost.length === 0 ? undefined : pick(this.#limits, lost);
  }

  /** Records the reply to a start of a turn. */
  replied(turnId: string): void {
    if (!this.#ended.has(turnId)) this.#begin(turnId);
  }

  /** Records that the connection was lost. */
  lose(): void {
    for (const turn of this.#open.values()) turn.lose();
  }

  /** Forgets turns that the server does not have any more. */
  drop(turnIds: readonly string[]): void {
    for (const turnId of turnIds) this.#open.delete(turnId);
  }

  /** Records a notification; returns what to deliver instead, or `undefined` to deliver it unchanged. */
  observe({ method = "", params }: Message): readonly object[] | undefined {
    const fields = fieldsOf(params);
    switch (method) {
      case "turn/started":
        return this.#turnStarted(fieldsOf(fields.turn));
      case "turn/completed":
        return this.#turnCompleted(stringOf(fieldsOf(fields.turn).id));
      case "thread/settings/updated":
        this.#limits = pick({ ...this.#limits, ...fieldsOf(fields.threadSettings) }, LIMITS);
        return undefined;
      case "thread/goal/updated":
        this.goal = goalIn(fields) ?? undefined;
        return undefined;
      case "thread/goal/cleared":
        this.goal = null;
        return undefined;
    }
    const turnId = stringOf(fields.turnId);
    if (turnId === undefined || !method.startsWith("item/")) return undefined;
    if (method === "item/started") return this.#itemStarted(turnId, fieldsOf(fields.item));
    if (method === "item/completed") return this.#itemCompleted(turnId, fields);
    const turn = this.turn(turnId);
    if (turn === undefined || !method.endsWith("elta")) return undefined;
    return turn.accepts(method, stringOf(fields.itemId) ?? "") ? undefined : [];
  }

  /** Returns what the client has missed of some turns, oldest first, each of which is read from the history. */
  merge(turns: readonly Turn[]): Merged {
    const delivered: object[] = [];
    const items = new Map<string, number>();
    for (const turn of turns) {
      if (!this.#isPart(turn)) continue;
      const record = this.#open.get(turn.rootTurnId ?? "");
      if (record !== undefined) this.#mergeItems(turn, record, delivered);
    }
    for (const turn of turns) {
      if (this.#ended.has(turn.id) || this.#isPart(turn)) continue;
      const record = this.#begin(turn.id);
      record.isGapped = true;
      items.set(turn.id, this.#mergeTurn(turn, record, delivered));
    }
    return { delivered, items };
  }

  /** Whether a turn of the history is the one that a review runs under, which is delivered as the review. */
  #isPart({ id, rootTurnId }: Turn): boolean {
    if (rootTurnId === null || rootTurnId === id) return false;
    return this.#open.has(rootTurnId) || this.#ended.has(rootTurnId);
  }

  #mergeTurn(turn: Turn, record: TurnRecord, delivered: object[]): number {
    const { id: threadId } = this;
    if (!record.isStarted) {
      record.isStarted = true;
      delivered.push({ method: "turn/started", params: { threadId, turn: startedTurn(turn) } });
    }
    const missed = this.#mergeItems(turn, record, delivered);
    if (turn.status === "inProgress") return missed;
    this.#end(turn.id);
    delivered.push({ method: "turn/completed", params: { threadId, turn } });
    return missed;
  }

  #mergeItems({ items }: Turn, record: TurnRecord, delivered: object[]): number {
    const { threadId, id: turnId } = record;
    let missed = 0;
    for (const item of items) {
      const before = hasEnded(item) ? record.complete(item) : undefined;
      if (before === undefined) continue;
      missed++;
      const completedAtMs = timeOf(item, "completedAtMs");
      const params = { item, threadId, turnId, completedAtMs };
      delivered.push(...before, { method: "item/completed", params });
    }
    return missed;
  }

  #turnStarted({ id, rootTurnId }: Readonly<Record<string, unknown>>): [] | undefined {
    if (typeof id !== "string") return undefined;
    if (this.#ended.has(id)) return [];
    // A review runs under an id of its own, and is delivered under the one that its reply named.
    const isRoot = typeof rootTurnId === "string" && this.#open.has(rootTurnId);
    const turn = this.#begin(isRoot ? rootTurnId : id);
    if (turn.isStarted && turn.isGapped) return [];
    turn.isStarted = true;
    return undefined;
  }

  #turnCompleted(id: string | undefined): [] | undefined {
    if (id === undefined) return undefined;
    if (this.#ended.has(id)) return [];
    this.#end(id);
    return undefined;
  }

  #itemStarted(turnId: string, { id }: Readonly<Record<string, unknown>>): [] | undefined {
    if (typeof id !== "string") return undefined;
    return this.#joined(turnId)?.start(id) === false ? [] : undefined;
  }

  #itemCompleted(
    turnId: string,
    { item, ...rest }: Readonly<Record<string, unknown>>,
  ): readonly object[] | undefined {
    if (typeof fieldsOf(item).id !== "string") return undefined;
    const turn = this.#joined(turnId);
    if (turn === undefined) return undefined;
    const before = turn.complete(item as ThreadItem);
    if (before === undefined) return [];
    return before.length === 0
      ? undefined
      : [...before, { method: "item/completed", params: { item, ...rest } }];
  }

  /** The turn of an item, whose start the client may have missed when it opened the thread. */
  #joined(turnId: string): TurnRecord | undefined {
    const known = this.turn(turnId);
    if (known !== undefined || this.#ended.has(turnId)) return known;
    const turn = this.#begin(turnId);
    turn.isStarted = true;
    return turn;
  }

  #begin(turnId: string): TurnRecord {
    let turn = this.#open.get(turnId);
    if (turn === undefined) {
      this.#open.set(turnId, turn = new TurnRecord(this.id, turnId));
      forgetOldest(this.#open, MAX_OPEN);
    }
    return turn;
  }

  #end(turnId: string): void {
    const turn = this.#open.get(turnId);
    this.#open.delete(turnId);
    this.#ended.set(turnId, turn?.isGapped ? turn : undefined);
    forgetOldest(this.#ended, MAX_ENDED);
  }
}

/** Bounds a map: past `max` entries, the oldest is dropped. */
export function forgetOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  for (const oldest of map.keys()) return void map.delete(oldest);
}

function pick(
  from: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    names.filter((name) => from[name] != null).map((name) => [name, from[name]]),
  );
}
