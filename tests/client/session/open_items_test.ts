import type { ServerNotification } from "../../../mod.ts";
import { OpenItems } from "../../../src/client/session/open_items.ts";
import { fakeTurn, notification } from "../../../testing.ts";
import type { Turn } from "../../../protocol.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

/** Handles a notification as the thread's session does. */
function observe(items: OpenItems, method: string, params: unknown): void {
  if (method === "turn/completed") return items.endTurn((params as { turn: Turn }).turn);
  if (method === "thread/closed") return items.clear();
  items.observe(notification(method, params) as unknown as ServerNotification);
}

function start(items: OpenItems, id: string, type = "fileChange", turnId = "t", more = {}): void {
  observe(items, "item/started", { threadId: "x", turnId, item: { type, id, ...more } });
}

test("OpenItems keeps an item from its start to its end or that of its turn or thread", () => {
  const items = new OpenItems();
  start(items, "1");
  start(items, "2");
  start(items, "3", "agentMessage", "u");
  assertEquals([items.size, items.get("1")?.item.id], [3, "1"]);
  observe(items, "item/completed", { threadId: "x", turnId: "t", item: { id: "1" } });
  assertEquals([items.size, items.get("1")], [2, undefined]);
  observe(items, "turn/completed", { threadId: "x", turn: fakeTurn("t", "completed") });
  assertEquals([items.size, items.get("3")?.item.id], [1, "3"]);
  observe(items, "thread/closed", { threadId: "x" });
  assertEquals(items.size, 0);
  for (const params of [{}, { threadId: "x", item: 5 }, { threadId: "x", item: { id: 5 } }]) {
    for (const method of ["item/started", "item/completed", "turn/completed"]) {
      observe(items, method, params);
    }
  }
  assertEquals(items.size, 0);
});

test("OpenItems keeps a terminal past its turn, because a later turn may write to it, unless the turn was interrupted", () => {
  const items = new OpenItems();
  for (const status of ["completed", "interrupted"] as const) {
    start(items, "terminal", "commandExecution");
    observe(items, "turn/completed", { threadId: "x", turn: fakeTurn("t", status) });
    assertEquals(items.get("terminal") !== undefined, status === "completed");
  }
});

test("OpenItems finds the call of an MCP server's tool if there is exactly one", () => {
  const items = new OpenItems();
  start(items, "1", "mcpToolCall", "t", { server: "a" });
  assertEquals(items.mcpToolCall("t", "a")?.item.id, "1");
  assertEquals(items.mcpToolCall("t", "b"), undefined);
  start(items, "of another turn", "mcpToolCall", "u", { server: "a" });
  assertEquals(items.mcpToolCall("t", "a")?.item.id, "1");
  start(items, "2", "mcpToolCall", "t", { server: "a" });
  assertEquals(items.mcpToolCall("t", "a"), undefined);
});

test("OpenItems keeps only the latest 1,000 items", () => {
  const items = new OpenItems();
  for (let at = 0; at < 1_500; at++) start(items, String(at));
  assertEquals([items.size, items.get("499"), items.get("500")?.item.id], [
    1_000,
    undefined,
    "500",
  ]);
});
