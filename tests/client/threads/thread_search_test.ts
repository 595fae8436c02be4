import { RequestTimeoutError } from "../../../mod.ts";
import { InternalRpcError, MethodNotSupportedError } from "../../../errors.ts";
import type { ThreadSearchOptions } from "../../../mod.ts";
import type { ThreadSearchResult } from "../../../protocol.ts";
import {
  type FakeAppServer,
  type FakeMessage,
  fakeThread,
  notification,
} from "../../../testing.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { count, open, reasonOf, settled } from "../_fixture.ts";

const STREAM = "thread/search/stream";
const CANCEL = "thread/search/stream/cancel";

function match(id: string): ThreadSearchResult {
  return { thread: fakeThread(id), snippet: `... ${id} ...` };
}

function page(ids: readonly string[], nextCursor: string | null = null): object {
  return { data: ids.map(match), nextCursor, backwardsCursor: null };
}

function partial(requestId: unknown, ...ids: string[]): FakeMessage {
  return notification("thread/search/partial", { requestId, data: ids.map(match) } as never);
}

async function idsOf(search: AsyncIterable<ThreadSearchResult>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { thread } of search) ids.push(thread.id);
  return ids;
}

/** The ids of the requests that were cancelled. */
async function cancelled(server: FakeAppServer): Promise<unknown> {
  return (await server.nextRequest(CANCEL)).params.requestId;
}

test("Codex.search.threads yields early matches before the reply, and each thread once", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const asked = server.defer(STREAM);
  const search = codex.search.threads("word", { limit: 3, archived: true });
  const first = search.next();
  const { id, params } = await asked.arrived();
  assertEquals(params, { limit: 3, archived: true, sortKey: "updated_at", searchTerm: "word" });
  server.sendBatch([
    partial(id, "b", "a"),
    partial(id, "b"),
    partial(`${id}`, "x"),
    partial(9, "y"),
  ]);
  assertEquals((await first).value?.thread.id, "b");
  const second = await search.next();
  assertEquals([second.value?.thread.id, second.value?.snippet], ["a", "... a ..."]);
  asked.reply(page(["c", "a", "b"]));
  assertEquals(await idsOf(search), ["c"]);
  assertEquals(count(server, CANCEL), 0);
});

test("Codex.search.threads reads pages on demand, and stops at a repeated cursor", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const cursors: unknown[] = [];
  server.on(STREAM, ({ cursor }) => {
    cursors.push(cursor);
    return cursor === undefined ? page(["a", "b"], "1") : page(["b", "c"], "1");
  });
  for await (const { thread } of codex.search.threads("word")) if (thread.id === "b") break;
  assertEquals(cursors, [undefined]);
  assertEquals(await idsOf(codex.search.threads("word")), ["a", "b", "c"]);
  assertEquals(cursors, [undefined, undefined, "1"]);
});

test("Codex.search.threads separates two searches by their request ids", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const [one, two] = [server.defer(STREAM), server.defer(STREAM)];
  const reads = [idsOf(codex.search.threads("one")), idsOf(codex.search.threads("two"))];
  const ids = [(await one.arrived()).id, (await two.arrived()).id];
  server.sendBatch([partial(ids[1], "of two"), partial(ids[0], "of one"), partial(ids[1], "more")]);
  one.reply(page([]));
  two.reply(page(["last"]));
  assertEquals(await Promise.all(reads), [["of one"], ["of two", "more", "last"]]);
});

test("Codex.search.threads cancels on abort, on timeout and when the loop exits early", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  server.on(CANCEL, () => ({}));
  const reason = new Error("not needed");
  const ends: readonly ((options: ThreadSearchOptions) => Promise<unknown>)[] = [
    async (options) => {
      const abort = new AbortController();
      const read = reasonOf(codex.search.threads("x", { ...options, signal: abort.signal }).next());
      const { id } = await server.nextRequest(STREAM);
      abort.abort(reason);
      assertStrictEquals(await read, reason);
      return id;
    },
    async (options) => {
      const read = codex.search.threads("x", { ...options, timeoutMs: 40 }).next();
      const { id } = await server.nextRequest(STREAM);
      await assertRejects(() => read, RequestTimeoutError, "within 40 ms");
      return id;
    },
    async (options) => {
      const search = codex.search.threads("x", options);
      const first = search.next();
      const { id } = await server.nextRequest(STREAM);
      server.sendBatch([partial(id, "a", "b")]);
      await first;
      await search.return();
      return id;
    },
  ];
  server.on(STREAM, () => new Promise(() => {}));
  for (const end of ends) {
    const id = await end({});
    assertEquals(await cancelled(server), id);
  }
  await settled(fixture);
  assertEquals(count(server, CANCEL), ends.length);
});

test("Codex.search.threads can be closed while a read is pending", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  server.on(CANCEL, () => ({})).on(STREAM, () => new Promise(() => {}));
  const search = codex.search.threads("x");
  const waiting = search.next();
  const { id } = await server.nextRequest(STREAM);
  await search.return();
  assertEquals(await waiting, { value: undefined, done: true });
  assertEquals(await cancelled(server), id);
  await codex.search.threads("never begun").return();
  assertEquals(count(server, STREAM), 1);
});

test("Codex.search.threads with an aborted signal or an invalid term sends nothing", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const before = server.received.length;
  const reason = new Error("too late");
  const signal = AbortSignal.abort(reason);
  assertStrictEquals(await reasonOf(codex.search.threads("x", { signal }).next()), reason);
  for (const term of ["", " \n", 5, null, undefined]) {
    assertThrows(
      () => codex.search.threads(term as string),
      TypeError,
      "must be a non-empty string",
    );
  }
  const long = "é".repeat(32_769);
  assertThrows(() => codex.search.threads(long), RangeError, "at most 65536 bytes, got 65538");
  assertThrows(() => codex.search.threads("x", "y" as never), TypeError, "must be an object");
  assertEquals(server.received.length, before);
});

test("Codex.search.threads works on a server without early matches, and fails on one without search", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  server.on("thread/search", ({ cursor }) => cursor ? page(["b", "c"]) : page(["a", "b"], "1"));
  assertEquals(await idsOf(codex.search.threads("x")), ["a", "b", "c"]);
  assertEquals(count(server, STREAM), 1);
  assertEquals(count(server, CANCEL), 0);
  await using old = await open();
  const error = await reasonOf(old.codex.search.threads("x").next());
  assertInstanceOf(error, MethodNotSupportedError);
});

test("Codex.search.threads survives unreadable early matches and a closing client", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const asked = server.defer(STREAM);
  const read = idsOf(codex.search.threads("x"));
  const { id } = await asked.arrived();
  for (const data of [null, 5, [null], [{}], [{ thread: null }]]) {
    server.notify("thread/search/partial", { requestId: id, data } as never);
  }
  server.notify("thread/search/partial", null as never);
  asked.reply(page(["a"]));
  assertEquals(await read, ["a"]);
  for (const reply of [null, {}, { data: 5 }, { data: [{}] }]) {
    server.on(STREAM, () => reply);
    const error = await reasonOf(codex.search.threads("x").next());
    assertInstanceOf(error, InternalRpcError);
    assertEquals(error.code, "unreadable_reply");
  }
  server.on(STREAM, () => new Promise(() => {}));
  const open2 = reasonOf(codex.search.threads("x").next());
  await server.nextRequest(STREAM);
  await codex.close();
  assert((await open2) instanceof Error);
});
