/** How long a run keeps its place before a thread. */
import { memoryStore } from "../../fleet.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("a run that has begun keeps its place before a thread while its next attempt waits for minutes [R-110]", async () => {
  const { now } = Date;
  let atMs = 1_000_000;
  Date.now = () => atMs;
  try {
    await using store = memoryStore();
    const request = { thread: "talk", ttlMs: 30_000 };
    const begun = await store.acquire({ ...request, runId: "one" });
    assert(begun !== undefined);
    await store.release(begun.lease);
    atMs += 300_000;
    assertEquals(await store.acquire({ ...request, runId: "two" }), undefined);
    atMs += 300_001;
    assert(await store.acquire({ ...request, runId: "two" }) !== undefined);
  } finally {
    Date.now = now;
  }
});
