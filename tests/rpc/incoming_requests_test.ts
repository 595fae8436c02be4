import { RpcFailure } from "../../src/rpc/incoming_requests.ts";
import { deferred } from "../../src/util/deferred.ts";
import { assert, assertEquals, assertStrictEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { type Message, Peer } from "./_peer.ts";

test("RpcConnection answers with what the handler returns, throws or rejects with [R-33]", async () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const handlers: Record<string, () => unknown> = {
    value: () => ({ a: 1, b: undefined }),
    promise: () => Promise.resolve([1]),
    nothing: () => undefined,
    failure: () => {
      throw new RpcFailure({ code: -32601, message: "no such method", data: { x: 1 } });
    },
    error: () => {
      throw new Error("oops");
    },
    rejection: () => Promise.reject("a text"),
    cycle: () => cycle,
    bigint: () => ({ big: 1n }),
  };
  await using peer = new Peer({ onRequest: ({ method }) => handlers[method]?.() });
  const answers: Message[] = [];
  for (const id of Object.keys(handlers)) {
    peer.send({ id, method: id, params: {} });
    answers.push(await peer.next());
  }
  const [circular, big] = answers.splice(-2).map(({ error }) => (error as { code: number }).code);
  assertEquals([circular, big], [-32603, -32603]);
  assertEquals(answers, [
    { id: "value", result: { a: 1 } },
    { id: "promise", result: [1] },
    { id: "nothing", result: null },
    { id: "failure", error: { code: -32601, message: "no such method", data: { x: 1 } } },
    { id: "error", error: { code: -32603, message: "oops" } },
    { id: "rejection", error: { code: -32603, message: "a text" } },
  ]);
  assertEquals(peer.rpc.pending.incoming, 0);
});

test("RpcConnection continues while a handler never resolves [R-39]", async () => {
  await using peer = new Peer({
    onRequest: ({ method }) => method === "never" ? new Promise(() => {}) : "answer",
  });
  peer.send({ id: 0, method: "never" }, { method: "event" }, { id: 1, method: "quick" });
  assertEquals(await peer.next(), { id: 1, result: "answer" });
  assertEquals(peer.notifications, [{ method: "event" }]);
  const reply = peer.rpc.request("a", {});
  await peer.next();
  peer.send({ id: 1, result: "reply" });
  assertEquals(await reply, "reply");
  assertEquals(peer.rpc.pending, { outgoing: 0, incoming: 1 });
});

test("RpcConnection.cancelIncoming aborts the handler and writes no answer [R-33] [R-35]", async () => {
  const answer = deferred<unknown>();
  let signal: AbortSignal | undefined;
  await using peer = new Peer({
    onRequest: (request, aborted) => {
      if (request.id !== 7) return "fence";
      signal = aborted;
      return answer.promise;
    },
  });
  peer.send({ id: 7, method: "ask" });
  await peer.written();
  const reason = new Error("resolved");
  peer.rpc.cancelIncoming("7", reason); // another id
  assertEquals(signal?.aborted, false);
  peer.rpc.cancelIncoming(7, reason);
  peer.rpc.cancelIncoming(7, new Error("again"));
  assertStrictEquals(signal?.reason, reason);
  answer.resolve("too late");
  await answer.promise;
  assertEquals(await peer.written(), []);
});

test("RpcConnection writes no answer for a handler that throws after its cancellation [R-35]", async () => {
  await using peer = new Peer({
    onRequest: ({ id }, signal) =>
      id !== 7 ? "fence" : new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  });
  peer.send({ id: 7, method: "ask" });
  await peer.written();
  peer.rpc.cancelIncoming(7);
  assertEquals(await peer.written(), []);
  assertEquals(peer.diagnostics, []);
});

test("RpcConnection answers an id that is reused while it is open once [R-33]", async () => {
  const answers = [deferred<unknown>(), deferred<unknown>()];
  const signals: AbortSignal[] = [];
  await using peer = new Peer({
    onRequest: ({ id, params }, signal) => {
      if (id !== 0) return "fence";
      signals.push(signal);
      return answers[params as number]?.promise;
    },
  });
  peer.send({ id: 0, method: "ask", params: 0 }, { id: 0, method: "ask", params: 1 });
  await peer.written();
  assertEquals(signals.map(({ aborted }) => aborted), [true, false]);
  answers[0]?.resolve("first");
  answers[1]?.resolve("second");
  await Promise.all(answers.map(({ promise }) => promise));
  assertEquals(await peer.written(), [{ id: 0, result: "second" }]);
});

test("RpcConnection answers a request once that is delivered again while it is open [R-33] [R-95]", async () => {
  const answer = deferred<unknown>();
  const signals: AbortSignal[] = [];
  await using peer = new Peer({
    onRequest: ({ id }, signal) => {
      if (id !== 0) return "fence";
      signals.push(signal);
      return answer.promise;
    },
  });
  const request = { id: 0, method: "ask", params: { callId: "c", arguments: { a: [1] } } };
  peer.send(request, { ...request });
  await peer.written();
  assertEquals(signals.map(({ aborted }) => aborted), [false]);
  answer.resolve("one");
  await answer.promise;
  assertEquals(await peer.written(), [{ id: 0, result: "one" }]);
});

test("RpcConnection runs an open tool call once that is delivered under another id, and answers both [R-33] [R-95]", async () => {
  const answer = deferred<unknown>();
  const asked: unknown[] = [];
  await using peer = new Peer({
    onRequest: ({ id, method }) => {
      if (method === "fence") return "fence";
      asked.push(id);
      return answer.promise;
    },
  });
  const call = { threadId: "t", turnId: "u", callId: "c", tool: "city", arguments: {} };
  const deliver = (id: number, params: object): void =>
    void peer.send({ id, method: "item/tool/call", params });
  deliver(0, call);
  deliver(1, { ...call });
  deliver(2, { ...call, callId: "d" });
  deliver(3, { ...call, threadId: "other" });
  deliver(6, { ...call, callId: undefined });
  deliver(7, { ...call, callId: undefined });
  peer.send({ id: 4, method: "item/other", params: call }, {
    id: 5,
    method: "item/other",
    params: call,
  });
  await peer.written();
  assertEquals(asked, [0, 2, 3, 6, 7, 4, 5]);
  answer.resolve("one");
  await answer.promise;
  assertEquals(
    await peer.written(),
    [0, 1, 2, 3, 6, 7, 4, 5].map((id) => ({ id, result: "one" })),
  );
  assertEquals(peer.rpc.pending.incoming, 0);
});

test("RpcConnection aborts a tool call once no request for it is open any more [R-35] [R-95]", async () => {
  const answer = deferred<unknown>();
  const signals: AbortSignal[] = [];
  await using peer = new Peer({
    onRequest: ({ method }, signal) => {
      if (method === "fence") return "fence";
      signals.push(signal);
      return answer.promise;
    },
  });
  const params = { threadId: "t", turnId: "u", callId: "c", tool: "city", arguments: {} };
  const ids = [0, 1, 2];
  peer.send(...ids.map((id) => ({ id, method: "item/tool/call", params })));
  await peer.written();
  peer.rpc.cancelIncoming(0);
  assertEquals(signals.map(({ aborted }) => aborted), [false]);
  peer.rpc.cancelIncoming(2);
  assertEquals(signals.map(({ aborted }) => aborted), [false]);
  const reason = new Error("resolved");
  peer.rpc.cancelIncoming(1, reason);
  assertStrictEquals(signals[0]?.reason, reason);
  answer.resolve("too late");
  await answer.promise;
  assertEquals(await peer.written(), []);
});

test("RpcConnection ignores the last 100 answered requests when they are delivered again [R-95]", async () => {
  const asked: unknown[] = [];
  await using peer = new Peer({
    onRequest: ({ id, method }) => {
      if (method === "ask") asked.push(id);
      return "answer";
    },
  });
  const requests = Array.from({ length: 100 }, (_, id) => ({
    id,
    method: "ask",
    params: { [id % 2 === 0 ? "threadId" : "conversationId"]: `t${id}` },
  }));
  peer.send(...requests);
  assertEquals((await peer.written()).length, 100);
  peer.send(...requests);
  assertEquals(await peer.written(), []);
  peer.send({ id: 50, method: "ask", params: "others" });
  assertEquals(await peer.written(), [{ id: 50, result: "answer" }]);
  assertEquals(asked.length, 101);
});

test("RpcConnection answers an equal request without a thread whose id is reused [R-33]", async () => {
  await using peer = new Peer({ onRequest: () => "answer" });
  for (const params of [{}, undefined]) {
    const request = { id: 0, method: "attestation/generate", params };
    for (let round = 0; round < 2; round++) {
      peer.send(request);
      assertEquals(await peer.written(), [{ id: 0, result: "answer" }]);
    }
  }
});

test("RpcConnection aborts the signals of open requests when it ends, and writes nothing [R-13] [R-35]", async () => {
  const answer = deferred<unknown>();
  const asked = deferred<AbortSignal>();
  const peer = new Peer({
    onRequest: (_request, signal) => {
      asked.resolve(signal);
      return answer.promise;
    },
  });
  peer.send({ id: 1, method: "ask" });
  const signal = await asked.promise;
  await peer.server.close();
  await peer.rpc.closed;
  assert(signal.aborted);
  assertStrictEquals(signal.reason, peer.closeErrors[0]);
  answer.resolve("too late");
  await answer.promise;
  assertEquals(await peer.nextFrame(), undefined);
  assertEquals(peer.rpc.pending.incoming, 0);
});
