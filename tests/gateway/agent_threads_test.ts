import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { agentMessage, fakeThread, fakeTurn } from "../../testing.ts";
import { delta, GatewayPeer, isTurnEnd, messageStart } from "./_fixture.ts";

/** A gateway whose server knows the parents of threads. */
function withAgents(parents: Readonly<Record<string, string | null>>): GatewayPeer {
  const peer = new GatewayPeer();
  peer.server.on("thread/read", (params: unknown) => {
    const { threadId } = params as { threadId: string };
    const parentThreadId = parents[threadId] ?? null;
    if (threadId.startsWith("thread-") || threadId in parents) {
      return { thread: fakeThread(threadId, { parentThreadId }) };
    }
    return { thread: fakeThread("thread-1", { parentThreadId: null }) }; // not what was asked for
  });
  return peer;
}

test("a user reads what the sub-agents below their threads do, live, and changes nothing there", async () => {
  await using peer = withAgents({ child: "thread-1", grandchild: "child" });
  const { threadId } = await peer.begin();
  assertEquals(threadId, "thread-1");
  for (const id of ["child", "grandchild"]) {
    await using reader = await peer.events(id);
    const turn = fakeTurn("agent-turn");
    peer.server.notify("turn/started", { threadId: id, turn });
    peer.server.sendRaw(messageStart(id, turn.id));
    peer.server.sendBatch([
      delta(threadId, turn.id, "the parent's"),
      delta(id, turn.id, "the agent's"),
    ]);
    peer.end(id, turn.id);
    const events = await reader.until(isTurnEnd);
    assertEquals(events.flatMap((event) => Array.isArray(event) ? [event[1]] : []), [
      "the agent's",
    ]);
    const body = { input: "hi" };
    assertEquals(await peer.outcome(`POST threads/${id}/turns`, { body }), "403 read_only");
    for (const change of [{ name: "mine" }, { archived: true }, { archived: false }]) {
      assertEquals(await peer.outcome(`PATCH threads/${id}`, { body: change }), "403 read_only");
    }
    const path = `POST threads/${id}/turns/agent-turn`;
    assertEquals(await peer.outcome(`${path}/interrupt`, { body: {} }), "409 no_active_turn");
    assertEquals(await peer.outcome(`${path}/steer`, { body }), "409 no_active_turn");
    const seen = await (await peer.ask(`GET threads/${id}`)).json();
    assertEquals(seen.parentThreadId, id === "child" ? "thread-1" : "child");
  }
  // The handle of an agent's thread is the agent's: to close one would end its requests.
  assertEquals(await peer.outcome("GET threads/child/turns"), "200 ok");
  const sent = peer.server.received.map(({ method }) => method);
  for (const method of ["thread/resume", "thread/unsubscribe", "thread/archive"]) {
    assertEquals(sent.filter((one) => one === method), [], method);
  }
});

test("a message that began before the agent's thread was opened goes on, and is whole at its end", async () => {
  await using peer = withAgents({ child: "thread-1" });
  await peer.begin();
  const running = fakeTurn("agent-turn");
  peer.server.on("thread/turns/list", () => ({ data: [running], nextCursor: null }));
  await using thread = peer.page().open("child");
  const text = async (wanted: string): Promise<void> => {
    for await (const { turns } of thread.updates()) {
      const item = turns.at(-1)?.items[0]?.item;
      if (item?.type === "agentMessage" && item.text === wanted) return;
    }
  };
  for await (const { turns } of thread.updates()) if (turns.length > 0) break;
  peer.server.sendBatch([delta("child", "agent-turn", " two")]);
  await text("… two");
  const item = agentMessage("item-1", "one two");
  const params = { item, threadId: "child", turnId: "agent-turn", completedAtMs: 0 };
  peer.server.notify("item/completed", params);
  await text("one two");
});

test("another user's sub-agent, a forged id and a chain without an end do not exist", async () => {
  await using peer = withAgents({
    child: "thread-1",
    orphan: null,
    one: "other",
    other: "one",
    stranger: "nobody's",
  });
  await peer.begin("ann");
  await peer.begin("bob");
  const user = "bob";
  const ids = ["child", "orphan", "one", "stranger", "forged", "x".repeat(5_000), "..%2Fthread-2"];
  for (const id of ids) {
    for (const end of ["", "/events", "/turns", "/requests"]) {
      const outcome = await peer.outcome(`GET threads/${id}${end}`, { user });
      assertEquals(outcome, "404 thread_not_found", `${id.slice(0, 20)}${end}`);
    }
    const change = { user, body: { archived: true } };
    assertEquals(await peer.outcome(`PATCH threads/${id}`, change), "404 thread_not_found");
  }
  assertEquals(await peer.outcome("GET threads/child"), "200 ok");
  // Nor is it bob's once it is loaded for ann.
  assertEquals(await peer.outcome("GET threads/child/events", { user }), "404 thread_not_found");
});
