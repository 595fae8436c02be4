/** The servers of a worker, scripted. */
import { Codex } from "../../mod.ts";
import {
  PoolClosedError,
  ServerLostError,
  ServerPool,
  type ServerPoolOptions,
} from "../../fleet.ts";
import { FakeAppServer } from "../../testing.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";

/** Scripted servers, in the order of their starts. */
function scripted(memory: () => number = () => 1): {
  readonly servers: FakeAppServer[];
  readonly start: ServerPoolOptions["start"];
} {
  const servers: FakeAppServer[] = [];
  const start = (): Promise<Codex> => {
    const server = new FakeAppServer();
    server.on("server/diagnostics", () => {
      const process = { id: 1, residentMemoryBytes: memory(), physicalFootprintBytes: null };
      return { process, gauges: [] };
    });
    servers.push(server);
    return Codex.start({ connect: server.connect });
  };
  return { servers, start };
}

test("ServerPool shares servers, makes the rest wait in order, and drains [R-110]", async () => {
  const { servers, start } = scripted();
  await using pool = new ServerPool({
    start,
    servers: 2,
    threadsPerServer: 2,
    maxWaiting: 1,
    checkMs: 0,
  });
  assertEquals(pool.capacity, 4);
  const leases = [await pool.lease("a")];
  for (const thread of ["b", "c", "d"]) leases.push(await pool.lease(thread));
  assertEquals([servers.length, new Set(leases.map(({ codex }) => codex)).size], [2, 2]);
  const fifth = pool.lease("e");
  await assertRejects(() => pool.lease("f"), PoolClosedError, "wait already");
  leases[0]?.release();
  leases[0]?.release(); // once
  const held = await fifth;
  assertEquals(pool.stats.leases, 4);
  // A thread has one lease at a time, and a wait can be given up.
  const gaveUp = new AbortController();
  const twice = pool.lease("e", { signal: gaveUp.signal });
  leases[1]?.release();
  gaveUp.abort(new RangeError("enough"));
  await assertRejects(() => twice, RangeError, "enough");
  assertEquals(pool.stats.waiting, 0);

  const draining = pool.drain();
  await assertRejects(() => pool.lease("g"), PoolClosedError, "draining");
  for (const lease of [...leases, held]) lease.release();
  await draining;
  assertEquals([pool.stats.leases, pool.stats.servers], [0, 2]);
});

test("ServerPool replaces a server that crashes, is too large or does not answer [R-110]", async () => {
  using clock = fakeClock();
  let memory = 1;
  const { servers, start } = scripted(() => memory);
  await using pool = new ServerPool({
    start,
    memoryLimitBytes: 100,
    checkMs: 1_000,
    checkTimeoutMs: 500,
  });
  const first = await pool.lease("a");
  servers[0]?.exit({ code: 1 });
  const lost = async (signal: AbortSignal): Promise<unknown> => {
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    }
    return signal.reason;
  };
  assert(await lost(first.lost) instanceof ServerLostError);
  const before = clock.elapsedMs;
  const second = await pool.lease("a"); // another server, after a pause
  assert(clock.elapsedMs > before && clock.elapsedMs - before <= 100);
  assertEquals([servers.length, pool.stats.crashes], [2, 1]);

  // A large server keeps its threads, and gets no further ones.
  memory = 101;
  while (pool.stats.retired === 0) await new Promise((resolve) => setTimeout(resolve, 500));
  const next = pool.lease("b");
  memory = 1;
  assert(!second.lost.aborted);
  second.release();
  const third = await next;
  assertEquals(servers.length, 3);

  servers[2]?.on("server/diagnostics", () => new Promise<never>(() => {}));
  assert(await lost(third.lost) instanceof ServerLostError);
  assertEquals(pool.stats.servers, 0);
});

test("ServerPool tells those that wait when no server can be started [R-110]", async () => {
  using _clock = fakeClock();
  let starts = 0;
  await using pool = new ServerPool({
    start: () => Promise.reject(new Error(`no binary ${++starts}`)),
  });
  await assertRejects(() => pool.lease("a"), ServerLostError, "no binary 3");
});

test("ServerPool refuses numbers out of range by name [R-110]", () => {
  const { start } = scripted();
  const wrong = {
    servers: 0,
    threadsPerServer: 1.5,
    maxWaiting: -1,
    memoryLimitBytes: NaN,
    checkMs: -1,
    checkTimeoutMs: NaN,
  };
  for (const [name, value] of Object.entries(wrong)) {
    assertThrows(() => new ServerPool({ start, [name]: value }), RangeError, name);
  }
});
