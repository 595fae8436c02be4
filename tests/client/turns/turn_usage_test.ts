import type { TurnHandle } from "../../../mod.ts";
import { type FakeMessage, fakeThreadStart, notification } from "../../../testing.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, type Fixture, open, settled, started, THREAD } from "../_fixture.ts";

/** A report of the thread's tokens and of those of its last model request. */
function used(turnId: string, total: number, last: number, threadId = THREAD): FakeMessage {
  const tokenUsage = {
    total: { totalTokens: total },
    last: { totalTokens: last },
    modelContextWindow: null,
  };
  return notification("thread/tokenUsage/updated", { threadId, turnId, tokenUsage });
}

/** The tokens of a turn with these reports, and how it ends. */
async function tokensOf(
  { server }: Fixture,
  turn: TurnHandle,
  reports: readonly FakeMessage[],
  status = "completed",
): Promise<unknown> {
  server.sendBatch([...reports, completed(status, {}, turn.id, turn.threadId)]);
  const { usage } = await turn.run();
  return usage && [usage.turn.totalTokens, usage.last.totalTokens, usage.total.totalTokens];
}

test("TurnResult.usage.turn has the tokens of all model requests of the turn [R-88]", async () => {
  await using fixture = await open();
  const { thread } = fixture;
  const first = await thread.turn("one");
  assertEquals(await tokensOf(fixture, first, [used("turn-1", 100, 100)]), [100, 100, 100]);
  const reports = [used("turn-2", 120, 20), used("turn-2", 150, 30), used("turn-2", 190, 40)];
  const second = await thread.turn("two");
  assertEquals(await tokensOf(fixture, second, reports), [90, 40, 190]);
});

test("TurnResult.usage.turn of an interrupted turn does not count the repeated report of the turn before [R-88]", async () => {
  await using fixture = await open();
  const { thread } = fixture;
  await tokensOf(fixture, await thread.turn("one"), [used("turn-1", 100, 40)]);
  const second = await thread.turn("two");
  assertEquals(await tokensOf(fixture, second, [used("turn-2", 100, 40)], "interrupted"), [
    0,
    40,
    100,
  ]);
  const third = await thread.turn("three");
  const reports = [used("turn-3", 107, 7), used("turn-3", 107, 7)];
  assertEquals(await tokensOf(fixture, third, reports, "interrupted"), [7, 7, 107]);
});

test("TurnResult.usage.turn counts from what a resumed or forked thread had used [R-88]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  server.on("thread/resume", ({ threadId }, request) => {
    server.sendBatch([used("old", 300, 50, String(threadId))]);
    request.reply(fakeThreadStart(String(threadId)));
  });
  const resumed = await (await codex.threadResume("stored")).turn("more");
  const repeated = [used(resumed.id, 300, 50, "stored")];
  assertEquals(await tokensOf(fixture, resumed, repeated, "interrupted"), [0, 50, 300]);

  await tokensOf(fixture, await thread.turn("one"), [used("turn-2", 100, 40)]);
  server.on("thread/fork", () => fakeThreadStart("forked"));
  const forked = await (await codex.threadFork(thread.id)).turn("other");
  const again = [used(forked.id, 100, 40, "forked")];
  assertEquals(await tokensOf(fixture, forked, again, "interrupted"), [0, 40, 100]);
});

for (const options of [{ lastTurnId: "turn-1" }, { beforeTurnId: "turn-2" }]) {
  const [name] = Object.keys(options);
  test(`TurnResult.usage.turn counts from the turn that a fork with ${name} ends with [R-88]`, async () => {
    await using fixture = await open();
    const { server, codex, thread } = fixture;
    await tokensOf(fixture, await thread.turn("one"), [used("turn-1", 100, 100)]);
    await tokensOf(fixture, await thread.turn("two"), [used("turn-2", 200, 100)]);
    server.on("thread/fork", () => fakeThreadStart("forked"));
    const forked = await (await codex.threadFork(thread.id, options)).turn("other");
    const reports = [used(forked.id, 160, 60, "forked"), used(forked.id, 170, 10, "forked")];
    assertEquals(await tokensOf(fixture, forked, reports), [70, 10, 170]);
  });
}

test("TurnResult.usage.turn counts from what is left after a revert [R-88]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  await tokensOf(fixture, await thread.turn("one"), [used("turn-1", 100, 100)]);
  await tokensOf(fixture, await thread.turn("two"), [used("turn-2", 200, 100)]);
  server.on("thread/revert", () => ({}));
  await thread.revert("turn-2");
  const reports = [used("turn-3", 160, 60), used("turn-3", 170, 10)];
  assertEquals(await tokensOf(fixture, await thread.turn("three"), reports), [70, 10, 170]);
});

test("TurnResult.usage.turn of a turn that is interrupted after a revert does not count the repeated report [R-88]", async () => {
  await using fixture = await open();
  const { server, thread, codex } = fixture;
  await tokensOf(fixture, await thread.turn("one"), [used("turn-1", 100, 60)]);
  await tokensOf(fixture, await thread.turn("two"), [used("turn-2", 200, 100)]);
  await tokensOf(fixture, await thread.turn("three"), [used("turn-3", 250, 50)]);
  server.on("thread/revert", () => ({}));
  await thread.revert("turn-2");
  const repeated = [used("turn-4", 100, 60)];
  assertEquals(
    await tokensOf(fixture, await thread.turn("four"), repeated, "interrupted"),
    [0, 60, 100],
  );
  const next = [used("turn-5", 130, 30)];
  assertEquals(await tokensOf(fixture, await thread.turn("five"), next), [30, 30, 130]);

  for (const options of [{ lastTurnId: "turn-1" }, { beforeTurnId: "turn-5" }]) {
    const [id = ""] = Object.keys(options);
    server.on("thread/fork", () => fakeThreadStart(id));
    const forked = await (await codex.threadFork(thread.id, options)).turn("other");
    const again = [used(forked.id, 100, 60, id)];
    assertEquals(await tokensOf(fixture, forked, again, "interrupted"), [0, 60, 100]);
  }
});

test("TurnResult.usage.turn of a joined turn includes what it used before [R-88]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.sendBatch([
    started("foreign"),
    used("foreign", 10, 10),
  ]);
  await settled(fixture);
  server.on("thread/read", () => ({ thread: { status: { type: "active" } } }));
  server.on("turn/steer", () => ({ turnId: "foreign" }));
  const joined = await thread.turn("more", { whenBusy: "steer" });
  assertEquals(await tokensOf(fixture, joined, [used("foreign", 30, 20)]), [30, 20, 30]);
});
