import { TurnActiveError } from "../../../mod.ts";
import { InternalRpcError } from "../../../errors.ts";
import { assertEquals, assertInstanceOf, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { answer, completed, count, events, finish, open, reasonOf, settled } from "../_fixture.ts";

test("Thread.turn refuses a second turn while one runs, and sends nothing", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  for (const start of [() => thread.turn("more"), () => thread.run("more")]) {
    const error = await assertRejects(start, TurnActiveError);
    assertEquals([error.threadId, error.code], [thread.id, "turn_active"]);
  }
  await settled(fixture);
  assertEquals(count(server, "turn/start"), 1);
  await finish(server, turn);
  await finish(server, await thread.turn("again"));
});

test("Thread.turn refuses a second turn while the first is being started", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const first = thread.turn("hi");
  assertInstanceOf(await reasonOf(thread.turn("more")), TurnActiveError);
  await finish(server, await first);
  assertEquals(count(server, "turn/start"), 1);
});

test("Thread.turn refuses a second turn on another handle of the same thread", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  server.on("thread/resume", ({ threadId }) => ({ thread: { id: threadId } }));
  const same = await codex.threadResume(thread.id);
  await assertRejects(() => same.turn("more"), TurnActiveError);
  const other = await codex.threadStart();
  const parallel = await other.turn("hi");
  server.sendBatch([completed("completed", {}, parallel.id, other.id)]);
  await parallel.run();
  await finish(server, turn);
});

test("Thread.turn works again after a failed start", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const refused = server.defer("turn/start");
  const first = reasonOf(thread.turn("hi"));
  refused.fail({ code: -32603, message: "no" });
  assertInstanceOf(await first, InternalRpcError);
  await finish(server, await thread.turn("again"));
});

test("Thread.turn works again after an abort, a failure and an interrupt", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const controller = new AbortController();
  const aborted = await thread.turn("1", { signal: controller.signal });
  controller.abort();
  await reasonOf(aborted.run());
  const failed = await thread.turn("2");
  server.sendBatch(events({ turnId: failed.id, status: "failed" }));
  await reasonOf(failed.run());
  await (await thread.turn("3")).interrupt();
  await finish(server, await thread.turn("4"));
  assertEquals(count(server, "turn/start"), 4);
});

test("Thread.turn works again as soon as run() has returned", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("turn/start", (_params, request) => {
    const turnId = `turn of ${request.id}`;
    request.reply({ turn: { id: turnId } });
    server.sendBatch(answer("ok", turnId));
  });
  for (let n = 0; n < 20; n++) assertEquals((await thread.run("hi")).finalResponse, "ok");
});
