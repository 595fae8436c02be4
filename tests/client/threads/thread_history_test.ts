import { MethodNotFoundError, ThreadNotFoundError } from "../../../errors.ts";
import type { Diagnostic } from "../../../mod.ts";
import { type FakeMessage, fakeThread, fakeTurn } from "../../../testing.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { count, open, THREAD } from "../_fixture.ts";

const UNKNOWN_METHOD = { code: -32601, message: "thread/items/list is not supported yet" };
const NO_TURN = {
  code: -32600,
  message:
    `thread ${THREAD} is not materialized yet; thread/turns/list is unavailable before first user message`,
};

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

function fail(error: unknown): () => never {
  return () => {
    throw error;
  };
}

test("Thread.items, turns and read are empty for a thread without turns [R-94]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("thread/items/list", fail(UNKNOWN_METHOD)).on("thread/turns/list", fail(NO_TURN));
  server.on("thread/read", ({ includeTurns }) => {
    if (includeTurns === true) throw { code: -32601, message: "list_turns is not supported yet" };
    return { thread: fakeThread(THREAD, { preview: "p" }) };
  });
  assertEquals([await all(thread.items()), await all(thread.turns())], [[], []]);
  const { thread: { turns, preview } } = await thread.read({ includeTurns: true });
  assertEquals([turns, preview], [[], "p"]);
});

test("Thread.items rejects if the server does not know the method, and the thread has turns [R-94]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.on("thread/items/list", fail(UNKNOWN_METHOD));
  server.on("thread/turns/list", () => ({ data: [fakeTurn("turn-1")], nextCursor: null }));
  await assertRejects(() => all(thread.items()), MethodNotFoundError, "thread/items/list");
});

test("Thread.items, turns and read reject if the thread is unknown, and ask once [R-94]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const gone = fail({ code: -32600, message: `thread not loaded: ${THREAD}` });
  for (const method of ["thread/items/list", "thread/turns/list", "thread/read"]) {
    server.on(method, gone);
  }
  await assertRejects(() => all(thread.items()), ThreadNotFoundError);
  await assertRejects(() => all(thread.turns()), ThreadNotFoundError);
  await assertRejects(() => thread.read({ includeTurns: true }), ThreadNotFoundError);
  assertEquals([count(server, "thread/turns/list"), count(server, "thread/read")], [1, 1]);
});

test("Codex.threads, Thread.turns and items read no page twice, and report a cursor that repeats [R-73]", async () => {
  const diagnostics: Diagnostic[] = [];
  await using fixture = await open({ onDiagnostic: (event) => diagnostics.push(event) });
  const { server, codex, thread } = fixture;
  const repeating = ({ cursor }: FakeMessage): unknown => ({
    data: [{ id: cursor ?? "first" }],
    nextCursor: "a",
  });
  for (const method of ["thread/list", "thread/turns/list", "thread/items/list"]) {
    server.on(method, repeating);
  }
  for (const cursor of [undefined, "a"]) {
    const pages = cursor === undefined ? ["first", "a"] : ["a"];
    for (
      const list of [codex.threads({ cursor }), thread.turns({ cursor }), thread.items({ cursor })]
    ) {
      assertEquals(await all<unknown>(list), pages.map((id) => ({ id })));
    }
  }
  assertEquals(
    diagnostics.map((event) => event.kind === "repeatedCursor" && [event.method, event.cursor]),
    [1, 2].flatMap(
      () => [["thread/list", "a"], ["thread/turns/list", "a"], ["thread/items/list", "a"]],
    ),
  );
});
