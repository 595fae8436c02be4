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

test("RpcConnection handles an open request once that is delivered under another id, and answers both [R-33] [R-95]", async () => {
  const answer = deferred<unknown>();
  const asked: unknown[] = [];
  await using peer = new Peer({
    onRequest: ({ id, method }) => {
      if (method === "fence") return "fence";
      asked.push(id);
      return answer.promise;
    },
  });
  const ids = { threadId: "t", turnId: "u" };
  const call = { ...ids, callId: "c", tool: "city", arguments: {} };
  const approval = { ...ids, itemId: "c", approvalId: null, command: "ls", startedAtMs: 1 };
  const legacy = { conversationId: "t", callId: "c", command: ["ls"] };
  const question = { ...ids, itemId: "c", questions: [{ id: "q" }] };
  const same: [string, object][] = [
    ["item/tool/call", call],
    ["approve", approval],
    ["approve", legacy],
    ["ask", question],
  ];
  const others: [string, object][] = [
    ["item/tool/call", { ...call, callId: "d" }],
    ["item/tool/call", { ...call, threadId: "other" }],
    ["item/tool/call", { ...call, arguments: { a: 1 } }],
    ["other", call],
    ["approve", { ...approval, turnId: "v" }],
    ["approve", { ...approval, itemId: "d" }],
    ["approve", { ...approval, approvalId: "a" }],
    ["approve", { ...approval, approvalId: "b" }],
    // The command is tried again, outside the sandbox: nobody has seen that.
    ["approve", { ...approval, reason: "retry" }],
    ["ask", { ...question, questions: [{ id: "r" }] }],
    // Nothing tells these two from two separate requests.
    ["elicit", ids],
    ["elicit", ids],
    ["attest", {}],
    ["attest", {}],
    ["ask", { itemId: "c" }],
    ["ask", { itemId: "c" }],
  ];
  same.forEach(([method, params], at) => void peer.send({ id: at, method, params }));
  others.forEach(([method, params], at) => void peer.send({ id: 100 + at, method, params }));
  same.forEach(([method, params], at) => {
    void peer.send({ id: `${at}`, method, params: { ...params } });
  });
  peer.send({ id: "later", method: "approve", params: { ...approval, startedAtMs: 2 } });
  await peer.written();
  assertEquals(asked, [...same.keys(), ...others.map((_, at) => 100 + at)]);
  answer.resolve("one");
  await answer.promise;
  const answered = (await peer.written()).map(({ id, result }) => [id, result]);
  const expected = [...asked, ...same.map((_, at) => `${at}`), "later"].map((id) => [id, "one"]);
  assertEquals(new Map(answered as never), new Map(expected as never));
  assertEquals(answered.length, expected.length);
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

test("RpcConnection repeats its answer to a request that is delivered again, under its own or another id [R-95]", async () => {
  const asked: unknown[] = [];
  const answers: Record<string, unknown>[] = [];
  await using peer = new Peer({
    onRequest: ({ id, method }) => {
      if (method === "fence") return "fence";
      asked.push(id);
      if (method === "refuse") throw new RpcFailure({ code: -32000, message: "no" });
      const answer = { of: id };
      answers.push(answer);
      return method === "bigint" ? { big: 1n } : answer;
    },
  });
  const call = { threadId: "t", turnId: "u", callId: "c", arguments: {} };
  const approval = { threadId: "t", turnId: "u", itemId: "c", startedAtMs: 1 };
  const written = async (id: number | string, method: string, params: object): Promise<unknown> => {
    peer.send({ id, method, params });
    const [message, ...more] = await peer.written();
    assertEquals([message?.id, more], [id, []]);
    return message?.result ?? message?.error;
  };
  for (const [method, params] of [["call", call], ["approve", approval]] as const) {
    asked.length = 0;
    assertEquals(await written(0, method, params), { of: 0 });
    for (const answer of answers) answer.of = "changed by its owner";
    assertEquals(await written(0, method, params), { of: 0 });
    assertEquals(await written("x", method, params), { of: 0 });
    assertEquals(asked, [0]);
  }
  for (const method of ["refuse", "bigint"]) {
    asked.length = 0;
    const first = await written(1, method, call);
    assertEquals(await written(2, method, call), first);
    assertEquals(asked, [1]);
  }
  // The same question at another time is another one: the first answer was not about it.
  assertEquals(await written(3, "approve", { ...approval, startedAtMs: 2 }), { of: 3 });
  // Without an item, only the id tells.
  const elicitation = { threadId: "t", turnId: null };
  assertEquals(await written(4, "elicit", elicitation), { of: 4 });
  assertEquals(await written(4, "elicit", elicitation), { of: 4 });
  assertEquals(await written(5, "elicit", elicitation), { of: 5 });
  assertEquals(asked, [1, 3, 4, 5]);
  peer.rpc.forgetAnswers("another");
  peer.rpc.forgetAnswers("t", "another");
  assertEquals(await written(6, "call", call), { of: 0 });
  peer.rpc.forgetAnswers("t", "c");
  assertEquals(await written(7, "call", call), { of: 7 });
  assertEquals(await written(4, "elicit", elicitation), { of: 4 });
  peer.rpc.forgetAnswers("t");
  assertEquals(await written(5, "elicit", elicitation), { of: 5 });
  assertEquals(asked, [1, 3, 4, 5, 7, 5]);
});

test("RpcConnection keeps 100 answers or 16 Mi characters, and always the last one [R-95]", async () => {
  let asked = 0;
  await using peer = new Peer({
    onRequest: ({ params }) => {
      asked++;
      return "x".repeat(Number((params as { size?: number })?.size ?? 0));
    },
  });
  /** Delivers requests and returns how many of them were handled. */
  const deliver = async (sizes: readonly number[]): Promise<number> => {
    const before = asked;
    for (const size of sizes) {
      peer.send({ id: size, method: "ask", params: { threadId: "t", itemId: `i${size}`, size } });
    }
    assertEquals((await peer.written()).length, sizes.length);
    return asked - before - 1; // the fence
  };
  const many = Array.from({ length: 101 }, (_, at) => at);
  assertEquals(await deliver(many), 101);
  assertEquals(await deliver(many.slice(1)), 0);
  assertEquals(await deliver(many.slice(0, 1)), 1);
  const MI = 1_024 * 1_024;
  assertEquals(await deliver([9 * MI, 8 * MI]), 2); // the second drops the first
  assertEquals(await deliver([9 * MI, 8 * MI]), 2); // and so on
  assertEquals(await deliver([17 * MI]), 1);
  assertEquals(await deliver([17 * MI]), 0);
  assertEquals(await deliver(many.slice(99)), 2);
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
