/** A client keeps nothing about a thread that nobody needs any more, however its work ended. */
import type { Codex } from "../../../mod.ts";
import { type FakeMessage, fakeTurn, notification } from "../../../testing.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, open, reasonOf, settled, started } from "../_fixture.ts";
import { kept } from "../_kept.ts";

const TARGET = { type: "uncommittedChanges" } as const;

/** Returns how many threads the client knows about. */
function threads(codex: Codex): number {
  return kept(codex).sessions.size;
}

test("a client forgets a thread whose abandoned start had ended before its reply", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const start = server.defer("turn/start");
  const controller = new AbortController();
  const params = { threadId: "elsewhere", input: [] };
  const reason = reasonOf(codex.request("turn/start", params, { signal: controller.signal }));
  await start.arrived();
  controller.abort(new Error("no longer wanted"));
  await reason;
  server.sendBatch([completed("completed", {}, "turn", "elsewhere")]);
  start.reply({ turn: fakeTurn("turn") });
  await settled(fixture);
  assertEquals(threads(codex), 1);
});

test("a client forgets the thread of a separate review at its end, and immediately if its id was seen before", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  server.on("review/start", () => ({ turn: fakeTurn("review"), reviewThreadId: "elsewhere" }));
  const review = await thread.review(TARGET);
  assertEquals(threads(codex), 2);
  server.sendBatch([completed("completed", {}, "review", "elsewhere")]);
  await review.run();
  assertEquals(threads(codex), 1);
  kept(codex).sessions.abandoned.add("review");
  await reasonOf(thread.review(TARGET));
  assertEquals(threads(codex), 1);
});

/** The beginning of a turn of a thread that has no handle here. */
function otherTurn(threadId: string, turnId: string): FakeMessage[] {
  const item = { type: "agentMessage", id: "item", text: "" };
  return [
    started(turnId, threadId),
    notification("item/started", { threadId, turnId, item, startedAtMs: 0 }),
  ];
}

test("a client forgets threads without a handle when their turns end", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  for (let index = 0; index < 20; index++) {
    const [threadId, turnId] = [`other thread ${index}`, `turn ${index}`];
    server.sendBatch(otherTurn(threadId, turnId));
    await settled(fixture);
    assertEquals(threads(codex), 2);
    server.sendBatch([completed("completed", {}, turnId, threadId)]);
    await settled(fixture);
    assertEquals(threads(codex), 1);
  }
});

test("a closed client remembers no thread", async () => {
  const fixture = await open();
  const { server, codex } = fixture;
  server.sendBatch(otherTurn("other thread", "turn"));
  await settled(fixture);
  assertEquals(threads(codex), 2);
  await fixture[Symbol.asyncDispose]();
  assertEquals(threads(codex), 0);
});
