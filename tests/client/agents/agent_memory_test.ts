import { Codex } from "../../../mod.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { fakeServer, finish, settled } from "../_fixture.ts";
import { kept } from "../_kept.ts";
import { begun, spawned } from "./_agents.ts";

/** Returns how many streams and readers a thread has. */
function readersOf(codex: Codex, threadId: string): number {
  return kept(codex).sessions.get(threadId)?.state?.events.size ?? 0;
}

test("Thread.subAgents leaves nothing in the thread when the loop exits", async () => {
  await using server = fakeServer();
  await using codex = new Codex({ connect: server.connect });
  const thread = await codex.threadStart();
  const turn = await thread.turn("hi");
  const agents = thread.subAgents();
  assertEquals(readersOf(codex, thread.id), 1);
  server.sendBatch([...spawned("a"), begun("a")]);
  for await (const _ of agents) break;
  assertEquals(readersOf(codex, thread.id), 0);
  await finish(server, turn);
});

test("Codex forgets all sub-agents when the connection ends", async () => {
  await using server = fakeServer();
  const codex = new Codex({ connect: server.connect });
  const thread = await codex.threadStart();
  const turn = await thread.turn("hi");
  server.sendBatch([...spawned("a"), begun("a")]);
  await settled({ server, codex });
  assertEquals(kept(codex).sessions.agents.size, 1);
  await finish(server, turn);
  await codex.close();
  assertEquals(kept(codex).sessions.agents.size, 0);
});
