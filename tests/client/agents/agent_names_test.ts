/** Agents whose turn starts before the server names their task, as happens on a loaded machine. */
import { TransportClosedError } from "../../../mod.ts";
import { fakeThreadStart, fakeTurn, notification } from "../../../testing.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { completed, delta, finish, methods, open, settled } from "../_fixture.ts";
import { all, next } from "../items/_items.ts";
import { begun, spawned, worked } from "./_agents.ts";

test("TurnHandle.subAgents yields an agent whose turn starts first once its prompt and parent are known", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([...spawned("a"), begun("a")]);
  const a = await next(agents);
  const under = a.turn.subAgents();
  server.sendBatch([begun("b"), delta("first ", "m", "turn of b", "b")]);
  await settled(fixture);
  const later = turn.subAgents(); // opened before the name has arrived
  const seen = [agents, under, later].map(async (stream) => {
    const agent = stream === later ? (await next(later), await next(later)) : await next(stream);
    return [agent.threadId, agent.parentThreadId, agent.prompt];
  });
  await settled(fixture);
  server.sendBatch(spawned("b", { threadId: "a", turnId: "turn of a" }));
  for (const agent of await Promise.all(seen)) assertEquals(agent, ["b", "a", "work as b"]);
  server.sendBatch([...worked("b"), ...worked("a"), completed()]);
  assertEquals([await all(under), await all(agents)], [[], []]);
});

test("TurnHandle.subAgents keeps events of an agent's turn until the agent is known", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([begun("a"), ...worked("a").slice(0, 2)]);
  await settled(fixture);
  server.sendBatch(spawned("a"));
  const agent = await next(agents);
  const events = methods(agent.turn.stream());
  server.sendBatch([...worked("a").slice(2), completed()]);
  assertEquals(await events, [
    "turn/started",
    "item/started",
    "item/agentMessage/delta",
    "item/completed",
    "turn/completed",
  ]);
  assertEquals((await agent.turn.run()).finalResponse, "a is done");
});

test("TurnHandle.subAgents yields an agent of an older server that is reported after its turn has started", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  // Codex 0.155 reports no root turn, so nothing relates the turn to its parent yet.
  server.sendBatch([notification("turn/started", { threadId: "a", turn: fakeTurn("turn of a") })]);
  await settled(fixture);
  server.sendBatch(spawned("a"));
  const agent = await next(agents);
  assertEquals([agent.threadId, agent.turn.id], ["a", "turn of a"]);
  server.sendBatch([...worked("a"), completed()]);
  assertEquals((await agent.turn.run()).finalResponse, "a is done");
  assertEquals(await all(agents), []);
});

test("TurnHandle.subAgents yields an agent that is never named after a second or at the end of its turn", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([begun("slow")]);
  const slow = await next(agents);
  assertEquals(clock.elapsedMs, 1_000);
  server.sendBatch([begun("quick"), ...worked("quick"), begun("left"), completed()]);
  const [quick, left, ...more] = await all(agents);
  assertEquals([slow, quick, left].map((agent) => [agent?.threadId, agent?.prompt]), [
    ["slow", null],
    ["quick", null],
    ["left", null],
  ]);
  assertEquals([more, clock.elapsedMs], [[], 1_000]);
  assertEquals((await quick?.turn.run())?.finalResponse, "quick is done");
});

test("TurnHandle.subAgents releases an agent that nobody waits for when its name arrives", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([begun("a")]);
  await settled(fixture);
  await agents.return();
  server.sendBatch(spawned("a"));
  await settled(fixture);
  server.on("thread/resume", ({ threadId }) => fakeThreadStart(String(threadId)));
  const own = await (await codex.threadResume("a")).turn("mine"); // refused while the agent's turn has a handle
  assertEquals(own.threadId, "a");
  await finish(server, turn);
});

test("Codex.close does not wait for the names of agents", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([begun("a")]);
  await settled(fixture);
  await codex.close();
  assertEquals(clock.elapsedMs, 0);
  assertEquals((await all(agents)).map(({ threadId }) => threadId), ["a"]);
});

test("TurnHandle.subAgents yields an agent that has no name yet when the connection ends", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const agents = turn.subAgents();
  server.sendBatch([begun("a")]);
  await settled(fixture);
  server.exit();
  assertEquals((await next(agents)).threadId, "a");
  await assertRejects(() => agents.next(), TransportClosedError);
});
