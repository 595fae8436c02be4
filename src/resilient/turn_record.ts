/** What was delivered of one turn, so that the rest can be delivered exactly once. */
import type { ThreadItem, Turn } from "../generated/types.ts";

/** How far an item has got for the client. */
interface ItemRecord {
  started: boolean;
  done: boolean;
  /** Whether a connection was lost while the item was open, so that pieces of its text may be missing. */
  broken: boolean;
  /** How many characters of an agent's message were delivered, and the last of them. */
  length: number;
  tail: string;
}

/** Pieces of text: with one missing, the rest would be read wrongly. */
const TEXT = /^item\/(?:agentMessage|plan|reasoning)\//;

/** A turn that has not ended for the client. */
export class TurnRecord {
  readonly threadId: string;
  readonly id: string;
  /** Whether `turn/started` was delivered. */
  isStarted = false;
  /** Whether a connection was lost since the turn began. Of any other turn, the server reports everything. */
  isGapped = false;
  /** Whether the turn was read to its end. */
  isWhole = false;
  readonly #items = new Map<string, ItemRecord>();

  /** Starts with nothing delivered. */
  constructor(threadId: string, id: string) {
    this.threadId = threadId;
    this.id = id;
  }

  /** Records that the connection was lost. */
  lose(): void {
    this.isGapped = true;
    this.isWhole = false;
    for (const item of this.#items.values()) item.broken = !item.done;
  }

  /** Records the start of an item; returns whether it is news. */
  start(itemId: string): boolean {
    const item = this.#item(itemId);
    const isNews = !item.started;
    item.started = true;
    return isNews || !this.isGapped;
  }

  /** Records a piece of an agent's message; returns whether it continues what was delivered. */
  append(itemId: string, text: string): boolean {
    const item = this.#items.get(itemId);
    if (item === undefined) return !this.isGapped;
    if (item.broken || (this.isGapped && item.done)) return false;
    item.length += text.length;
    item.tail = text;
    return true;
  }

  /** Returns whether a piece of an item can be delivered. */
  accepts(method: string, itemId: string): boolean {
    if (!this.isGapped) return true;
    const item = this.#items.get(itemId);
    if (item === undefined || !item.started || item.done) return false;
    return !(item.broken && TEXT.test(method));
  }

  /** Records the end of an item; returns what to deliver before its `item/completed`, or `undefined` if that is no news. */
  complete(item: ThreadItem): readonly object[] | undefined {
    const record = this.#item(item.id);
    if (record.done && this.isGapped) return undefined;
    record.done = true;
    if (!this.isGapped) return [];
    const { threadId, id: turnId } = this;
    const delivered: object[] = [];
    if (!record.started) {
      record.started = true;
      record.broken = true;
      delivered.push({ method: "item/started", params: startOf(item, threadId, turnId) });
    }
    const rest = record.broken && item.type === "agentMessage" ? restOf(item.text, record) : "";
    if (rest !== "") {
      const params = { threadId, turnId, itemId: item.id, delta: rest };
      delivered.push({ method: "item/agentMessage/delta", params });
    }
    return delivered;
  }

  #item(id: string): ItemRecord {
    let item = this.#items.get(id);
    if (item === undefined) {
      item = { started: false, done: false, broken: false, length: 0, tail: "" };
      this.#items.set(id, item);
    }
    return item;
  }
}

/** The part of a message that was not delivered; `""` if the message does not continue what was delivered. */
function restOf(text: unknown, { length, tail }: ItemRecord): string {
  if (typeof text !== "string") return "";
  return text.slice(0, length).endsWith(tail) ? text.slice(length) : "";
}

/** The params of the `item/started` that was missed; a message begins empty. */
function startOf(item: ThreadItem, threadId: string, turnId: string): object {
  const begun = item.type === "agentMessage" ? { ...item, text: "" } : item;
  return { item: begun, threadId, turnId, startedAtMs: timeOf(item, "startedAtMs") };
}

/** A time that the server's history keeps with an item; 0 if an older one does not. */
export function timeOf(item: ThreadItem, name: "startedAtMs" | "completedAtMs"): number {
  const time = (item as unknown as Readonly<Record<string, unknown>>)[name];
  return typeof time === "number" ? time : 0;
}

/** Whether an item of the history has ended. */
export function hasEnded(item: ThreadItem): boolean {
  const { status, completedAtMs } = item as unknown as Readonly<Record<string, unknown>>;
  return status !== "inProgress" && completedAtMs !== null;
}

/** A turn as it was when it started. */
export function startedTurn(turn: Turn): Turn {
  return {
    ...turn,
    items: [],
    itemsView: "notLoaded",
    status: "inProgress",
    error: null,
    completedAt: null,
    durationMs: null,
  };
}
