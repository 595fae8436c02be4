import type { ThreadForkOptions, ThreadListOptions } from "../../../mod.ts";
import { Codex } from "../../../mod.ts";
import { InternalRpcError, ThreadClosedError } from "../../../errors.ts";
import { fakeThread, fakeThreadStart, fakeTurn } from "../../../testing.ts";
import type { FakeAppServer, FakeMessage } from "../../../testing.ts";
import {
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { count, fakeServer, open, THREAD } from "../_fixture.ts";

/** Answers a list request with pages of one entry each. */
function paged(server: FakeAppServer, method: string, entries: readonly unknown[]): FakeMessage[] {
  const asked: FakeMessage[] = [];
  server.on(method, (params) => {
    asked.push(params);
    const at = Number(params.cursor ?? 0);
    return { data: [entries[at]], nextCursor: at + 1 < entries.length ? String(at + 1) : null };
  });
  return asked;
}

/** Returns the params of `thread/fork` for these options. */
async function forked(
  options?: ThreadForkOptions,
  fields: FakeMessage = {},
): Promise<FakeMessage> {
  await using server = fakeServer();
  const reply = fakeThreadStart("thread-8");
  server.on("thread/fork", () => ({ ...reply, thread: { ...fakeThread("thread-8"), ...fields } }));
  await using codex = new Codex({ connect: server.connect });
  const fork = await codex.threadFork("thread-7", options);
  assertEquals(fork.id, "thread-8");
  return (await server.nextRequest("thread/fork")).params;
}

test("Codex.threadFork omits the history, and inherits omitted options [R-60] [R-42]", async () => {
  const bare = { threadId: "thread-7", excludeTurns: true };
  assertEquals(await forked(), bare);
  assertEquals(await forked({ approvalMode: null, sandbox: undefined, timeoutMs: 9_000 }), bare);
  const params = await forked({
    approvalMode: "denyAll",
    sandbox: "readOnly",
    ephemeral: true,
    threadSource: "x",
  } as ThreadForkOptions);
  const wire = {
    approvalPolicy: "never",
    sandbox: "read-only",
    ephemeral: true,
    threadSource: "x",
  };
  assertEquals(params, { ...bare, ...wire });
  const whole = { includeTurns: true };
  assertEquals(await forked(whole), { threadId: "thread-7", excludeTurns: false });
  await assertRejects(() => forked({ includeTurns: 1 } as never), TypeError, '"includeTurns" must');
  await assertRejects(() => forked(whole, { turns: null }), InternalRpcError, "thread.turns");
});

test("Codex.threadList returns one page as sent, and accepts the protocol's options", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const page = { data: [fakeThread("a")], nextCursor: "n", backwardsCursor: "b", readStates: null };
  server.on("thread/list", () => page);
  const options: ThreadListOptions = {
    archived: false,
    cursor: "c",
    cwd: ["/a"],
    limit: 3,
    modelProviders: ["openai"],
    searchTerm: "word",
    sectionId: "section-1",
    sortDirection: "asc",
    sortKey: "updated_at",
    sourceKinds: ["cli"],
    useStateDbOnly: true,
  };
  assertEquals(await codex.threadList({ ...options, timeoutMs: 9_000 }), page as never);
  const { params } = await server.nextRequest("thread/list");
  assertEquals(params, options as FakeMessage);
  await codex.threadList();
});

test("Codex.threads reads pages on demand, and none after the loop exits [R-60]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const asked = paged(server, "thread/list", ["a", "b", "c"].map((id) => fakeThread(id)));
  const threads = codex.threads({ limit: 1, archived: true });
  assertEquals(asked, []);
  for await (const { id } of threads) if (id === "b") break;
  const own = { limit: 1, archived: true };
  assertEquals(asked, [own, { ...own, cursor: "1" }]);
  const ids = [];
  for await (const { id } of codex.threads({ cursor: "1" })) ids.push(id);
  assertEquals(ids, ["b", "c"]);
});

test("Codex.loadedThreads returns the ids of all pages, in order [R-60]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const asked = paged(server, "thread/loaded/list", ["a", "b", "c"]);
  assertEquals(await codex.loadedThreads(), ["a", "b", "c"]);
  assertEquals(asked, [{}, { cursor: "1" }, { cursor: "2" }]);
});

test("Thread.turns and items read pages on demand, and none after the loop exits [R-60]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turns = paged(server, "thread/turns/list", ["a", "b", "c"].map((id) => fakeTurn(id)));
  for await (const { id } of thread.turns({ limit: 1, sortDirection: "asc" })) {
    if (id === "b") break;
  }
  const own = { threadId: THREAD, limit: 1, sortDirection: "asc" };
  assertEquals(turns, [own, { ...own, cursor: "1" }]);
  const items = paged(server, "thread/items/list", [{ turnId: "a" }, { turnId: "a" }]);
  const seen = [];
  for await (const { turnId } of thread.items({ turnId: "a", cursor: "0" })) seen.push(turnId);
  assertEquals(seen, ["a", "a"]);
  const one = { threadId: THREAD, turnId: "a" };
  assertEquals(items, [{ ...one, cursor: "0" }, { ...one, cursor: "1" }]);
});

test("Thread.turns stops between two pages when its signal fires [R-29]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const asked = paged(server, "thread/turns/list", [fakeTurn("a"), fakeTurn("b")]);
  const controller = new AbortController();
  const turns = thread.turns({ signal: controller.signal });
  await turns.next();
  controller.abort(new Error("enough"));
  await assertRejects(() => turns.next(), Error, "enough");
  assertEquals(asked.length, 1);
});

test("Codex.threadUnarchive opens the thread, and threadDelete invalidates its handle [R-59]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  server.on("thread/unarchive", () => ({ thread: fakeThread(THREAD) }));
  server.on("thread/resume", () => fakeThreadStart(THREAD));
  server.on("thread/archive", () => ({}));
  server.on("thread/delete", () => ({}));
  await codex.threadArchive(THREAD);
  assertStrictEquals(await codex.threadUnarchive(THREAD), thread);
  await codex.threadDelete(THREAD);
  await codex.threadDelete("thread-7");
  await assertRejects(() => thread.run("hi"), ThreadClosedError, "deleted");
});

test("Thread.setName and read send their arguments", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("thread/name/set", () => ({}));
  server.on("thread/read", () => ({ thread: fakeThread(THREAD), readState: null }));
  await thread.setName("n", { timeoutMs: 9_000 });
  assertEquals(thread.name, "n"); // with the reply: the notification arrives later
  const named = await server.nextRequest("thread/name/set");
  assertEquals(named.params, { threadId: THREAD, name: "n" });
  await thread.read();
  await thread.read({ includeTurns: true });
  const asked = server.received.filter(({ method }) => method === "thread/read");
  assertEquals(asked.map(({ params }) => (params as FakeMessage).includeTurns), [false, true]);
});

test("Codex checks ids and options of thread calls before anything is sent [R-61]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const sent = server.received.length;
  type Call = (id: unknown, options?: unknown) => Promise<unknown>;
  const byId = [
    codex.threadResume,
    codex.threadFork,
    codex.threadArchive,
    codex.threadUnarchive,
    codex.threadDelete,
  ];
  for (const method of byId) {
    const call = method.bind(codex) as Call;
    for (const id of ["", undefined, null, 5, {}]) await assertRejects(() => call(id), TypeError);
    await assertRejects(() => call("a", "options"), TypeError, "must be an object");
  }
  await assertRejects(() => codex.threadFork("a", { sandbox: "x" } as never), TypeError, "sandbox");
  await assertRejects(() => codex.threadList(5 as never), TypeError);
  assertThrows(() => codex.threads(5 as never), TypeError);
  assertThrows(() => thread.turns("x" as never), TypeError);
  assertThrows(() => thread.items("x" as never), TypeError);
  for (const name of ["", " ", 5]) {
    await assertRejects(() => thread.setName(name as never), TypeError);
  }
  await assertRejects(() => thread.revert("" as never), TypeError);
  await assertRejects(() => thread.compact("x" as never), TypeError);
  await assertRejects(() => thread.read({ includeTurns: 1 as never }), TypeError);
  await assertRejects(() => codex.threadList({ timeoutMs: -1 }), RangeError);
  assertEquals([server.received.length, count(server, "thread/list")], [sent, 0]);
});
