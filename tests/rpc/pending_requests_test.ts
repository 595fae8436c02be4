import {
  InvalidRequestError,
  JsonRpcError,
  ServerBusyError,
} from "../../src/errors/json_rpc_errors.ts";
import type { SendQueueFullError } from "../../src/errors/transport_errors.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { CountedSignal, Peer } from "./_peer.ts";

test("RpcConnection settles a request with its reply and leaves no listener [R-10]", async () => {
  await using peer = new Peer();
  const counted = new CountedSignal();
  const reply = peer.rpc.request("a", {}, counted);
  await peer.next();
  assertEquals([counted.listeners, peer.rpc.pending.outgoing], [1, 1]);
  peer.send({ id: 1, result: { ok: 1 } });
  assertEquals(await reply, { ok: 1 });
  assertEquals([counted.listeners, peer.rpc.pending.outgoing], [0, 0]);
});

test("RpcConnection settles a request with the server's error and its data [R-10]", async () => {
  await using peer = new Peer();
  const counted = new CountedSignal();
  const reply = peer.rpc.request("a/b", {}, counted);
  await peer.next();
  peer.send({ error: { code: -32001, message: "busy", data: { wait: 1 } }, id: 1 });
  const error = await assertRejects(() => reply, ServerBusyError);
  assertEquals([error.method, error.rpcCode, error.data], ["a/b", -32001, { wait: 1 }]);
  assertEquals([counted.listeners, peer.rpc.pending.outgoing], [0, 0]);
});

test("RpcConnection settles a request when its signal aborts, with the reason unchanged [R-10] [R-29]", async () => {
  await using peer = new Peer();
  for (const reason of [new Error("mine"), "a text", undefined, null, 0]) {
    const counted = new CountedSignal();
    const { signal } = counted;
    const reply = peer.rpc.request("a", {}, { signal });
    await peer.next();
    counted.controller.abort(reason);
    assertStrictEquals(await rejection(reply), signal.reason);
    assertEquals([counted.listeners, peer.rpc.pending.outgoing], [0, 0]);
  }
});

test("RpcConnection writes nothing for a signal that is already aborted [R-29]", async () => {
  await using peer = new Peer();
  const reason = new Error("before");
  const counted = new CountedSignal();
  counted.controller.abort(reason);
  assertStrictEquals(await rejection(peer.rpc.request("a", {}, counted)), reason);
  assertEquals([counted.added, peer.rpc.pending.outgoing], [0, 0]);
  assertEquals(await peer.written(), []);
});

test("RpcConnection passes the reply to an abandoned request to onLateResult or onLateError [R-11]", async () => {
  await using peer = new Peer();
  const late: unknown[] = [];
  const onLateResult = (result: unknown): void => void late.push(result);
  const controller = new AbortController();
  const aborted = peer.rpc.request("a", {}, { signal: controller.signal, onLateResult });
  const { signal } = controller;
  const other = peer.rpc.request("b", {}, { signal, onLateResult });
  const errors: unknown[] = [];
  const onLateError = (error: unknown): void => void errors.push(error);
  const refused = peer.rpc.request("c", {}, { signal, onLateResult, onLateError });
  const unheard = peer.rpc.request("d", {}, { signal });
  const inTime = peer.rpc.request("e", {}, { onLateResult });
  controller.abort();
  await Promise.all([aborted, other, refused, unheard].map(rejection));
  peer.send(
    { id: 2, result: "b" },
    { id: 1, result: "a" },
    { id: 3, error: { code: -32600, message: "no" } },
    { id: 4, result: "d" },
    { id: 5, result: "e" },
    { id: 1, result: "a again" },
  );
  assertEquals(await inTime, "e");
  await peer.written();
  assertEquals(late, ["b", "a"]);
  assertEquals(errors.map((error) => error instanceof InvalidRequestError), [true]);
  assertEquals(peer.diagnostics, [{ kind: "unmatchedResponse", id: 1 }]);
});

test("RpcConnection survives an onLateResult that throws [R-11]", async () => {
  await using peer = new Peer();
  const thrown = new Error("late");
  const onLateResult = (): void => {
    throw thrown;
  };
  const controller = new AbortController();
  const abandoned = peer.rpc.request("a", {}, { signal: controller.signal, onLateResult });
  controller.abort();
  await rejection(abandoned);
  peer.send({ id: 1, result: {} }, { method: "after" });
  await peer.written();
  assertEquals(peer.notifications, [{ method: "after" }]);
  assertEquals(peer.diagnostics, [{ kind: "callbackError", method: "a", error: thrown }]);
});

test("RpcConnection remembers a bounded number of abandoned requests", async () => {
  await using peer = new Peer();
  const late: number[] = [];
  const controller = new AbortController();
  const replies = Array.from({ length: 1_002 }, (_, index) =>
    peer.rpc.request("a", {}, {
      signal: controller.signal,
      onLateResult: () => void late.push(index + 1),
    }));
  controller.abort();
  await Promise.all(replies.map(rejection));
  peer.send(...[1, 2, 3, 1_002].map((id) => ({ id, result: {} })));
  for (let sent = 0; sent < 1_002; sent++) await peer.next();
  await peer.written();
  assertEquals(late, [3, 1_002]);
});

test("RpcConnection rejects with a JsonRpcError for an unknown code [R-70]", async () => {
  await using peer = new Peer();
  const reply = peer.rpc.request("a", {});
  await peer.next();
  peer.send({ id: 1, error: { code: 12345, message: "odd" } });
  const error = await assertRejects(() => reply, JsonRpcError);
  assertEquals([error.code, error.rpcCode, error.data], ["json_rpc", 12345, undefined]);
  assert(!("result" in error));
});

test("RpcConnection refuses requests when 10,000 wait for a server that does not read, and loses none of those", async () => {
  await using peer = new Peer();
  const requests = Array.from({ length: 10_005 }, () => peer.rpc.request("a", {}));
  const refused = await Promise.all(requests.slice(10_000).map(rejection));
  for (const error of refused) assertEquals((error as SendQueueFullError).code, "send_queue_full");
  assertEquals(peer.rpc.pending.outgoing, 10_000);
  for (let id = 1; id <= 10_000; id++) assertEquals((await peer.next()).id, id);
  const reply = peer.rpc.request("b", {});
  const { id } = await peer.next();
  await peer.send({ id, result: "room again" });
  assertEquals(await reply, "room again");
  const rest = Promise.allSettled(requests.slice(0, 10_000));
  await peer.rpc.close();
  assert((await rest).every(({ status }) => status === "rejected"));
});

function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => Promise.reject(new Error(`It fulfilled with ${JSON.stringify(value)}`)),
    (reason) => reason,
  );
}
