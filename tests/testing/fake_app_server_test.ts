import { assert, assertEquals, assertRejects, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import {
  agentMessage,
  FakeAppServer,
  fakeThreadStart,
  fakeTurn,
  notification,
  turnEvents,
} from "../../testing.ts";
import type { FakeMessage } from "../../testing.ts";
import type { Transport } from "../../src/transport/transport.ts";

/** A manual client: writes a frame, reads a batch. */
class Peer {
  readonly transport: Transport;
  readonly #reader: ReadableStreamDefaultReader<readonly string[]>;
  readonly #writer: WritableStreamDefaultWriter<string>;

  constructor(transport: Transport) {
    this.transport = transport;
    this.#reader = transport.readable.getReader();
    this.#writer = transport.writable.getWriter();
  }

  static async connect(server: FakeAppServer): Promise<Peer> {
    return new Peer(await server.connect());
  }

  send(message: FakeMessage): Promise<void> {
    return this.#writer.write(JSON.stringify(message));
  }

  async batch(): Promise<FakeMessage[] | undefined> {
    const { value } = await this.#reader.read();
    return value?.map((frame) => JSON.parse(frame) as FakeMessage);
  }

  async raw(): Promise<readonly string[] | undefined> {
    return (await this.#reader.read()).value;
  }

  async ask(message: FakeMessage): Promise<FakeMessage | undefined> {
    await this.send(message);
    return (await this.batch())?.[0];
  }
}

test("FakeAppServer answers initialize, handlers and unknown methods", async () => {
  await using server = new FakeAppServer({ platformOs: "plan9" });
  server.on("thread/start", () => fakeThreadStart("thread-1"));
  server.on("nothing", () => undefined);
  server.on("later", async ({ value }) => await Promise.resolve({ value }));
  const peer = await Peer.connect(server);
  const initialized = await peer.ask({ id: 1, method: "initialize", params: {} });
  assertEquals(initialized?.id, 1);
  assertEquals((initialized?.result as { platformOs: string }).platformOs, "plan9");
  const started = await peer.ask({ id: 2, method: "thread/start" });
  assertEquals((started?.result as { thread: { id: string } }).thread.id, "thread-1");
  assertEquals(await peer.ask({ id: 3, method: "nothing" }), { id: 3, result: {} });
  assertEquals(await peer.ask({ id: 4, method: "later", params: { value: 5 } }), {
    id: 4,
    result: { value: 5 },
  });
  const unknown = await peer.ask({ id: "5", method: "nope" });
  assertEquals(unknown?.id, "5");
  assertEquals((unknown?.error as { code: number }).code, -32600);
});

test("FakeAppServer replies with the error that a handler throws", async () => {
  await using server = new FakeAppServer();
  server.on("busy", () => {
    throw { code: -32001, message: "overloaded", data: { retry: true } };
  });
  server.on("broken", () => Promise.reject(new Error("oops")));
  const peer = await Peer.connect(server);
  assertEquals((await peer.ask({ id: 1, method: "busy" }))?.error, {
    code: -32001,
    message: "overloaded",
    data: { retry: true },
  });
  assertEquals((await peer.ask({ id: 2, method: "broken" }))?.error, {
    code: -32603,
    message: "the fake handler threw: Error: oops",
  });
});

test("FakeAppServer keeps the order of notifications and the reply of a handler", async () => {
  await using server = new FakeAppServer();
  server.on("turn/start", (_params, request) => {
    server.notify("before");
    request.reply({ turn: fakeTurn("turn-1") });
    server.notify("after");
  });
  const peer = await Peer.connect(server);
  const first = await peer.ask({ id: 1, method: "turn/start" });
  const order = [first, ...(await peer.batch() ?? []), ...(await peer.batch() ?? [])];
  assertEquals(order.map((message) => message?.method ?? message?.id), ["before", 1, "after"]);
});

test("FakeAppServer.sendBatch sends one batch, sendRaw one per string", async () => {
  await using server = new FakeAppServer();
  const peer = await Peer.connect(server);
  server.sendBatch([notification("a", { n: 1 }), '{"method":"b"}', "not json"]);
  server.sendRaw("one", "two");
  assertEquals(await peer.raw(), [
    '{"method":"a","params":{"n":1},"emittedAtMs":0}',
    '{"method":"b"}',
    "not json",
  ]);
  assertEquals([await peer.raw(), await peer.raw()], [["one"], ["two"]]);
});

test("FakeAppServer.request distinguishes unusual ids", async () => {
  await using server = new FakeAppServer();
  const peer = await Peer.connect(server);
  const ids = [0, -1, "", "1", 1, Number.MAX_SAFE_INTEGER];
  const replies = ids.map((id) => server.request("item/tool/call", { id }, { id }));
  const asked: unknown[] = [];
  for (const _ of ids) asked.push((await peer.batch())?.[0]?.id);
  assertEquals(asked, ids);
  for (const id of ids.toReversed()) await peer.send({ id, result: { echo: id } });
  assertEquals(
    (await Promise.all(replies)).map(({ result }) => result),
    ids.map((id) => ({ echo: id })),
  );
  const counted = server.request("next");
  assertEquals((await peer.batch())?.[0]?.id, 0);
  await peer.send({ id: 0, error: { code: -32601, message: "unknown" } });
  assertEquals((await counted).error, { code: -32601, message: "unknown" });
});

test("FakeAppServer.defer holds one request until it is answered", async () => {
  await using server = new FakeAppServer();
  server.on("slow", () => ({ from: "handler" }));
  const held = server.defer("slow");
  const refused = server.defer("slow");
  const peer = await Peer.connect(server);
  await peer.send({ id: 1, method: "slow", params: { first: true } });
  assertEquals((await held.arrived()).params, { first: true });
  await peer.send({ id: 2, method: "slow" });
  assertEquals(await peer.ask({ id: 3, method: "slow" }), { id: 3, result: { from: "handler" } });
  held.reply({ from: "test" });
  assertEquals(await peer.batch(), [{ id: 1, result: { from: "test" } }]);
  refused.fail({ code: 1, message: "no" });
  assertEquals(await peer.batch(), [{ error: { code: 1, message: "no" }, id: 2 }]);
});

test("FakeAppServer records messages and waits for requests and notifications", async () => {
  await using server = new FakeAppServer();
  const early = server.nextRequest("b");
  const peer = await Peer.connect(server);
  await peer.send({ method: "initialized" });
  await peer.send({ id: 1, method: "a" });
  await peer.send({ id: 2, method: "b" });
  assertEquals((await early).id, 2);
  assertEquals((await server.nextRequest()).id, 1);
  assertEquals((await server.nextNotification("initialized")).method, "initialized");
  assertEquals(server.received.length, 3);
  await assertRejects(
    () => server.nextRequest("c", { timeoutMs: 10 }),
    Error,
    "Cannot wait for a request for c: not within 10 ms; arrived: a (id 1) (taken), b (id 2) (taken)",
  );
});

test("FakeAppServer keeps the last maxMessages messages of a connection, and counts the others", async () => {
  await using server = new FakeAppServer({}, { maxMessages: 2 });
  for (let connection = 0; connection < 2; connection++) {
    const peer = await Peer.connect(server);
    for (const id of [1, 2, 3, 4, 5]) await peer.send({ id, method: `m${id}` });
    assertEquals(server.received.map(({ id }) => id), [4, 5]);
    assertEquals(server.droppedMessages, 3);
    assertEquals((await server.nextRequest()).id, 4);
  }
  for (const maxMessages of [0, -1, 1.5, NaN, "2"]) {
    assertThrows(() => new FakeAppServer({}, { maxMessages: maxMessages as number }), RangeError);
  }
});

test("FakeAppServer.exit ends like a crash after the frames that were sent", async () => {
  await using server = new FakeAppServer();
  const peer = await Peer.connect(server);
  const pending = assertRejects(
    () => server.request("never/answered"),
    Error,
    "the fake app-server exited",
  );
  server.notify("last");
  server.exit({ signal: "SIGKILL", stderrTail: "killed" });
  assertEquals(await peer.transport.closed, {
    kind: "process",
    local: false,
    code: null,
    signal: "SIGKILL",
    stderrTail: "killed",
  });
  assertEquals((await peer.batch())?.[0]?.method, "never/answered");
  assertEquals((await peer.batch())?.[0]?.method, "last");
  assertEquals(await peer.batch(), undefined);
  await assertRejects(() => peer.send({ method: "x" }), Error, "has exited");
  await pending;
});

test("FakeAppServer notices that the client closes, and accepts another connection", async () => {
  await using server = new FakeAppServer();
  const first = await Peer.connect(server);
  const waiting = assertRejects(() => server.nextRequest("x"), Error, "the client closed");
  assertEquals((await first.transport.close()).local, true);
  assertEquals((await first.transport.close({ force: true })).kind, "process");
  await waiting;
  const second = await Peer.connect(server);
  assertEquals(server.received, []);
  assertEquals((await second.ask({ id: 1, method: "initialize" }))?.id, 1);
});

test("FakeAppServer.hang records requests without answering, and can stop reading", async () => {
  await using server = new FakeAppServer();
  const peer = await Peer.connect(server);
  server.hang();
  await peer.send({ id: 1, method: "initialize" });
  assertEquals((await server.nextRequest()).method, "initialize");
  server.hang({ writes: true });
  let written = false;
  const stuck = peer.send({ id: 2, method: "initialize" }).then(() => {
    written = true;
  });
  await server.nextRequest();
  server.notify("the only message");
  assertEquals((await peer.batch())?.[0]?.method, "the only message");
  assert(!written);
  server.exit();
  await stuck;
});

test("FakeAppServer.connect rejects with the reason of an aborted signal", async () => {
  await using server = new FakeAppServer();
  const signal = AbortSignal.abort(new Error("too late"));
  await assertRejects(() => server.connect({ signal }), Error, "too late");
  assertThrows(() => server.notify("x"), Error, "no client has connected");
});

test("turnEvents follows the order of the real server", () => {
  const ids = { threadId: "thread-1", turnId: "turn-1" };
  const methods = (messages: readonly FakeMessage[]): unknown[] => messages.map((m) => m.method);
  const items = [agentMessage("item-1", "hello", "final_answer")];
  const events = turnEvents({ ...ids, items });
  assertEquals(methods(events), [
    "thread/status/changed",
    "turn/started",
    "item/started",
    "item/agentMessage/delta",
    "item/completed",
    "thread/status/changed",
    "turn/completed",
  ]);
  const { turn } = events.at(-1)?.params as { turn: ReturnType<typeof fakeTurn> };
  assertEquals([turn.status, turn.itemsView, turn.items], ["completed", "summary", items]);
  const error = {
    message: "bad luck",
    codexErrorInfo: "other" as const,
    additionalDetails: null,
    misalignment: null,
  };
  const failed = turnEvents({ ...ids, status: "failed", error });
  assertEquals(methods(failed).slice(-3), ["thread/status/changed", "error", "turn/completed"]);
  assertEquals(methods(turnEvents({ ...ids, status: "inProgress" })).at(-1), "turn/started");
});
