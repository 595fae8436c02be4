import type { RpcRequest } from "../../src/rpc/messages.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLessOrEqual,
  assertRejects,
  assertStringIncludes,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { InternalRpcError } from "../../src/errors/json_rpc_errors.ts";
import { Peer } from "./_peer.ts";

const NO_MESSAGES = [
  "",
  "   ",
  "warning: this is not JSON",
  '{"method":"cut',
  "5",
  "null",
  "true",
  '"text"',
  "[]",
  '[{"method":"batch"}]',
  "{}",
  '{"result":{}}',
  '{"error":{"code":1,"message":"m"}}',
  '{"method":5}',
  '{"method":null,"id":1}',
  '{"method":"m","id":null}',
  '{"method":"m","id":{}}',
  '{"id":true,"result":{}}',
];

test("RpcConnection reports and counts malformed messages, and reads on [R-04]", async () => {
  await using peer = new Peer();
  for (const [index, frame] of NO_MESSAGES.entries()) {
    peer.send(frame, { method: "after", params: index });
  }
  assertEquals(await peer.written(), []);
  assertEquals<unknown>(
    peer.diagnostics.map((diagnostic) =>
      diagnostic.kind === "malformedMessage"
        ? { ...diagnostic, excerpt: diagnostic.excerpt }
        : diagnostic
    ),
    NO_MESSAGES.map((excerpt, index) => ({ kind: "malformedMessage", excerpt, count: index + 1 })),
  );
  assertEquals(peer.notifications.map(({ params }) => params), [...NO_MESSAGES.keys()]);
});

test("RpcConnection keeps secrets and long lines out of the report of a malformed message [R-04]", async () => {
  await using peer = new Peer();
  peer.send("Authorization: Bearer abcdefghijklmnop sk-Zm9vYmFyYmF6cXV4 " + "x".repeat(100_000));
  await peer.written();
  const [diagnostic] = peer.diagnostics;
  assert(diagnostic?.kind === "malformedMessage");
  assertLessOrEqual(diagnostic.excerpt.length, 200);
  assertEquals(JSON.stringify(diagnostic), '{"kind":"malformedMessage","count":1}');
  assertStringIncludes(diagnostic.excerpt, "[redacted]");
  assert(!/abcdefgh|Zm9v/.test(diagnostic.excerpt), diagnostic.excerpt);
});

test("RpcConnection survives an onDiagnostic that throws [R-04]", async () => {
  await using peer = new Peer({
    onDiagnostic: () => {
      throw new Error("broken log");
    },
  });
  peer.send("junk", { id: 99, result: {} }, { method: "after" });
  await peer.written();
  assertEquals(peer.notifications.map(({ method }) => method), ["after"]);
});

test("RpcConnection reports a notification listener that throws, and reads on", async () => {
  const thrown = new Error("listener");
  await using peer = new Peer({
    onNotification: ({ method }) => {
      if (method === "bad") throw thrown;
    },
  });
  peer.send({ method: "bad" }, { method: "good" });
  await peer.written();
  assertEquals(peer.diagnostics, [{ kind: "callbackError", method: "bad", error: thrown }]);
  assertEquals(peer.notifications.length, 2);
});

test("RpcConnection sends no jsonrpc member and accepts messages that have one [R-09]", async () => {
  const asked: RpcRequest[] = [];
  await using peer = new Peer({ onRequest: (request) => void asked.push(request) });
  const reply = peer.rpc.request("a", {});
  peer.rpc.notify("b", { x: 1 });
  assertEquals(await peer.nextFrame(), '{"id":1,"method":"a","params":{}}');
  assertEquals(await peer.nextFrame(), '{"method":"b","params":{"x":1}}');
  peer.send(
    { jsonrpc: "2.0", method: "n", params: 1, emittedAtMs: 5 },
    { jsonrpc: "2.0", id: 7, method: "r" },
    { jsonrpc: "2.0", id: 1, result: { ok: true } },
  );
  assertEquals(await reply, { ok: true });
  assertEquals(await peer.next(), { id: 7, result: null });
  assertEquals(peer.notifications.map(({ method }) => method), ["n"]);
  assertEquals(asked.map(({ method }) => method), ["r"]);
  assertEquals(peer.diagnostics, []);
});

test("RpcConnection treats a message with id and method as a request, whatever else it has [R-09]", async () => {
  const asked: string[] = [];
  await using peer = new Peer({ onRequest: ({ method }) => void asked.push(method) });
  const reply = peer.rpc.request("a", {});
  await peer.next();
  peer.send({ id: 1, method: "odd", result: "no", error: { code: 1, message: "no" } });
  assertEquals(await peer.next(), { id: 1, result: null });
  peer.send({ id: 1, result: "yes" });
  assertEquals(await reply, "yes");
  assertEquals(asked, ["odd"]);
});

test("RpcConnection counts its ids from 1, and only the number settles a request [R-08]", async () => {
  await using peer = new Peer();
  const replies = [peer.rpc.request("a", {}), peer.rpc.request("b", {})];
  assertEquals([(await peer.next()).id, (await peer.next()).id], [1, 2]);
  peer.send({ id: "1", result: "text" }, { id: 3, result: "nobody" }, { id: null, result: "null" });
  await peer.written();
  assertEquals(peer.rpc.pending.outgoing, 2);
  assertEquals(
    peer.diagnostics,
    ["1", 3, null].map((id) => ({ kind: "unmatchedResponse", id })),
  );
  peer.send({ id: 2, result: "second" }, { id: 1, result: "first" }, { id: 1, result: "again" });
  assertEquals(await Promise.all(replies), ["first", "second"]);
  assertEquals(peer.diagnostics.length, 4);
});

test("RpcConnection echoes every kind of id unchanged and once [R-08] [R-33]", async () => {
  const ids = [0, "", "1", 1, -1, 2 ** 53 - 1, -(2 ** 53 - 1), "0", 1.5, "\u0000", "__proto__"];
  await using peer = new Peer({ onRequest: ({ params }) => params });
  peer.send(...ids.map((id, index) => ({ id, method: "echo", params: { index } })));
  const answers = await peer.written();
  assertEquals(
    answers.map((answer) => JSON.stringify(answer)).sort(),
    ids.map((id, index) => JSON.stringify({ id, result: { index } })).sort(),
  );
  assertEquals(peer.rpc.pending.incoming, 0);
});

test("RpcConnection rejects a request with an unreadable reply instead of waiting forever [R-10]", async () => {
  const unreadable = [{}, { error: "text" }, { error: { code: "x", message: "m" } }, {
    error: { code: 5 },
  }, { error: null }];
  for (const members of unreadable) {
    await using peer = new Peer();
    const reply = peer.rpc.request("a", {});
    await peer.next();
    peer.send({ id: 1, ...members });
    const error = await assertRejects(() => reply, InternalRpcError);
    assertEquals(error.data, { id: 1, ...members });
    assertEquals(peer.diagnostics.map(({ kind }) => kind), ["malformedMessage"]);
  }
});

test("RpcConnection ignores a null error beside a result", async () => {
  await using peer = new Peer();
  const reply = peer.rpc.request("a", {});
  await peer.next();
  peer.send({ id: 1, result: 5, error: null });
  assertEquals(await reply, 5);
});

test("RpcConnection sends neither undefined nor a lone surrogate, and passes null [R-07] [R-74]", async () => {
  await using peer = new Peer();
  const { signal } = new AbortController();
  const reply = peer.rpc.request("a\ud800", {
    nothing: undefined,
    nil: null,
    list: [undefined, "x\udc00y"],
    "k\ud800": "\u{1f600}",
  }, { signal });
  assertEquals(
    await peer.nextFrame(),
    '{"id":1,"method":"a\ufffd","params":{"nil":null,"list":[null,"x\ufffdy"],"k\ufffd":"\u{1f600}"}}',
  );
  peer.send({ id: 1, result: null });
  assertEquals(await reply, null);
});

test("RpcConnection rejects params that are not JSON, and continues [R-10]", async () => {
  await using peer = new Peer();
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  assertInstanceOf(await assertRejects(() => peer.rpc.request("a", cycle), TypeError), TypeError);
  await assertRejects(() => peer.rpc.request("a", { big: 1n }), TypeError);
  assertEquals(peer.rpc.pending.outgoing, 0);
  assertEquals(await peer.written(), []);
});

test("RpcConnection matches 1,000 replies in random order to their requests [R-08] [R-10]", async () => {
  await using peer = new Peer();
  const count = 1_000;
  const replies = Array.from({ length: count }, (_, n) => peer.rpc.request("echo", { n }));
  const requests = [];
  for (let n = 0; n < count; n++) requests.push(await peer.next());
  assertEquals(peer.rpc.pending.outgoing, count);
  shuffle(requests);
  peer.send(...requests.map(({ id, params }) => ({ id, result: (params as { n: number }).n })));
  assertEquals(await Promise.all(replies), [...Array(count).keys()]);
  assertEquals(peer.rpc.pending.outgoing, 0);
});

/** Fisher-Yates, with its own generator so that a failure is reproducible. */
function shuffle(list: unknown[]): void {
  let seed = 42;
  for (let last = list.length - 1; last > 0; last--) {
    seed = (seed * 48_271) % 2_147_483_647;
    const other = seed % (last + 1);
    [list[last], list[other]] = [list[other], list[last]];
  }
}
