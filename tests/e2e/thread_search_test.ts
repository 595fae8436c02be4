/** New in Codex 0.171: search, lists restricted to given threads, and the default model provider. */
import { JsonRpcError, type Thread } from "../../mod.ts";
import { message } from "../../testing.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { reasonOf } from "../client/_fixture.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** Threads with one turn each, whose texts a search finds. */
async function talks({ codex, model }: ScriptedCodex, ...texts: string[]): Promise<Thread[]> {
  const threads: Thread[] = [];
  for (const text of texts) {
    model.enqueue(message(`You said: ${text}`));
    const thread = await codex.threadStart();
    await thread.run(text);
    threads.push(thread);
  }
  return threads;
}

async function found(search: AsyncIterable<{ thread: { id: string } }>): Promise<string[]> {
  const ids = new Set<string>();
  for await (const { thread } of search) {
    assert(!ids.has(thread.id), "each thread is yielded once");
    ids.add(thread.id);
  }
  return [...ids].sort();
}

test("Codex.search.threads finds matching threads on every page, with two concurrent searches", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const threads = await talks(session, "a red fox", "a grey wolf", "another red fox");
  const foxes = [threads[0]?.id ?? "", threads[2]?.id ?? ""].sort();
  const searches = ["red fox", "grey wolf", "no such animal"].map((term) => {
    return found(codex.search.threads(term, { limit: 1 }));
  });
  assertEquals(await Promise.all(searches), [foxes, [threads[1]?.id ?? ""], []]);
  for await (const { thread, snippet } of codex.search.threads("grey")) {
    assertEquals([thread.id, snippet.includes("grey wolf")], [threads[1]?.id, true]);
  }
  await codex.threadArchive(threads[0]?.id ?? "");
  assertEquals(
    await found(codex.search.threads("red fox", { archived: true })),
    [threads[0]?.id ?? ""],
  );
});

test("Codex.search.threads leaves the client usable after an abort", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const [thread] = await talks(session, "a red fox");
  const reason = new Error("not needed");
  const abort = new AbortController();
  const read = reasonOf(found(codex.search.threads("fox", { signal: abort.signal })));
  abort.abort(reason);
  assertStrictEquals(await read, reason);
  assertEquals(await found(codex.search.threads("fox")), [thread?.id ?? ""]);
});

test("Codex.threadList can be restricted to given threads", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const [first, , third] = await talks(session, "one", "two", "three");
  const includedThreadIds = [third?.id ?? "", first?.id ?? ""];
  const { data } = await codex.threadList({ includedThreadIds, sortDirection: "asc" });
  assertEquals(data.map(({ id }) => id), [first?.id, third?.id]);
  const ids: string[] = [];
  for await (const { id } of codex.threads({ includedThreadIds, limit: 1 })) ids.push(id);
  assertEquals(ids.sort(), [...includedThreadIds].sort());
  assertEquals((await codex.threadList({ includedThreadIds: [] })).data, []);
});

test("modelProvider/default/set makes a configured provider the default of new threads", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const { config } = await codex.request("config/read", { includeLayers: false });
  const configured = Object.keys((config as { model_providers?: object }).model_providers ?? {});
  const [providerId = ""] = configured;
  assertEquals((await codex.request("modelProvider/default/set", { providerId })).status, "ok");
  await assertRejects(
    () => codex.request("modelProvider/default/set", { providerId: "no/such" }),
    JsonRpcError,
  );
  model.enqueue(message("ok"));
  assertEquals((await (await codex.threadStart()).run("hi")).finalResponse, "ok");
});
