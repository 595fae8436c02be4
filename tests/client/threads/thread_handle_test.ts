import { Codex, ThreadNotFoundError } from "../../../mod.ts";
import { ThreadNotMaterializedError } from "../../../errors.ts";
import { Sessions } from "../../../src/client/session/sessions.ts";
import type { ThreadState } from "../../../src/client/threads/thread_state.ts";
import type { Thread } from "../../../mod.ts";
import { fakeThreadStart } from "../../../testing.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { count, fakeServer, finish, open, settled, THREAD } from "../_fixture.ts";

test("Codex.threadResume returns the open handle, with fresh settings [R-59]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const named = { ...fakeThreadStart(THREAD, { name: "named" }), model: "other" };
  server.on("thread/resume", () => named);
  server.on("thread/settings/update", () => ({}));
  const all = [codex.threadResume(THREAD), codex.threadResume(THREAD, { model: "other" })];
  for (const again of await Promise.all(all)) assertStrictEquals(again, thread);
  assertEquals([thread.name, thread.settings.model], ["named", "other"]);
  assertEquals(count(server, "thread/resume"), 2);
});

test("Codex.threadResume returns one handle for concurrent resumes [R-59]", async () => {
  await using server = fakeServer();
  server.on("thread/resume", ({ threadId }) => fakeThreadStart(String(threadId)));
  await using codex = new Codex({ connect: server.connect });
  const [first, second] = await Promise.all([codex.threadResume("a"), codex.threadResume("a")]);
  assertStrictEquals(first, second);
  assert(await codex.threadResume("b") !== first);
});

test("Codex.threadResume, cancelled, keeps the subscription of the open handle [R-59]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const held = server.defer("thread/resume");
  const controller = new AbortController();
  const { signal } = controller;
  const given = codex.threadResume(THREAD, { signal }).catch(() => {});
  const other = server.defer("thread/resume");
  const alone = codex.threadResume("thread-7", { signal }).catch(() => {});
  await Promise.all([held.arrived(), other.arrived()]);
  controller.abort();
  await Promise.all([given, alone]);
  held.reply(fakeThreadStart(THREAD));
  other.reply(fakeThreadStart("thread-7"));
  const { params } = await server.nextRequest("thread/unsubscribe");
  assertEquals(params, { threadId: "thread-7" });
  await settled(fixture);
  assertEquals(count(server, "thread/unsubscribe"), 1);
  await finish(server, await thread.turn("hi"));
});

test("Codex distinguishes a thread with nothing stored from an unknown one [R-61]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  for (const method of ["thread/resume", "thread/fork", "thread/archive"]) {
    server.on(method, ({ threadId }, request) => {
      request.fail({ code: -32600, message: `no rollout found for thread id ${threadId}` });
    });
  }
  const calls = (id: string): (() => Promise<unknown>)[] => [
    () => codex.threadResume(id),
    () => codex.threadFork(id),
    () => codex.threadArchive(id),
  ];
  for (const call of calls(THREAD)) await assertRejects(call, ThreadNotMaterializedError);
  for (const call of calls("thread-7")) await assertRejects(call, ThreadNotFoundError);
  assertEquals(count(server, "thread/start"), 1);
});

test("ThreadSession releases what was closed, deleted or lost [R-59]", () => {
  const sessions = new Sessions(() => {
    throw new Error("No sub-agent needs a handle here");
  });
  const hold = (id: string, ephemeral = false): ThreadState => {
    sessions.of(id).attach(fakeThreadStart(id, { ephemeral }), null, () => ({}) as Thread);
    return sessions.get(id)?.state as ThreadState;
  };
  const closed = hold("closed");
  sessions.get("closed")?.detach(closed);
  hold("deleted");
  sessions.receive({ method: "thread/deleted", params: { threadId: "deleted" } });
  hold("ephemeral", true);
  sessions.receive({ method: "thread/closed", params: { threadId: "ephemeral" } });
  assertEquals(sessions.size, 0);
  const first = hold("again");
  first.end("it was closed");
  assertEquals(sessions.get("again")?.isNeeded, false);
  const second = hold("again");
  assert(second !== first);
  sessions.of("again").detach(first);
  assertEquals([sessions.size, sessions.get("again")?.isNeeded], [1, true]);
  sessions.close(new Error("gone"));
  assertEquals(sessions.get("again")?.state, undefined);
  const done = sessions.of("x").opening();
  const doneToo = sessions.of("x").opening();
  done();
  assert(sessions.get("x")?.isNeeded && sessions.get("x")?.isOpening);
  doneToo();
  assertEquals(sessions.get("x"), undefined);
});
