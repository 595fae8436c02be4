import {
  RequestTimeoutError,
  ThreadNotFoundError,
  TransportClosedError,
  TurnTimeoutError,
} from "../../../mod.ts";
import { ThreadClosedError } from "../../../errors.ts";
import { fakeThreadStart, fakeTurn, turnEvents } from "../../../testing.ts";
import type { SandboxPolicy } from "../../../protocol.ts";
import type { FakeAppServer } from "../../../testing.ts";
import { assertEquals, assertInstanceOf, assertRejects } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { count, type Fixture, open, reasonOf, settled, THREAD } from "../_fixture.ts";

/** Makes the server answer a resume, and every turn with a message. */
function answering(server: FakeAppServer): void {
  let turns = 0;
  server.on("thread/resume", ({ threadId }) => fakeThreadStart(String(threadId)));
  server.on("turn/start", ({ threadId }, request) => {
    const id = `turn-${++turns}`;
    request.reply({ turn: fakeTurn(id) });
    server.sendBatch(turnEvents({ threadId: String(threadId), turnId: id }));
  });
}

/** Makes the server unload the thread, and waits until the client has noticed. */
async function unloaded(fixture: Fixture, threadId: string = THREAD): Promise<void> {
  fixture.server.notify("thread/closed", { threadId });
  await settled(fixture);
}

const NOT_FOUND = { code: -32600, message: `thread not found: ${THREAD}` };

test("Thread.run resumes a thread that the server closed, but only once [R-63]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  answering(server);
  const thread = await codex.threadStart({ config: { model_verbosity: "low" }, model: "m" });
  await unloaded(fixture, thread.id);
  await thread.run("one");
  const { params } = await server.nextRequest("thread/resume");
  const config = { model_verbosity: "low" };
  assertEquals(params, { threadId: thread.id, excludeTurns: true, config });
  await thread.run("two");
  assertEquals(count(server, "thread/resume"), 1);
  assertEquals(count(server, "turn/start"), 2);
});

test("concurrent Thread.run and similar calls share one resume [R-63]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  answering(server);
  await unloaded(fixture);
  const held = server.defer("thread/resume");
  server.on("thread/revert", () => ({}));
  const reverting = thread.revert("turn-0");
  const running = thread.run("one");
  await held.arrived();
  held.reply(fakeThreadStart(THREAD));
  await Promise.all([reverting, running]);
  assertEquals(count(server, "thread/resume"), 1);
});

test("Thread.run resumes if the server turns out not to know the thread, but only once [R-63]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  answering(server);
  server.defer("turn/start").fail(NOT_FOUND);
  assertEquals((await thread.run("one")).status, "completed");
  assertEquals(count(server, "thread/resume"), 1);
  server.on("turn/start", (_params, request) => request.fail(NOT_FOUND));
  await assertRejects(() => thread.run("two"), ThreadNotFoundError);
  assertEquals(count(server, "thread/resume"), 2);
  assertEquals(count(server, "turn/start"), 4);
});

test("Thread.run on a lost ephemeral thread rejects with a typed error and resumes nothing [R-63] [R-61]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  let threads = 0;
  server.on("thread/start", () => fakeThreadStart(`ephemeral-${++threads}`, { ephemeral: true }));
  const unknown = await codex.threadStart();
  server.defer("turn/start").fail(NOT_FOUND);
  await assertRejects(() => unknown.run("one"), ThreadNotFoundError);
  const closed = await codex.threadStart({ ephemeral: true });
  await unloaded(fixture, closed.id);
  await assertRejects(() => closed.run("one"), ThreadClosedError, "ephemeral");
  assertEquals([count(server, "turn/start"), count(server, "thread/resume")], [1, 0]);
});

test("Thread.run reports why the resume failed, and the next run retries [R-63]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  answering(server);
  await unloaded(fixture);
  const message = `no rollout found for thread id ${THREAD}`;
  server.defer("thread/resume").fail({ code: -32600, message });
  await assertRejects(() => thread.run("one"), ThreadNotFoundError, message);
  assertEquals(count(server, "turn/start"), 0);
  await thread.run("two");
  assertEquals(count(server, "thread/resume"), 2);
});

test("Thread.run applies its limits while the thread is being resumed [R-29] [R-63]", async () => {
  using _clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  answering(server);
  await unloaded(fixture);
  const held = server.defer("thread/resume");
  await assertRejects(() => thread.run("one", { timeoutMs: 5 }), TurnTimeoutError);
  await assertRejects(() => thread.revert("turn-0", { timeoutMs: 5 }), RequestTimeoutError);
  const controller = new AbortController();
  const reason = reasonOf(thread.revert("turn-0", { signal: controller.signal }));
  controller.abort("enough");
  assertEquals(await reason, "enough");
  held.reply(fakeThreadStart(THREAD));
  await thread.run("two");
  assertEquals(count(server, "thread/resume"), 1);
});

test("Thread.status notLoaded means unloaded, until the thread is resumed [R-63]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  answering(server);
  const changed = (type: string): void =>
    server.notify("thread/status/changed", { threadId: THREAD, status: { type } });
  changed("notLoaded");
  changed("idle");
  await settled(fixture);
  assertEquals(thread.status, { type: "idle" });
  await thread.run("one");
  assertEquals(count(server, "thread/resume"), 1);
});

test("Thread.run rejects if the connection ends while the thread is being resumed [R-13]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  await unloaded(fixture);
  const held = server.defer("thread/resume");
  const running = reasonOf(thread.run("one"));
  await held.arrived();
  server.exit({ code: 1 });
  assertInstanceOf(await running, TransportClosedError);
  await assertRejects(() => thread.run("two"), TransportClosedError);
});

test("a reopened or forked thread keeps its sandbox, which the server does not store [R-91]", async () => {
  const workspace: SandboxPolicy = {
    type: "workspaceWrite",
    writableRoots: ["/extra"],
    networkAccess: true,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: false,
  };
  const weaker: SandboxPolicy = { type: "dangerFullAccess" };
  await using fixture = await open({}, { sandbox: workspace });
  const { server, codex, thread } = fixture;
  answering(server);
  server.on("thread/settings/update", () => ({}));
  server.on("thread/resume", () => ({ ...fakeThreadStart(THREAD), sandbox: weaker }));
  server.on("thread/fork", () => ({ ...fakeThreadStart("fork"), sandbox: weaker }));
  await unloaded(fixture);
  await thread.run("one");
  const order = server.received.map(({ method }) => method).slice(-3);
  assertEquals(order, ["thread/resume", "thread/settings/update", "turn/start"]);
  const update = await server.nextRequest("thread/settings/update");
  assertEquals(update.params, { threadId: THREAD, sandboxPolicy: workspace });
  assertEquals(thread.settings.sandbox, workspace);

  await unloaded(fixture);
  assertEquals((await codex.threadResume(THREAD)).settings.sandbox, workspace);
  await unloaded(fixture);
  const given = await codex.threadResume(THREAD, { sandbox: "fullAccess" });
  assertEquals(given.settings.sandbox, weaker);
  await unloaded(fixture);
  await codex.threadResume(THREAD, { sandbox: "workspace" });

  const fork = await codex.threadFork(THREAD);
  assertEquals(fork.settings.sandbox, workspace);
  const asked = await codex.threadFork(THREAD, { sandbox: "fullAccess" });
  assertEquals(asked.settings.sandbox, weaker);
  assertEquals(count(server, "thread/settings/update"), 4);
});
