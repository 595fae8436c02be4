import { Codex } from "../../../mod.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { fakeServer, finish, settled } from "../_fixture.ts";
import { begun, spawned } from "./_agents.ts";

/** A client that tells what it keeps for sub-agents. */
class CountingCodex extends Codex {
  get knownAgents(): number {
    return this.context.agents.size;
  }

  /** How many streams and readers a thread has. */
  readersOf(threadId: string): number {
    return this.context.threads.state(threadId)?.events.size ?? 0;
  }
}

test("Thread.subAgents leaves nothing in the thread when the loop is left", async () => {
  await using server = fakeServer();
  await using codex = new CountingCodex({ connect: server.connect });
  const thread = await codex.threadStart();
  const turn = await thread.turn("hi");
  const agents = thread.subAgents();
  assertEquals(codex.readersOf(thread.id), 1);
  server.sendBatch([...spawned("a"), begun("a")]);
  for await (const _ of agents) break;
  assertEquals(codex.readersOf(thread.id), 0);
  await finish(server, turn);
});

test("Codex forgets all sub-agents when the connection ends", async () => {
  await using server = fakeServer();
  const codex = new CountingCodex({ connect: server.connect });
  const thread = await codex.threadStart();
  const turn = await thread.turn("hi");
  server.sendBatch([...spawned("a"), begun("a")]);
  await settled({ server, codex });
  assertEquals(codex.knownAgents, 1);
  await finish(server, turn);
  await codex.close();
  assertEquals(codex.knownAgents, 0);
});
