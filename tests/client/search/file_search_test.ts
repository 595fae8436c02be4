import {
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { clientOf, fakeServer, reasonOf } from "../_fixture.ts";

const METHOD = "fuzzyFileSearch";

test("search.files is cancelled on the server when it is left, aborted or out of time", async () => {
  await using client = clientOf(fakeServer());
  const { codex, server } = client;
  server.on(METHOD, () => new Promise(() => {}));
  const search = (limits: { signal?: AbortSignal; timeoutMs?: number } = {}) =>
    codex.search.files("note", { roots: ["/a", "/b"], ...limits });
  /** The token of the next search, which is never answered. */
  const asked = async (): Promise<unknown> => {
    const { params } = await server.nextRequest(METHOD);
    assertEquals([params.query, params.roots], ["note", ["/a", "/b"]]);
    return params.cancellationToken;
  };
  const cancelled = async (): Promise<unknown> => {
    const request = await server.nextRequest(METHOD);
    assertEquals([request.params.query, request.params.roots], ["", []]);
    request.reply({ files: [] });
    return request.params.cancellationToken;
  };

  const left = search();
  const pending = left.next();
  const token = await asked();
  await left.return();
  assertEquals(await pending, { done: true, value: undefined });
  assertEquals(await cancelled(), token);

  const abort = new AbortController();
  const aborted = reasonOf(search({ signal: abort.signal }).next());
  const other = await asked();
  const reason = new Error("not needed");
  abort.abort(reason);
  assertStrictEquals(await aborted, reason);
  assertEquals(await cancelled(), other);

  const late = assertRejects(() => search({ timeoutMs: 5 }).next(), Error, "5 ms");
  const third = await asked();
  await late;
  assertEquals([await cancelled(), third === token || third === other], [third, false]);
  assertStrictEquals(await reasonOf(search({ signal: abort.signal }).next()), reason);
  assertEquals(server.received.filter(({ method }) => method === METHOD).length, 6);
});

test("search.files refuses what the server would silently answer with nothing [R-93]", async () => {
  await using client = clientOf(fakeServer());
  const { codex } = client;
  assertThrows(() => codex.search.files(" ", { roots: ["/a"] }), TypeError, "not blank");
  assertThrows(() => codex.search.files("a", { roots: [] }), TypeError, "at least one");
  assertThrows(
    () => codex.search.files("a", { roots: ["b"] }),
    TypeError,
    'absolute paths, got "b"',
  );
  assertThrows(() => codex.search.files("a", {} as never), TypeError, "at least one");
});
