/** What every store promises: owners, a line, a log without gaps, messages, bytes. */
import { Redis } from "ioredis";
import pg from "pg";
import {
  type AgentJobResult,
  type FleetEvent,
  type FleetStore,
  folderThreads,
  LeaseLostError,
  memoryStore,
  objectThreads,
  postgresStore,
  redisStore,
  type ThreadStore,
} from "../../fleet.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { withTemporaryFolder } from "../_support/surroundings.ts";
import { test } from "../_support/test.ts";
import { startPostgres } from "./_postgres.ts";
import { hasRedis, startRedis } from "./_redis.ts";

async function keepsPromises(store: FleetStore, other: FleetStore): Promise<void> {
  const [thread, ttlMs] = ["thread-1", 60_000];
  const first = await store.acquire({ thread, runId: "a", ttlMs });
  assert(first !== undefined);
  assertEquals(await other.acquire({ thread, runId: "b", ttlMs }), undefined);
  assertEquals(await other.acquire({ thread, runId: "c", ttlMs }), undefined);
  const heard = new Promise<void>((resolve) => {
    const stop = other.watch("a", () => resolve(stop()));
  });
  const checkpoint = { threadId: "t", path: "p", parts: [], epoch: first.lease.epoch, written: 0 };
  const steered = (message: number): FleetEvent => ({ type: "steered", message }) as const;
  // NUL and half a pair survive.
  const refused = { type: "refused", message: 3, reason: "\0 \ud800" } as const;
  await store.commit(first.lease, { after: 0, events: [steered(1), steered(2)], checkpoint });
  await store.commit(first.lease, { after: 0, events: [steered(1), steered(2)] }); // a lost reply
  await store.commit(first.lease, { after: 2, events: [refused] });
  const log = await other.events("a", 1, 10);
  assertEquals(log.map(({ seq, event }) => [seq, event]), [[2, steered(2)], [3, refused]]);
  assertEquals((await other.events("a", 0, 1)).map(({ seq }) => seq), [1]);
  await heard;

  // The same run may be taken over: its former owner is fenced.
  const again = await other.acquire({ thread, runId: "a", ttlMs });
  assertEquals(again?.checkpoint, checkpoint);
  assert(again !== undefined && again.lease.epoch > first.lease.epoch);
  await assertRejects(() => store.commit(first.lease, { after: 3, events: [] }), LeaseLostError);
  assertEquals([await store.renew(first.lease, 1), await store.renew(again.lease, ttlMs)], [
    false,
    true,
  ]);
  await store.release(first.lease); // changes nothing
  assertEquals(await store.acquire({ thread, runId: "b", ttlMs }), undefined);
  const result: AgentJobResult = {
    ...{ runId: "a", status: "completed", threadId: "t", turnId: null, finalResponse: "done" },
    ...{ error: null, usage: null, attempts: 2, workspace: null },
  };
  await other.commit(again.lease, { after: 3, events: [{ type: "ended", result }] });
  await other.commit(again.lease, { after: 4, events: [steered(9)] }); // nothing follows the end
  assertEquals((await store.events("a", 3, 10)).map(({ event }) => event.type), ["ended"]);
  await other.release(again.lease);
  // Those in line keep their order, and one that is gone loses its place.
  assertEquals(await store.acquire({ thread, runId: "c", ttlMs }), undefined);
  const next = await store.acquire({ thread, runId: "b", ttlMs: 1 });
  assert(next !== undefined);
  await store.release(next.lease, 0);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert(await other.acquire({ thread, runId: "c", ttlMs }) !== undefined);

  // A worker that is killed after the end of its run holds up nobody in line.
  const killed = await store.acquire({ thread: "thread-2", runId: "d", ttlMs: 1 });
  assert(killed !== undefined);
  assertEquals(await store.acquire({ thread: "thread-2", runId: "e", ttlMs }), undefined);
  const events = [{ type: "ended", result: { ...result, runId: "d" } }] as const;
  await store.commit(killed.lease, { after: 0, events });
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert(await store.acquire({ thread: "thread-2", runId: "e", ttlMs }) !== undefined);

  await store.post("a", { type: "cancel" }, "key");
  await other.post("a", { type: "cancel", reason: "again" }, "key");
  await store.post("a", { type: "steer", input: "\0" });
  assertEquals(await other.messages("a", 0), [
    { seq: 1, message: { type: "cancel" } },
    { seq: 2, message: { type: "steer", input: "\0" } },
  ]);
  assertEquals((await store.messages("a", 1)).length, 1);
  await store.forget("a");
  assertEquals([await store.events("a", 0, 1), await store.messages("a", 0)], [[], []]);
  // Its id is free: a run of that name is logged from 1 on.
  const anew = await other.acquire({ thread: "thread-anew", runId: "a", ttlMs });
  assert(anew !== undefined);
  await other.commit(anew.lease, { after: 0, events: [steered(9)] });
  assertEquals((await store.events("a", 0, 9)).map(({ seq }) => seq), [1]);
}

async function keepsBytes(threads: ThreadStore): Promise<void> {
  const bytes = new Uint8Array([0, 255, 128, 10]);
  await threads.put("../a thread/1-0", bytes);
  assertEquals(await threads.get("../a thread/1-0"), bytes);
  await threads.remove(["../a thread/1-0", "none"]);
  assertEquals(await threads.get("../a thread/1-0"), undefined);
}

test("memoryStore and folderThreads keep what stores promise [R-110]", async () => {
  await using store = memoryStore();
  await keepsPromises(store, store);
  await withTemporaryFolder((folder) => keepsBytes(folderThreads(folder)));
});

test("objectThreads keeps parts as objects below a prefix [R-110]", async () => {
  const objects = new Map([["other", new Uint8Array(1)]]);
  const threads = objectThreads({
    putObject: (key, body) => Promise.resolve(void objects.set(key, body)),
    getObject: (key) => Promise.resolve(objects.get(key)),
    deleteObject: (key) => Promise.resolve(void objects.delete(key)),
  }, { prefix: "threads/" });
  const part = new Uint8Array([1, 2]);
  await threads.put("thread/1", part);
  part[0] = 9; // the caller may use its buffer again
  assertEquals([...objects.keys()], ["other", "threads/thread/1"]);
  await keepsBytes(threads);
  assertEquals(await threads.get("thread/1"), new Uint8Array([1, 2]));
  await threads.remove(["thread/1", "missing"]);
  assertEquals([...objects.keys()], ["other"]);
});

test("postgresStore keeps what stores promise, and listens again after a crash [R-110]", async () => {
  await using postgres = await startPostgres();
  const pool = new pg.Pool({ ...postgres.address });
  pool.on("error", () => {});
  await using store = postgresStore(pool);
  await using other = postgresStore(pool);
  await keepsPromises(store, other);
  await keepsBytes(store.threads);
  other.watch("later", () => {});
  await postgres.crash();
  await new Promise<void>((resolve) => other.watch("later", resolve)); // a new listener has missed something
  await keepsBytes(other.threads);
  await store.close();
  await other.close();
  await pool.end();
});

test("redisStore keeps what stores promise [R-110]", async () => {
  await using server = await startRedis();
  const redis = new Redis({ ...server.address, maxRetriesPerRequest: null });
  redis.on("error", () => {});
  try {
    await using store = redisStore(redis);
    await using other = redisStore(redis);
    await keepsPromises(store, other);
    await keepsBytes(store.threads);
  } finally {
    redis.disconnect();
  }
}, hasRedis ? {} : { skip: "there is no redis-server" });
