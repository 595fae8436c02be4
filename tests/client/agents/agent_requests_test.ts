import { TurnIdleTimeoutError } from "../../../errors.ts";
import type { FakeAppServer } from "../../../testing.ts";
import { assert, assertEquals, assertInstanceOf } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { completed, delta, finish, open, reasonOf, settled } from "../_fixture.ts";
import { next } from "../items/_items.ts";
import { begun, spawned, spawnedByName, unloaded, worked } from "./_agents.ts";

const APPROVAL = "item/commandExecution/requestApproval";

/** The client's decision on a command of a thread. */
async function ask(
  server: FakeAppServer,
  threadId: string,
  turnId = `turn of ${threadId}`,
): Promise<unknown> {
  const itemId = crypto.randomUUID(); // the next command, not this one again
  const params = { threadId, turnId, itemId, command: "ls", availableDecisions: ["accept"] };
  const reply = await server.request(APPROVAL, params);
  return (reply.result as { decision: unknown }).decision;
}

test("Thread handlers answer requests of sub-agents, which carry their own ids [R-18] [R-40]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const asked: string[] = [];
  thread.handle(APPROVAL, ({ threadId, turnId }) => {
    asked.push(`${threadId} ${turnId}`);
    return { decision: "accept" };
  });
  const turn = await thread.turn("hi");
  server.sendBatch([...spawned("a"), begun("a"), ...spawnedByName("b"), begun("b")]);
  assertEquals([await ask(server, "a"), await ask(server, "b")], ["accept", "accept"]);
  assertEquals(asked, ["a turn of a", "b turn of b"]);
  assertEquals(await ask(server, "stranger"), "decline");
  await finish(server, turn);
});

test("a sub-agent's request goes to its own turn, its parents' turns and threads, and the client, in this order [R-18] [R-40]", async () => {
  const met: string[] = [];
  const level = (name: string, takes = false) => () => {
    met.push(name);
    return takes ? { decision: "accept" as const } : undefined;
  };
  await using fixture = await open({ handlers: { [APPROVAL]: level("client", true) } });
  const { server, thread } = fixture;
  thread.handle(APPROVAL, level("thread"));
  const turn = await thread.turn("hi");
  turn.handle(APPROVAL, level("turn"));
  const agents = turn.subAgents();
  server.sendBatch([
    ...spawned("a"),
    begun("a"),
    ...spawned("b", { threadId: "a", turnId: "turn of a" }),
    begun("b"),
  ]);
  const [a, b] = [await next(agents), await next(agents)];
  a.turn.handle(APPROVAL, level("turn of a"));
  const remove = b.turn.handle(APPROVAL, level("turn of b"));
  assertEquals(await ask(server, "b"), "accept");
  assertEquals(met.splice(0), ["turn of b", "turn of a", "turn", "thread", "client"]);
  remove();
  server.sendBatch([completed()]);
  await turn.run();
  assertEquals(await ask(server, "b"), "accept");
  assertEquals(met, ["turn of a", "thread", "client"]);
});

test("a sub-agent's request goes to its parent even if the event that names the agent is late", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  thread.handle(APPROVAL, () => ({ decision: "accept" }));
  const turn = await thread.turn("hi");
  server.sendBatch([begun("a")]);
  assertEquals(await ask(server, "a"), "accept");
  server.sendBatch(spawned("a"));
  assertEquals(await ask(server, "a"), "accept");
  await finish(server, turn);
});

test("Thread.requests yields requests of sub-agents, and the answers go back to them [R-18]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const requests = thread.requests({ kinds: ["commandApproval"] });
  const turn = await thread.turn("hi");
  server.sendBatch([...spawned("a"), begun("a")]);
  const answer = ask(server, "a");
  const request = await next(requests);
  assertEquals([request.threadId, request.turnId], ["a", "turn of a"]);
  assert(request.kind === "commandApproval");
  request.approve();
  assertEquals(await answer, "accept");
  await finish(server, turn);
  await requests.return();
});

test("Thread.run with idleTimeoutMs pauses while a sub-agent works or asks [R-20]", async () => {
  using clock = fakeClock();
  let approve = (): void => {};
  await using fixture = await open({
    handlers: {
      [APPROVAL]: () => new Promise((resolve) => approve = () => resolve({ decision: "accept" })),
    },
  });
  const { server, thread } = fixture;
  const running = thread.run("hi", { idleTimeoutMs: 400 });
  await server.nextRequest("turn/start");
  server.sendBatch([...spawned("a"), begun("a")]);
  for (let count = 0; count < 8; count++) {
    await clock.advance(399); // more than the limit in total
    server.sendBatch([delta("x", "m", "turn of a", "a")]);
  }
  const asked = ask(server, "a");
  await clock.advance(900);
  approve();
  assertEquals(await asked, "accept");
  assertInstanceOf(await reasonOf(running), TurnIdleTimeoutError);
  assertEquals(clock.elapsedMs, 8 * 399 + 900 + 400); // the full limit, counted from the answer
});

test("a released sub-agent no longer belongs to its parent until it is opened again", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  thread.handle(APPROVAL, () => ({ decision: "accept" }));
  const turn = await thread.turn("hi");
  server.sendBatch([...spawned("a"), begun("a"), ...worked("a"), unloaded("a")]);
  assertEquals(await ask(server, "a"), "decline");
  server.sendBatch([...spawned("a", {}, "resumeAgent"), begun("a", "again", "other")]);
  assertEquals(await ask(server, "a", "again"), "accept");
  await finish(server, turn);
});

test("remembered sub-agent threads are bounded, and idle ones are dropped first", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  thread.handle(APPROVAL, () => ({ decision: "accept" }));
  const turn = await thread.turn("hi");
  server.sendBatch([...spawned("works"), begun("works"), ...spawned("rests")]);
  assertEquals(await ask(server, "rests"), "accept");
  for (let part = 0; part < 10; part++) {
    const names = Array.from({ length: 500 }, (_, index) => `a${part}-${index}`);
    server.sendBatch(names.flatMap((name) => spawned(name)));
    await settled(fixture);
  }
  assertEquals(await ask(server, "works"), "accept");
  assertEquals(await ask(server, "a9-499"), "accept");
  assertEquals(await ask(server, "rests"), "decline");
  await finish(server, turn);
});
