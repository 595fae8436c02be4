import { type SubAgent, TransportClosedError } from "../../../mod.ts";
import { StreamOverflowError } from "../../../errors.ts";
import { fakeThread, fakeThreadStart, notification } from "../../../testing.ts";
import { assertEquals, assertInstanceOf } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { completed, count, delta, finish, methods, open, reasonOf, settled } from "../_fixture.ts";
import { all, next, summary } from "../items/_items.ts";
import { begun, spawned, spawnedByName, unloaded, worked } from "./_agents.ts";

function idsOf(agents: readonly SubAgent[]): string[] {
  return agents.map(({ threadId, parentThreadId, turn }) =>
    `${parentThreadId} > ${threadId}: ${turn.id}`
  );
}

test("TurnHandle.subAgents yields each sub-agent when it starts, with its turn [R-18]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([...spawned("a"), begun("a")]);
  const agent = await next(agents);
  assertEquals(idsOf([agent]), ["thread-1 > a: turn of a"]);
  assertEquals([agent.prompt, agent.path], ["work as a", null]);
  const items = all(agent.turn.items());
  server.sendBatch([...worked("a"), ...spawnedByName("b"), begun("b")]);
  assertEquals((await items).map(summary), ["agentMessage message of a completed"]);
  assertEquals((await agent.turn.run()).finalResponse, "a is done");
  const named = await next(agents);
  assertEquals([named.prompt, named.path], [null, "/root/b"]);
  await finish(server, turn, "parent");
  assertEquals(await all(agents), []);
  server.sendBatch(worked("b"));
  assertEquals((await named.turn.run()).finalResponse, "b is done");
});

test("TurnHandle separates the events of a sub-agent's turn and its parent's [R-18]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const [events, agents] = [methods(turn.stream()), turn.subAgents()];
  server.sendBatch([...spawned("a"), begun("a"), delta("x", "m", "turn of a", "a")]);
  const agent = await next(agents);
  const own = methods(agent.turn.stream());
  server.sendBatch([delta("y"), ...worked("a"), completed()]);
  assertEquals(await events, [
    "item/started",
    "item/completed",
    "item/agentMessage/delta",
    "turn/completed",
  ]);
  assertEquals(await own, [
    "turn/started",
    "item/agentMessage/delta",
    "item/started",
    "item/agentMessage/delta",
    "item/completed",
    "turn/completed",
  ]);
});

test("TurnHandle.subAgents loses nothing if an agent's events arrive before the one that names it", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([begun("a"), ...worked("a").slice(0, 3), ...spawned("a")]);
  const agent = await next(agents);
  assertEquals([agent.parentThreadId, agent.prompt], ["thread-1", "work as a"]);
  server.sendBatch(worked("a").slice(3));
  assertEquals((await agent.turn.run()).finalResponse, "a is done");
  assertEquals((await all(agent.turn.textStream())).join(""), "a is done");
});

test("TurnHandle.subAgents accepts agents reported by thread/started", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  const child = fakeThread("a", { parentThreadId: thread.id });
  const fork = fakeThread("fork", { forkedFromId: thread.id });
  server.sendBatch([
    ...[child, fork].map((started) => notification("thread/started", { thread: started })),
    begun("fork", "turn of fork", "turn of fork"),
    begun("a", "turn of a", "turn of a"),
    completed(),
  ]);
  assertEquals(idsOf(await all(agents)), ["thread-1 > a: turn of a"]);
});

test("TurnHandle.subAgents also yields agents of sub-agents, each with its own parent", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([
    ...spawned("a"),
    begun("a"),
    ...spawned("b", { threadId: "a", turnId: "turn of a" }),
    begun("b"),
  ]);
  await settled(fixture);
  const agents = turn.subAgents();
  const [a, b] = [await next(agents), await next(agents)];
  assertEquals(idsOf([a, b]), ["thread-1 > a: turn of a", "a > b: turn of b"]);
  const under = a.turn.subAgents();
  const again = await next(under);
  assertEquals([again, await next(turn.subAgents())], [b, a]);
  server.sendBatch([...worked("b"), ...worked("a"), completed()]);
  assertEquals([await all(under), await all(agents)], [[], []]);
});

test("TurnHandle.subAgents yields an agent that is already working, but no idle one", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([
    ...["rests", "gone", "works"].flatMap((child) => [...spawned(child), begun(child)]),
    ...worked("rests"),
    unloaded("gone"),
  ]);
  await settled(fixture);
  const agents = turn.subAgents();
  const agent = await next(agents);
  assertEquals(agent.threadId, "works");
  server.sendBatch([...worked("works"), ...spawned("longer"), begun("longer"), completed()]);
  assertEquals((await agent.turn.run()).finalResponse, "works is done");
  assertEquals((await all(agents)).map(({ threadId }) => threadId), ["longer"]);
  assertEquals(await all(turn.subAgents()), []); // it has ended: running agents may work for another turn
  server.sendBatch([...worked("longer"), begun("rests", "later")]);
  await settled(fixture);
  assertEquals(await all(turn.subAgents()), []);
  await codex.close();
  assertEquals(count(server, "turn/interrupt"), 0); // and it has no handle
});

test("Thread.subAgents yields an agent again when it gets another task, and ends with the handle", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const agents = thread.subAgents();
  const turn = await thread.turn("hi");
  server.sendBatch([...spawned("a"), begun("a"), ...worked("a")]);
  const first = await next(agents);
  await finish(server, turn);
  server.sendBatch([begun("a", "second", "turn-9"), ...worked("a", "second")]);
  const second = await next(agents);
  assertEquals(idsOf([first, second]), ["thread-1 > a: turn of a", "thread-1 > a: second"]);
  assertEquals((await second.turn.run()).finalResponse, "a is done");
  await thread.close();
  assertEquals(await all(agents), []);
});

test("SubAgent.turn survives an interrupt of its parent, and is interrupted separately", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([...spawned("a"), begun("a")]);
  const agent = await next(agents);
  await turn.interrupt();
  assertEquals(await all(agents), []);
  server.sendBatch([delta("on", "m", "turn of a", "a")]);
  for await (const piece of agent.turn.textStream()) {
    assertEquals(piece, "on");
    break; // lets the agent continue
  }
  await settled(fixture);
  assertEquals(count(server, "turn/interrupt"), 1);
  await agent.turn.interrupt();
  assertEquals((await agent.turn.run()).status, "interrupted");
  const [, second] = server.received.filter(({ method }) => method === "turn/interrupt");
  assertEquals(second?.params, { threadId: "a", turnId: "turn of a" });
});

test("SubAgent.read returns what is stored about the agent's thread", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("thread/read", ({ threadId }) => ({
    thread: fakeThread(String(threadId), { agentNickname: "Ada", agentRole: "tester" }),
  }));
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([...spawned("a"), begun("a")]);
  const { thread: stored } = await (await next(agents)).read();
  assertEquals([stored.id, stored.agentNickname, stored.agentRole], ["a", "Ada", "tester"]);
});

test("SubAgent.turn is recovered or lost when the server unloads the thread [R-19]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("thread/read", ({ threadId }) => ({ thread: fakeThread(String(threadId)) }));
  const whole = worked("a").at(-1)?.params as { turn: unknown };
  server.on("thread/turns/list", () => ({ data: [whole.turn], nextCursor: null }));
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([...spawned("a"), begun("a")]);
  const agent = await next(agents);
  server.sendBatch([unloaded("a")]);
  assertEquals((await agent.turn.run()).finalResponse, "a is done");
  assertEquals(clock.elapsedMs, 1_000);
});

test("TurnHandle.subAgents and the agents' turns end with the connection [R-13]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const [ofTurn, ofThread] = [turn.subAgents(), thread.subAgents()];
  server.sendBatch([...spawned("a"), begun("a")]);
  const agent = await next(ofTurn);
  assertEquals(await next(ofThread), agent);
  await server[Symbol.asyncDispose]();
  for (const stream of [ofTurn, ofThread]) {
    assertInstanceOf(await reasonOf(stream.next()), TransportClosedError);
    assertEquals((await stream.next()).done, true);
  }
  assertInstanceOf(await reasonOf(agent.turn.run()), TransportClosedError);
});

test("Codex.close interrupts sub-agents that are being followed", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([...spawned("a"), begun("a")]);
  const agent = await next(agents);
  await codex.close();
  assertEquals((await agent.turn.run()).status, "interrupted");
  assertEquals(await all(agents), []);
});

test("TurnHandle.subAgents does not adopt agents that start after the loop exits", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([...spawned("a"), begun("a")]);
  for await (const _ of agents) break;
  assertEquals(count(server, "turn/interrupt"), 0);
  server.sendBatch([...worked("a"), ...spawned("b"), begun("b")]);
  await settled(fixture);
  server.on("thread/resume", ({ threadId }) => fakeThreadStart(String(threadId)));
  const child = await codex.threadResume("b");
  const own = await child.turn("mine"); // which would be refused while the agent's turn has a handle
  assertEquals(own.threadId, "b");
  await finish(server, turn);
});

test("TurnHandle.subAgents ignores a turn that the caller started on an agent's thread", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  server.on("thread/resume", ({ threadId }) => fakeThreadStart(String(threadId)));
  const agents = thread.subAgents();
  const turn = await thread.turn("hi");
  server.sendBatch([...spawned("a"), begun("a"), ...worked("a")]);
  const agent = await next(agents);
  await agent.turn.run();
  const child = await codex.threadResume("a");
  const own = await child.turn("mine");
  server.sendBatch([begun("a", own.id, own.id), ...worked("a", own.id)]);
  assertEquals((await own.run()).finalResponse, "a is done");
  await finish(server, turn);
  await thread.close();
  assertEquals(await all(agents), []);
});

test(
  "TurnHandle.subAgents fails a reader with 1,024 unread agents, and the turn continues",
  async () => {
    await using fixture = await open();
    const { server, thread } = fixture;
    const turn = await thread.turn("hi");
    const agents = turn.subAgents();
    const names = Array.from({ length: 1_025 }, (_, index) => `a${index}`);
    for (const name of names) server.sendBatch([...spawned(name), begun(name), ...worked(name)]);
    await settled(fixture);
    assertInstanceOf(await reasonOf(agents.next()), StreamOverflowError);
    await finish(server, turn);
  },
  { timeoutMs: 30_000 },
);

test("TurnHandle.subAgents ignores unknown values [R-69]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  const place = { threadId: thread.id, turnId: turn.id };
  const item = (fields: Record<string, unknown>) =>
    notification("item/completed", { ...place, item: { id: "x", ...fields } });
  server.sendBatch([
    item({ type: "collabAgentToolCall", tool: "spawnAgent" }),
    item({
      type: "collabAgentToolCall",
      tool: "spawnAgent",
      receiverThreadIds: [5, null, thread.id],
    }),
    item({ type: "collabAgentToolCall", tool: "wait", receiverThreadIds: ["waited for"] }),
    item({ type: "subAgentActivity", kind: "started" }),
    item({ type: "subAgentActivity", kind: "waved", agentThreadId: "waved" }),
    notification("item/completed", place),
    notification("thread/started", {}),
    notification("turn/started", { threadId: "b" }),
    notification("turn/started", {}),
    notification("turn/completed", {}),
    notification("thread/status/changed", {}),
    notification("thread/closed", {}),
    begun("waited for", "t", "t"),
    begun("waved", "t", "t"),
    completed(),
  ]);
  assertEquals(await all(agents), []);
  assertEquals((await turn.run()).status, "completed");
});
