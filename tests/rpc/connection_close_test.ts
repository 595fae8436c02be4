import { TransportClosedError } from "../../src/errors/transport_errors.ts";
import { memoryTransportPair } from "../../src/transport/memory_pair.ts";
import type { Transport, TransportClose } from "../../src/transport/transport.ts";
import { deferred } from "../../src/util/deferred.ts";
import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { CountedSignal, Peer } from "./_peer.ts";

test("RpcConnection rejects every call with the same error once it has ended [R-13]", async () => {
  const peer = new Peer();
  const counted = new CountedSignal();
  const pending = [
    peer.rpc.request("a", {}, { signal: counted.signal }),
    peer.rpc.request("b", {}, { signal: counted.signal }),
  ].map(rejection);
  await peer.next();
  await peer.server.close();
  const errors = [...await Promise.all(pending), await rejection(peer.rpc.request("c", {}))];
  try {
    peer.rpc.notify("d");
  } catch (error) {
    errors.push(error);
  }
  errors.push(await rejection(peer.rpc.request("e", {})));
  const [error] = peer.closeErrors;
  assertInstanceOf(error, TransportClosedError);
  assertEquals(errors.length, 5);
  for (const other of errors) assertStrictEquals(other, error);
  assertEquals(error.close, { kind: "stream", local: false });
  assertEquals(counted.listeners, 0);
  assertEquals(peer.rpc.pending, { outgoing: 0, incoming: 0 });
});

test("RpcConnection.close settles everything pending, even when called twice at once [R-13] [R-10]", async () => {
  const peer = new Peer();
  const pending = rejection(peer.rpc.request("a", {}));
  const closes = await Promise.all([
    peer.rpc.close(),
    peer.rpc.close({ force: true }),
    peer.rpc.closed,
  ]);
  closes.push(await peer.rpc.close());
  for (const close of closes) assertStrictEquals(close, closes[0]);
  assertEquals(closes[0], { kind: "stream", local: true });
  assertStrictEquals(await pending, peer.closeErrors[0]);
  assertEquals(peer.closeErrors.length, 1);
});

test("RpcConnection dispatches what arrived with the end before it reports the end [R-14]", async () => {
  const order: string[] = [];
  const [client, server] = memoryTransportPair();
  const chunk = deferred<readonly string[]>();
  const readable = new ReadableStream<readonly string[]>({
    pull: async (controller) => {
      controller.enqueue(await chunk.promise);
      controller.close();
    },
  });
  const close = { kind: "process", local: false, code: 1, signal: null, stderrTail: "" } as const;
  const transport = wrapped(client, { readable, closed: Promise.resolve(close) });
  const peer = new Peer({
    pair: [transport, server],
    onNotification: ({ method }) => void order.push(method),
  });
  const reply = peer.rpc.request("a", {}).then((result) => order.push(`reply ${result}`));
  const open = rejection(peer.rpc.request("b", {})).then(() => order.push("end"));
  await new Promise((resolve) => setTimeout(resolve)); // the exit is known before the last chunk is read
  chunk.resolve(['{"method":"one"}', '{"id":1,"result":"a"}', "junk", '{"method":"two"}']);
  await Promise.all([reply, open, peer.rpc.closed]);
  assertEquals(order, ["one", "two", "reply a", "end"]);
  await server.close();
});

test("RpcConnection lets the caller's abort win over an end that is not reported yet [R-14] [R-29]", async () => {
  // The stream has ended, but the close is known only later: stderr is still read after the exit.
  const closed = deferred<TransportClose>();
  const [client, server] = memoryTransportPair();
  const transport = wrapped(client, { closed: closed.promise });
  const peer = new Peer({ pair: [transport, server] });
  const controller = new AbortController();
  const aborted = rejection(peer.rpc.request("a", {}, { signal: controller.signal }));
  const other = rejection(peer.rpc.request("b", {}));
  await server.close();
  await client.closed;
  const reason = new Error("mine");
  controller.abort(reason);
  const close = { kind: "process", local: false, code: 3, signal: null, stderrTail: "" } as const;
  closed.resolve(close);
  assertStrictEquals(await aborted, reason);
  const error = await other;
  assertInstanceOf(error, TransportClosedError);
  assertEquals([error.exitCode, error.close], [3, close]);
});

test("RpcConnection ends a transport whose output failed, with the cause [R-13]", async () => {
  const cause = new Error("broken line");
  const [client, server] = memoryTransportPair();
  const readable = new ReadableStream<readonly string[]>({
    start: (controller) => controller.error(cause),
  });
  const peer = new Peer({ pair: [wrapped(client, { readable }), server] });
  const error = await rejection(peer.rpc.request("a", {}));
  assertInstanceOf(error, TransportClosedError);
  assertEquals(error.close, { kind: "stream", local: false, cause });
  assertStrictEquals(error.cause, cause);
  await server.closed;
});

test("RpcConnection ends a transport that accepts no more frames, even if it still sends [R-10] [R-13]", async () => {
  using clock = fakeClock();
  const cause = new Error("deaf");
  const [client, server] = memoryTransportPair();
  const writable = new WritableStream<string>({ write: () => Promise.reject(cause) });
  const peer = new Peer({ pair: [wrapped(client, { writable }), server] });
  const error = await rejection(peer.rpc.request("a", {}));
  assertInstanceOf(error, TransportClosedError);
  assertEquals(error.close, { kind: "stream", local: false, cause });
  await server.closed;
  assertEquals(clock.elapsedMs, 2_000);
});

test("RpcConnection settles everything even for a transport that violates its contract [R-13]", async () => {
  const cause = new Error("closed must not reject");
  const [client, server] = memoryTransportPair();
  const closed = Promise.reject(cause);
  closed.catch(() => {});
  const peer = new Peer({ pair: [wrapped(client, { closed }), server] });
  const pending = rejection(peer.rpc.request("a", {}));
  await server.close();
  const error = await pending;
  assertInstanceOf(error, TransportClosedError);
  assertStrictEquals(error.cause, cause);
  assertEquals((await peer.rpc.closed).local, false);
});

test("RpcConnection.close is bounded for a transport that never closes [R-117]", async () => {
  using clock = fakeClock({ limitMs: 40_000 });
  const [client, server] = memoryTransportPair();
  const never = new Promise<never>(() => {});
  const peer = new Peer({ pair: [wrapped(client, { closed: never, close: () => never }), server] });
  const pending = rejection(peer.rpc.request("a", {}));
  const close = await peer.rpc.close();
  assertEquals([close.kind, close.local, clock.elapsedMs], ["stream", true, 34_000]);
  assert(String(close.cause).includes('The transport "wrapped" did not close within 30000 ms'));
  assertInstanceOf(await pending, TransportClosedError);
});

test("RpcConnection ends with a transport that holds its stream open, after its last frames [R-14] [R-117]", async () => {
  for (const closes of [true, false]) {
    using clock = fakeClock();
    const [client, server] = memoryTransportPair();
    let feed: ReadableStreamDefaultController<readonly string[]> | undefined;
    const readable = new ReadableStream<readonly string[]>({
      start: (controller) => void (feed = controller),
    });
    const peer = new Peer({ pair: [wrapped(client, { readable }), server] });
    const pending = rejection(peer.rpc.request("a", {}));
    if (!closes) void server.close();
    const closing = closes ? peer.rpc.close() : peer.rpc.closed;
    setTimeout(() => feed?.enqueue(['{"method":"late"}']), 1_500);
    const close = await closing;
    assertEquals([close.local, clock.elapsedMs], [closes, 4_000]); // silent for two seconds, twice
    assertEquals(peer.notifications.map(({ method }) => method), ["late"]);
    assertInstanceOf(await pending, TransportClosedError);
  }
});

test("RpcConnection.close is bounded for a transport that goes on sending [R-117]", async () => {
  using clock = fakeClock();
  const [client, server] = memoryTransportPair();
  let timer: ReturnType<typeof setInterval> | undefined;
  const readable = new ReadableStream<readonly string[]>({
    start: (controller) => {
      timer = setInterval(() => {
        if (clock.elapsedMs < 60_000) return controller.enqueue(['{"method":"more"}']);
        clearInterval(timer); // the test ends without the limit too
        controller.close();
      }, 1_000);
    },
    cancel: () => clearInterval(timer),
  });
  const peer = new Peer({ pair: [wrapped(client, { readable }), server] });
  const close = await peer.rpc.close();
  assertEquals([close.kind, close.local, clock.elapsedMs], ["stream", true, 20_000]);
});

test("RpcConnection keeps its end when the peer ends while it closes [R-13]", async () => {
  const peer = new Peer();
  const [close] = await Promise.all([peer.rpc.close(), peer.server.close()]);
  assertEquals(close.local, true);
  assert(peer.closeErrors[0]?.message.includes("closed by this client"));
});

function wrapped(transport: Transport, parts: Partial<Transport>): Transport {
  return {
    name: "wrapped",
    readable: transport.readable,
    writable: transport.writable,
    closed: transport.closed,
    close: (options) => transport.close(options),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
    ...parts,
  };
}

function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => Promise.reject(new Error(`It fulfilled with ${JSON.stringify(value)}`)),
    (reason) => reason,
  );
}
