/** The items that have begun and not ended: what a request belongs to, as the person must see it. */
import type { ThreadItem } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";

/** How many items are kept: past this, the oldest is forgotten. */
const MAX_ITEMS = 1_000;

interface OpenItem {
  readonly threadId: string;
  readonly turnId: string;
  readonly item: ThreadItem;
}

/**
 * Keeps each item from its start to its end, of all threads, also of turns that nobody here has started: the request to
 * approve changes of files names an item and tells nothing of the changes.
 */
export class OpenItems {
  readonly #items = new Map<string, OpenItem>();

  /** How many items are kept. */
  get size(): number {
    return this.#items.size;
  }

  /** The item as told last. */
  get(threadId: string, itemId: string): ThreadItem | undefined {
    return this.#items.get(keyOf(threadId, itemId))?.item;
  }

  /** The call of a tool of an MCP server that runs in a turn, if there is just one: an elicitation does not name its item. */
  mcpToolCall(threadId: string, turnId: string, server: string): ThreadItem | undefined {
    const calls = [...this.#items.values()].filter((open) =>
      open.threadId === threadId && open.turnId === turnId && open.item.type === "mcpToolCall" &&
      open.item.server === server
    );
    return calls.length === 1 ? calls[0]?.item : undefined;
  }

  /** Takes note of a notification. */
  observe(event: ServerNotification): void {
    switch (event.method) {
      case "item/started":
        return this.#begin(event.params);
      case "item/completed": {
        const { threadId, item } = event.params;
        if (isRecord(item)) this.#items.delete(keyOf(threadId, item.id));
        return;
      }
      case "item/fileChange/patchUpdated":
        return this.#change(event.params);
      case "turn/completed":
        return this.#endTurn(event.params.threadId, event.params.turn);
      case "thread/closed":
      case "thread/deleted":
        return this.#forget((open) => open.threadId === event.params.threadId);
    }
  }

  /** Forgets all: the connection is gone. */
  clear(): void {
    this.#items.clear();
  }

  #begin({ threadId, turnId, item }: OpenItem): void {
    if (!isRecord(item) || typeof item.id !== "string") return;
    this.#items.set(keyOf(threadId, item.id), { threadId, turnId, item });
    if (this.#items.size <= MAX_ITEMS) return;
    const [oldest] = this.#items.keys();
    this.#items.delete(oldest as string);
  }

  #change({ threadId, turnId, itemId, changes }: {
    readonly threadId: string;
    readonly turnId: string;
    readonly itemId: string;
    readonly changes: Extract<ThreadItem, { type: "fileChange" }>["changes"];
  }): void {
    const item = this.get(threadId, itemId);
    if (item?.type !== "fileChange") return;
    this.#items.set(keyOf(threadId, itemId), { threadId, turnId, item: { ...item, changes } });
  }

  /** A terminal may outlive the turn that opened it, and a later turn asks to write to it. */
  #endTurn(threadId: string, turn: unknown): void {
    if (!isRecord(turn)) return;
    const terminalsStay = turn.status === "completed";
    this.#forget((open) =>
      open.threadId === threadId && open.turnId === turn.id &&
      !(terminalsStay && open.item.type === "commandExecution")
    );
  }

  #forget(isGone: (open: OpenItem) => boolean): void {
    for (const [key, open] of this.#items) if (isGone(open)) this.#items.delete(key);
  }
}

/** Neither id has a line break in it. */
function keyOf(threadId: string, itemId: string): string {
  return `${threadId}\n${itemId}`;
}
