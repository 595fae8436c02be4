/** The state machine of one thread, driven only by notifications and replies: without a client, connection or server. */
import { fakeTurn } from "../../../testing.ts";
import type { ServerNotification } from "../../../mod.ts";
import { ThreadSession } from "../../../src/client/session/thread_session.ts";
import { RecentIds } from "../../../src/client/session/recent_ids.ts";
import { assert, assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed } from "../turns/_turn_events.ts";

function session(): ThreadSession {
  return new ThreadSession("thread", {
    abandoned: new RecentIds(),
    ended: new RecentIds(),
    closed: undefined,
    turnEnding: () => {},
    settled: () => {},
  });
}

function receive(thread: ThreadSession, event: unknown, turnId?: string): void {
  thread.accept(event as ServerNotification, turnId);
}

function started(turnId: string): unknown {
  return { method: "turn/started", params: { threadId: "thread", turn: fakeTurn(turnId) } };
}

function status(type: string): unknown {
  return { method: "thread/status/changed", params: { threadId: "thread", status: { type } } };
}

function item(id: string, turnId: string): unknown {
  const params = { threadId: "thread", turnId, item: { type: "fileChange", id, changes: [] } };
  return { method: "item/started", params };
}

test("ThreadSession follows a foreign turn from its start to its end", async () => {
  const closed = { method: "thread/closed", params: { threadId: "thread" } };
  for (const end of [status("idle"), completed({ turnId: "foreign" }), closed]) {
    const thread = session();
    receive(thread, started("foreign"), "foreign");
    assertEquals([thread.foreignTurn, thread.isBusy, thread.isIdle], ["foreign", false, false]);
    assert(thread.isKnown("foreign") && !thread.isOurs("foreign"));
    const { changed } = thread;
    receive(thread, end, "foreign");
    await changed;
    assertEquals([thread.foreignTurn, thread.isIdle], [undefined, true]);
  }
});

test("ThreadSession considers a turn that begins before its reply foreign only while no start is in flight", () => {
  const thread = session();
  thread.reserve();
  receive(thread, started("turn"), "turn");
  assertEquals([thread.foreignTurn, thread.isBusy], [undefined, true]);
  assert(thread.mayBecomeOurs("turn"));
  const turn = thread.adopt("turn");
  assert(thread.isOurs("turn") && !thread.mayBecomeOurs("turn") && turn.hasBegun);
  assertEquals(thread.running, turn);
});

test("ThreadSession remembers abandoned turns, and those that ended before their reply", async () => {
  const thread = session();
  thread.reserve();
  receive(thread, started("early"), "early");
  receive(thread, completed({ turnId: "early" }), "early");
  thread.release();
  assert(thread.hasEnded("early"));
  thread.reserve();
  const turn = thread.adopt("left");
  turn.lose(new Error("given up"));
  await turn.outcome;
  assert(thread.isOurs("left") && !thread.hasEnded("left"));
  assert(thread.isIdle);
});

test("ThreadSession passes nothing more to a turn that began early and was not adopted", () => {
  const thread = session();
  thread.reserve();
  receive(thread, started("turn"), "turn");
  thread.release();
  receive(thread, completed(), "turn");
  assert(thread.hasEnded("turn"));
});

test("ThreadSession no longer considers a turn foreign once it is adopted", async () => {
  const thread = session();
  receive(thread, started("turn"), "turn");
  thread.reserve();
  const turn = thread.adopt("turn");
  assertEquals([thread.foreignTurn, thread.running], [undefined, turn]);
  receive(thread, completed(), "turn");
  await turn.outcome;
  assertEquals([thread.isBusy, thread.isIdle], [false, true]);
});

test("ThreadSession ignores a status that was reported before the turn was started", async () => {
  const thread = session();
  receive(thread, status("idle"));
  thread.reserve();
  const before = thread.adopt("before");
  receive(thread, status("idle"));
  receive(thread, completed({ turnId: "before" }), "before");
  await before.outcome;
  const seen: string[] = [];
  const watcher = { threadStatus: (type: string): void => void seen.push(type) };
  thread.reserve();
  thread.adopt("first").watch(watcher);
  assertEquals(seen, []);
  receive(thread, status("systemError"));
  assertEquals(seen, ["systemError"]);
});

test("ThreadSession keeps the open items of all turns until the turns end", () => {
  const thread = session();
  receive(thread, item("a", "one"), "one");
  receive(thread, item("b", "two"), "two");
  assertEquals([thread.items.size, thread.isIdle], [2, false]);
  receive(thread, completed({ turnId: "one" }), "one");
  assertEquals([thread.items.get("a"), thread.items.get("b")?.item.id], [undefined, "b"]);
});

test("ThreadSession keeps the turns that a start may have started, but not without end", () => {
  const thread = session();
  thread.reserve();
  for (let number = 0; number < 1_000; number++) {
    receive(thread, started(`turn-${number}`), `turn-${number}`);
  }
  const kept = Array.from({ length: 1_000 }, (_, number) => thread.turn(`turn-${number}`));
  assertEquals(kept.map((turn) => turn !== undefined).indexOf(true), 936);
  assert(thread.adopt("turn-999").startSeen && !thread.adopt("turn-0").startSeen);
});
