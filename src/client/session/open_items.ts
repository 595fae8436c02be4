/** The items of a thread that have begun and not ended. */
import type { ThreadItem, Turn } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";

/** How many items are kept: past this, the oldest is forgotten. */
const MAX_ITEMS = 1_000;

interface OpenItem {
  readonly turnId: string;
  readonly item: ThreadItem;
}

/**
 * Keeps each item from its start to its end, also of turns that nobody here has started: a request to approve changes of
 * files names an item and reports nothing of the changes.
 */
export class OpenItems {
  readonly #items = new Map<string, OpenItem>();

  /** How many items are open. */
  get size(): number {
    return this.#items.size;
  }

  /** The item as last reported. */
  get(itemId: string): ThreadItem | undefined {
    return this.#items.get(itemId)?.item;
  }

  /** The call of an MCP server's tool that runs in a turn, if there is just one: an elicitation does not name its item. */
  mcpToolCall(turnId: string, server: string): ThreadItem | undefined {
    const calls = [...this.#items.values()].filter((open) =>
      open.turnId === turnId && open.item.type === "mcpToolCall" && open.item.server === server
    );
    return calls.length === 1 ? calls[0]?.item : undefined;
  }

  /** Takes note of a notification of the thread. */
  observe(event: ServerNotification): void {
    switch (event.method) {
      case "item/started":
        return this.#begin(event.params);
      case "item/completed": {
        const { item } = event.params;
        if (isRecord(item)) this.#items.delete(item.id);
        return;
      }
      case "item/fileChange/patchUpdated": {
        const { turnId, itemId, changes } = event.params;
        const item = this.get(itemId);
        if (item?.type === "fileChange") {
          this.#items.set(itemId, { turnId, item: { ...item, changes } });
        }
        return;
      }
      case "turn/completed":
        return this.endTurn(event.params.turn);
      case "thread/closed":
      case "thread/deleted":
        return this.#items.clear();
    }
  }

  /** A terminal may outlive the turn that opened it, and a later turn asks to write to it. */
  endTurn(turn: Turn): void {
    if (!isRecord(turn)) return;
    const terminalsStay = turn.status === "completed";
    this.#forget(({ turnId, item }) =>
      turnId === turn.id && !(terminalsStay && item.type === "commandExecution")
    );
  }

  #begin({ turnId, item }: OpenItem): void {
    if (!isRecord(item) || typeof item.id !== "string") return;
    this.#items.set(item.id, { turnId, item });
    if (this.#items.size <= MAX_ITEMS) return;
    const [oldest] = this.#items.keys();
    this.#items.delete(oldest as string);
  }

  #forget(isGone: (open: OpenItem) => boolean): void {
    for (const [id, open] of this.#items) if (isGone(open)) this.#items.delete(id);
  }
}
