/** What a run's log says is finished is in the stored rollout. */
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AgentJobResult, type FleetEvent, memoryStore } from "../../fleet.ts";
import type { ThreadItem } from "../../protocol.ts";
import { Committer } from "../../src/fleet/committer.ts";
import { RolloutCopy } from "../../src/fleet/rollout.ts";
import { agentMessage } from "../../testing.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { withFolder } from "../process/_current.ts";

const item = (id: string): FleetEvent => ({
  type: "item",
  turnId: "turn",
  item: agentMessage(id, "") as ThreadItem,
});

test("an item whose output the server never writes is not stored as finished; the end of its turn vouches for it [R-110]", async () => {
  await withFolder(async (folder) => {
    await using store = memoryStore();
    const file = join(folder, "rollout.jsonl");
    await writeFile(file, '{"type":"session_meta"}\n');
    const owned = await store.acquire({ thread: "t", runId: "run", ttlMs: 60_000 });
    assert(owned !== undefined);
    const kept = new Map<string, Uint8Array>();
    const copy = new RolloutCopy(
      {
        put: (key, bytes) => Promise.resolve(void kept.set(key, bytes)),
        get: (key) => Promise.resolve(kept.get(key)),
        remove: () => Promise.resolve(),
      },
      file,
      { thread: "t", threadId: "thread", path: "rollout.jsonl", epoch: owned.lease.epoch },
      undefined,
    );
    const committer = new Committer(store, owned.lease, { ttlMs: 60_000, after: 0 });
    committer.follow(copy);
    const stored = async (): Promise<string[]> =>
      (await store.events("run", 0, 100)).map(({ event }) =>
        event.type === "item" ? event.item.id : event.type
      );

    committer.add(item("one"), ["one"]);
    committer.add(item("two"), ["two"]);
    await committer.flush();
    assertEquals(await stored(), []);

    await appendFile(file, '{"type":"function_call_output","call_id":"one"}\n');
    committer.add({ type: "attemptFailed", worker: "w", error: "x" });
    await committer.flush();
    assertEquals(await stored(), ["one", "attemptFailed"]);

    await appendFile(file, '{"type":"task_complete","turn_id":"turn"}\n');
    const result = { runId: "run", status: "completed", attempts: 1 } as AgentJobResult;
    committer.add({ type: "ended", result }, ["turn"]);
    await committer.flush();
    assertEquals(await stored(), ["one", "attemptFailed", "two", "ended"]);
  });
});
