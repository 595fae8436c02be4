import { TurnActiveError, TurnFailedError, TurnTimeoutError } from "../../../mod.ts";
import { ThreadClosedError } from "../../../errors.ts";
import { fakeTurn, notification, turnEvents } from "../../../testing.ts";
import type { FakeMessage, TurnEventsOptions } from "../../../testing.ts";
import { assert, assertEquals, assertRejects } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import "../../_support/loaded_modules.ts";
import { test } from "../../_support/test.ts";
import { count, finish, open, reasonOf, settled, THREAD } from "../_fixture.ts";

const COMPACTION = { type: "contextCompaction", id: "item-1" } as never;

/** The notifications of a compaction. */
function compaction(options: Partial<TurnEventsOptions> = {}): FakeMessage[] {
  return turnEvents({ threadId: THREAD, turnId: "compact-1", items: [COMPACTION], ...options });
}

test("Thread.compact waits for the end of the compacting turn, whatever else the thread runs", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const held = server.defer("thread/compact/start");
  const compacting = thread.compact();
  await held.arrived();
  const foreign = { threadId: THREAD, turn: fakeTurn("of-others", "interrupted") };
  server.sendBatch([notification("turn/completed", foreign)]);
  held.reply({});
  server.sendBatch(compaction());
  const { id, items } = await compacting;
  assertEquals([id, items.length], ["compact-1", 1]);
  await finish(server, await thread.turn("hi"));
});

test("Thread.compact fails as its turn did, even before compacting started [R-21]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("thread/compact/start", (_params, request) => {
    request.reply({});
    const error = { message: "no room", codexErrorInfo: "other", additionalDetails: null };
    server.sendBatch(compaction({ items: [], status: "failed", error: error as never }));
  });
  await assertRejects(() => thread.compact(), TurnFailedError, "no room");
});

test("Thread.compact survives events that lack their turn or item [R-69]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const threadId = thread.id;
  server.on("thread/compact/start", (_params, request) => {
    request.reply({});
    for (const method of ["turn/started", "item/started", "turn/completed"]) {
      server.notify(method, { threadId });
    }
    server.sendBatch(compaction({}));
  });
  assertEquals((await thread.compact()).status, "completed");
});

test("Thread.compact makes the thread busy [R-26]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  await assertRejects(() => thread.compact(), TurnActiveError);
  await finish(server, turn);
  server.on("thread/compact/start", () => ({}));
  const compacting = thread.compact();
  const [reverting, running] = [thread.revert("turn-1"), thread.run("hi")].map(reasonOf);
  assert(await reverting instanceof TurnActiveError);
  assert(await running instanceof TurnActiveError);
  await assertRejects(() => thread.compact(), TurnActiveError);
  await assertRejects(() => thread.revert("turn-1"), TurnActiveError);
  await server.nextRequest("thread/compact/start");
  server.sendBatch(compaction());
  await compacting;
  assertEquals(count(server, "thread/compact/start"), 1);
});

test("Thread.compact is interrupted whenever it is cancelled [R-29] [R-11]", async () => {
  using _clock = fakeClock({ waitsForModules: true });
  await using fixture = await open();
  const { server, thread } = fixture;
  const interrupts: unknown[] = [];
  server.on("turn/interrupt", ({ turnId }) => {
    interrupts.push(turnId);
    server.sendBatch(compaction({ status: "interrupted" }).slice(-2));
    return {};
  });
  // Before the reply: undone when it arrives.
  const held = server.defer("thread/compact/start");
  const early = new AbortController();
  const given = reasonOf(thread.compact({ signal: early.signal }));
  await held.arrived();
  early.abort("early");
  assertEquals(await given, "early");
  held.reply({});
  await server.nextRequest("turn/interrupt");
  // Before the turn is known.
  server.on("thread/compact/start", () => ({}));
  await assertRejects(() => thread.compact({ timeoutMs: 20 }), TurnTimeoutError, "20 ms");
  await settled(fixture);
  // While it runs.
  server.on("thread/compact/start", (_params, request) => {
    request.reply({});
    server.sendBatch(compaction({ status: "inProgress" }));
  });
  await assertRejects(() => thread.compact({ timeoutMs: 20 }), TurnTimeoutError);
  assertEquals(interrupts, ["", "", "compact-1"]);
  await finish(server, await thread.turn("hi"));
  const aborted = AbortSignal.abort("before");
  assertEquals(await reasonOf(thread.compact({ signal: aborted })), "before");
  assertEquals(count(server, "thread/compact/start"), 3);
});

test("Thread.compact ends with the handle and with the connection [R-13]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  server.on("thread/compact/start", () => ({}));
  const closed = reasonOf(thread.compact());
  await settled(fixture);
  await thread.close();
  assert(await closed instanceof ThreadClosedError);
  const other = await codex.threadStart();
  const lost = reasonOf(other.compact());
  await settled(fixture);
  await codex.close();
  assertEquals((await lost as { code?: string }).code, "transport_closed");
});
