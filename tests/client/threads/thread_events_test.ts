import { TransportClosedError } from "../../../mod.ts";
import { agentMessage, notification } from "../../../testing.ts";
import {
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import {
  delta,
  events,
  finish,
  itemCompleted,
  methods,
  open,
  settled,
  THREAD,
} from "../_fixture.ts";

test("Thread.events yields every notification of the thread, and of no other [R-18]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const other = await codex.threadStart();
  const seen = methods(thread.events());
  const foreign = events({ turnId: "turn-of-others", items: [agentMessage("item-1", "hi")] });
  const named = (threadId: string): ReturnType<typeof notification> =>
    notification("thread/name/updated", { threadId, threadName: threadId });
  server.sendBatch([
    notification("thread/started", { thread: { id: THREAD } }),
    ...foreign,
    delta("x", "item-1", "turn-1", other.id),
    named(other.id),
    named(THREAD),
    notification("deprecationNotice", { summary: "of no thread", details: null }),
    { method: "thread/of/tomorrow", params: { threadId: THREAD } },
    { method: "thread/name/updated" },
    { method: "thread/name/updated", params: [1] },
  ]);
  await settled(fixture);
  await thread.close();
  const own = ["thread/name/updated", "thread/of/tomorrow"];
  assertEquals(await seen, ["thread/started", ...foreign.map(({ method }) => method), ...own]);
  assertEquals([thread.name, other.name], [THREAD, other.id]);
});

test("Thread.events yields notifications after the end of a turn [R-25]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const seen = methods(thread.events({ methods: ["item/completed", "turn/completed"] }));
  const turn = await thread.turn("hi");
  await finish(server, turn);
  server.sendBatch([itemCompleted(agentMessage("late", "late"), turn.id)]);
  await settled(fixture);
  await thread.close();
  assertEquals(await seen, ["item/completed", "turn/completed", "item/completed"]);
});

test("Thread.events accepts a signal, and its readers are independent", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const controller = new AbortController();
  const stopped = thread.events({ signal: controller.signal });
  const left = thread.events();
  const stays = thread.events();
  server.sendBatch([delta("a"), delta("b")]);
  await settled(fixture);
  await left.return();
  controller.abort("enough");
  await stopped.next();
  await stopped.next();
  const reason = await stopped.next().then(() => undefined, (error: unknown) => error);
  assertStrictEquals(reason, "enough");
  assertEquals([left.pending, stays.pending], [0, 2]);
  assertThrows(() => thread.events({ methods: "turn/started" as never }), TypeError);
  assertThrows(() => thread.events({ signal: AbortSignal.abort(new TypeError("x")) }), TypeError);
});

test("Thread.events ends when the thread is deleted", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const seen = methods(thread.events());
  server.notify("thread/deleted", { threadId: THREAD });
  assertEquals(await seen, ["thread/deleted"]);
});

test("Thread.events rejects when the connection ends, and just ends after a close [R-13]", async () => {
  await using crashed = await open();
  const events = crashed.thread.events();
  crashed.server.exit({ code: 1 });
  await assertRejects(() => methods(events), TransportClosedError);
  await using closed = await open();
  const seen = methods(closed.thread.events());
  await closed.codex.close();
  assertEquals(await seen, []);
});

test("Thread.settings follows the server's updates, and survives missing fields [R-69]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  assertEquals(thread.settings.approvalPolicy, "on-request");
  const changed = (threadSettings: unknown): void =>
    server.notify("thread/settings/updated", { threadId: THREAD, threadSettings });
  const sandboxPolicy = { type: "dangerFullAccess" };
  changed({ approvalPolicy: "never", sandboxPolicy, effort: "low" });
  changed(null);
  server.notify("thread/status/changed", { threadId: THREAD });
  await settled(fixture);
  const { approvalPolicy, sandbox, reasoningEffort, model } = thread.settings;
  assertEquals([approvalPolicy, reasoningEffort, model], ["never", "low", "fake-model"]);
  assertEquals(sandbox, sandboxPolicy as typeof sandbox);
  assertEquals(thread.status, { type: "idle" });
});
