/** The items of a thread that have started but not ended. */
import type { ThreadItem, Turn } from "../../generated/types.ts";
import type { ServerNotification } from "../../protocol/notification.ts";
import { isRecord } from "../../util/is_record.ts";
import { endQuestions } from "../requests/open_requests.ts";
import type { ServerRequest } from "../requests/server_request.ts";

/** Maximum number of items; past it, the oldest is dropped. */
const MAX_ITEMS = 1_000;

/** An item; a request may hold it past its end. */
export interface OpenItem {
  readonly turnId: string;
  /** The latest version of the item. */
  item: ThreadItem;
}

/**
 * Keeps each item from its start to its end, whoever started its turn: a request to approve file changes names an item and
 * does not contain the changes.
 */
export class OpenItems {
  readonly #items = new Map<string, OpenItem>();

  /** How many items are open. */
  get size(): number {
    return this.#items.size;
  }

  /** Returns an open item. */
  get(itemId: string): OpenItem | undefined {
    return this.#items.get(itemId);
  }

  /** Returns the running call of a tool of an MCP server in a turn, if there is exactly one. */
  mcpToolCall(turnId: string, server: string): OpenItem | undefined {
    const calls = [...this.#items.values()].filter((open) =>
      open.turnId === turnId && open.item.type === "mcpToolCall" && open.item.server === server
    );
    return calls.length === 1 ? calls[0] : undefined;
  }

  /** Handles a notification of the thread; the end of a call ends its questions among the requests. */
  observe(event: ServerNotification, requests: Iterable<ServerRequest> = []): void {
    switch (event.method) {
      case "item/started":
        return this.#begin(event.params);
      case "item/completed": {
        const { item } = event.params;
        endQuestions(requests, item);
        if (isRecord(item)) this.#items.delete(item.id);
        return;
      }
      case "item/fileChange/patchUpdated": {
        const { itemId, changes } = event.params;
        const open = this.get(itemId);
        if (open?.item.type === "fileChange") open.item = { ...open.item, changes };
        return;
      }
    }
  }

  /** Removes all items. */
  clear(): void {
    this.#items.clear();
  }

  /** Keeps terminals: they may outlive their turn, and a later turn may ask to write to them. */
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
