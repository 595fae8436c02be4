/** WebSockets over streams in memory: the handshake, pings, the end, limits and backpressure. */
import {
  ConnectionRefusedError,
  ConnectionTimeoutError,
  MessageTooLargeError,
  TransportClosedError,
} from "../../errors.ts";
import {
  webSocketFromStreams,
  type WebSocketStreamOptions,
} from "../../src/websocket/from_streams.ts";
import { sleep } from "../../src/util/timer.ts";
import type { SocketClose, Transport } from "../../src/transport/transport.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { collect, macrotask } from "../conformance/transport_suite.ts";
import { acceptance, frame, joined, openRaw, RawServer, text } from "./_raw_server.ts";

/** Opens with an answer of the server, and returns the error. */
async function refused(
  answer: string,
  options: WebSocketStreamOptions = {},
): Promise<ConnectionRefusedError> {
  const server = new RawServer();
  const opening = webSocketFromStreams(server.streams, options);
  opening.catch(() => {});
  await server.head();
  await server.write(answer).catch(() => {});
  await server.end().catch(() => {});
  return await assertRejects(() => opening, ConnectionRefusedError);
}

test("webSocketFromStreams asks for an upgrade with the headers given [R-107]", async () => {
  const headers = { Authorization: "Bearer a-secret-token" };
  const opened = await openRaw({ host: "box:1", path: "/a?b", headers }, text("early"));
  const lines = opened.head.split("\r\n").map((line) => line.replace(/(Key): .{22}==$/, "$1"));
  assertEquals(lines, [
    "GET /a?b HTTP/1.1",
    "Host: box:1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version: 13",
    "Authorization: Bearer a-secret-token",
    "",
    "",
  ]);
  const reader = opened.transport.readable.getReader();
  assertEquals((await reader.read()).value, ["early"]);
  await opened.transport.close({ force: true });
});

test("webSocketFromStreams reads an answer that arrives byte by byte [R-107]", async () => {
  const server = new RawServer();
  const opening = webSocketFromStreams(server.streams, { pingMs: 0 });
  const key = /^sec-websocket-key: (.*)\r$/im.exec(await server.head())?.[1] ?? "";
  const answer = new TextEncoder().encode(acceptance(key));
  for (const byte of joined(answer, text("first"))) await server.write(Uint8Array.of(byte));
  const transport = await opening;
  assertEquals((await transport.readable.getReader().read()).value, ["first"]);
  await transport.close({ force: true });
});

test("ConnectionRefusedError tells statuses and strange answers apart [R-107]", async () => {
  const outcomes: unknown[] = [];
  for (
    const answer of [
      "HTTP/1.1 401 Unauthorized\r\nContent-Length: 9\r\n\r\nno token!",
      "HTTP/1.1 403 Forbidden\r\n\r\n",
      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 503 Busy\r\n\r\n",
      "HTTP/1.1 302 Found\r\nLocation: https://else.where/x?token=abc#abc\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2\r\n\r\n",
      "x".repeat(20_000),
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      acceptance("another key"),
    ]
  ) {
    const { reason, status, message } = await refused(answer);
    outcomes.push([reason, status]);
    assert(!message.includes("abc"), message);
    assert(message.startsWith("Cannot connect to websocket: "), message);
  }
  assertEquals(outcomes, [
    ["unauthorized", 401],
    ["forbidden", 403],
    ["notFound", 404],
    ["http", 503],
    ["http", 302],
    ["http", 200],
    ...Array.from({ length: 4 }, () => ["protocol", null]),
  ]);
  assertEquals((await refused("")).reason, "ended");
  assertEquals((await refused("HTTP/1.1 4")).reason, "ended");
});

test("ConnectionRefusedError shows no secret that the server repeats [R-107]", async () => {
  const body = "no: Bearer hush-hush, hush-hush, of /p?key=quiet-please \u001b[2J";
  const { message } = await refused(
    `HTTP/1.1 401 Unauthorized\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    { path: "/p?key=quiet-please", headers: { Authorization: "Bearer hush-hush" } },
  );
  assertStringIncludes(message, "[redacted]");
  assert(!/hush|quiet/.test(message), message);
  assertStringIncludes(message, "\\x1b");
  // A long one, of which an error shows only the start.
  const long = Array.from({ length: 1_200 }, (_, index) => "abcdefg"[index * 5 % 7]).join("");
  const cut = await refused(
    `HTTP/1.1 401 Unauthorized\r\nContent-Length: 1300\r\n\r\nnot ${long}${" ".repeat(96)}`,
    { headers: { Authorization: `Bearer ${long}` } },
  );
  assert(cut.message.includes("(not [redacted])"), cut.message);
  const greeting = await refused("Welcome to box!\n\n\r\n\r\n");
  assertStringIncludes(greeting.message, "not HTTP: Welcome to box!");
});

test("webSocketFromStreams refuses extensions that it did not offer [R-107]", async () => {
  const server = new RawServer();
  const opening = webSocketFromStreams(server.streams);
  opening.catch(() => {});
  const key = /^sec-websocket-key: (.*)\r$/im.exec(await server.head())?.[1] ?? "";
  const extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
  await server.write(acceptance(key).replace(/\r\n\r\n$/, `\r\n${extension}`));
  const error = await assertRejects(() => opening, ConnectionRefusedError);
  assertStringIncludes(error.message, "sec-websocket-extensions");
});

test("webSocketFromStreams gives up after handshakeTimeoutMs, or by its signal [R-107]", async () => {
  using clock = fakeClock();
  const late = await assertRejects(
    () => webSocketFromStreams(new RawServer().streams, { handshakeTimeoutMs: 3_000 }),
    ConnectionTimeoutError,
  );
  assertEquals([late.timeoutMs, clock.elapsedMs], [3_000, 3_000]);
  const controller = new AbortController();
  const { signal } = controller;
  const server = new RawServer();
  const opening = webSocketFromStreams(server.streams, { signal });
  await server.head();
  const reason = new Error("not wanted");
  controller.abort(reason);
  assertStrictEquals(await opening.catch((error: unknown) => error), reason);
  assertEquals(await server.frame().catch(() => "aborted"), "aborted");
  assertEquals(await server.write("late").catch(() => "cancelled"), "cancelled");
});

test("webSocketFromStreams refuses bad options before it writes [R-107]", async () => {
  const bad: readonly [WebSocketStreamOptions, typeof TypeError | typeof RangeError][] = [
    [{ headers: { "a b": "x" } }, TypeError],
    [{ headers: { A: "x\r\nB: hush" } }, TypeError],
    [{ headers: { Host: "x" } }, TypeError],
    [{ host: "x\r\nB: hush" }, TypeError],
    [{ path: "/ HTTP/1.1\r\nB: hush" }, TypeError],
    [{ path: "hush" }, TypeError],
    [{ headers: { "sec-websocket-key": "x" } }, TypeError],
    [{ pingMs: -1 }, RangeError],
    [{ maxMessageBytes: 0 }, RangeError],
    [{ pingMS: 1 } as WebSocketStreamOptions, TypeError],
  ];
  for (const [options, type] of bad) {
    const server = new RawServer();
    const error = await assertRejects(() => webSocketFromStreams(server.streams, options), type);
    assert(!error.message.includes("hush"), error.message);
    assert(!server.streams.readable.locked, "the streams stay the caller's");
  }
});

test("a WebSocket answers pings, of many at once the last [R-107]", async () => {
  const { transport, server } = await openRaw();
  await server.write(joined(frame(0x89, "a"), frame(0x89, "b"), text("x")));
  assertEquals((await transport.readable.getReader().read()).value, ["x"]);
  const pong = await server.frame();
  assertEquals([pong?.opcode, new TextDecoder().decode(pong?.payload)], [0xa, "b"]);
  await transport.close({ force: true });
});

test("a WebSocket pings a silent peer, and ends if nothing comes back [R-107]", async () => {
  using clock = fakeClock({ limitMs: 60_000 });
  const { transport, server } = await openRaw({ pingMs: 5_000, pongMs: 2_000 });
  const drained = collect(transport);
  assertEquals([(await server.frame())?.opcode, clock.elapsedMs], [9, 5_000]);
  await server.write(frame(0x8a));
  assertEquals([(await server.frame())?.opcode, clock.elapsedMs], [9, 10_000]);
  await server.write(text("any bytes count"));
  assertEquals([(await server.frame())?.opcode, clock.elapsedMs], [9, 15_000]);
  assertEquals(await transport.closed, {
    kind: "socket",
    local: false,
    code: 1006,
    reason: "no answer to a ping within 2000 ms",
  });
  assertEquals(clock.elapsedMs, 17_000);
  assertEquals(await drained, [["any bytes count"]]);
});

test("a WebSocket does not ping while the peer talks, nor without pingMs [R-107]", async () => {
  using clock = fakeClock({ limitMs: 60_000 });
  for (const pingMs of [5_000, 0]) {
    const { transport, server } = await openRaw({ pingMs });
    const drained = collect(transport);
    for (let count = 0; count < 4; count++) {
      await clock.advance(3_000);
      await server.write(text("."));
    }
    await Promise.all([
      transport.close(),
      server.frame().then((first) => assertEquals(first?.opcode, 8)),
      server.end(),
    ]);
    await drained;
  }
});

test("a WebSocket whose reader stands still does not blame the peer [R-107]", async () => {
  using clock = fakeClock({ limitMs: 90_000 });
  const { transport, server } = await openRaw({ pingMs: 5_000, pongMs: 2_000 });
  const sending = (async () => {
    for (let count = 0; count < 5; count++) await server.write(text(String(count)));
  })();
  const serving = (async () => {
    for (
      let next = await server.frame();
      next !== undefined;
      next = await server.frame()
    ) { /* drain */ }
  })().catch(() => {});
  await clock.advance(40_000);
  const reader = transport.readable.getReader();
  const seen: string[] = [];
  while (seen.length < 5) seen.push(...(await reader.read()).value ?? []);
  assertEquals(seen, ["0", "1", "2", "3", "4"]);
  await sending;
  await transport.close({ force: true });
  await serving;
});

test("a WebSocket does not blame the peer for the time in which the program stood still [R-107]", async () => {
  using clock = fakeClock({ limitMs: 60_000 });
  const { transport, server } = await openRaw({ pingMs: 5_000, pongMs: 2_000 });
  const drained = collect(transport);
  assertEquals((await server.frame())?.opcode, 9);
  const { now } = performance;
  performance.now = () => now.call(performance) + 60_000; // asleep; the timer is late
  try {
    await clock.advance(2_500);
    await server.write(text("here"));
    assertEquals((await server.frame())?.opcode, 9);
  } finally {
    performance.now = now;
  }
  await transport.close({ force: true });
  assertEquals(await drained, [["here"]]);
});

test("a WebSocket does not blame the peer while a long message moves [R-107]", async () => {
  using clock = fakeClock({ limitMs: 60_000 });
  const server = new RawServer();
  const writer = server.streams.writable.getWriter();
  const slow = new WritableStream<Uint8Array>({
    async write(chunk): Promise<void> {
      if (chunk.length > 10_000) await sleep(900);
      await writer.write(chunk);
    },
  });
  const { readable } = server.streams;
  const limits = { pingMs: 1_000, pongMs: 1_000, handshakeTimeoutMs: 0 };
  const [transport] = await Promise.all([
    webSocketFromStreams({ readable, writable: slow }, limits),
    server.accept(),
  ]);
  const drained = collect(transport);
  const long = "x".repeat(2 * 1024 ** 2);
  const sent = transport.writable.getWriter().write(long);
  assert(await server.text() === long, "the message arrives whole");
  await sent;
  assert(clock.elapsedMs > 7_000, `${clock.elapsedMs} ms`);
  await transport.close({ force: true });
  assertEquals(await drained, []);
});

test("a WebSocket queues no answers to pings for a peer that does not read [R-107]", async () => {
  const { transport, server } = await openRaw();
  await transport.readable.cancel();
  for (let count = 0; count < 100; count++) await server.write(frame(0x89, String(count)));
  const pongs: (string | undefined)[] = [];
  while (pongs.at(-1) !== "99") pongs.push(await server.text());
  assert(pongs.length < 5, pongs.join());
  await transport.close({ force: true });
});

test("a WebSocket that is closed within a long message sends no more of it [R-107]", async () => {
  const { transport, server } = await openRaw({ closeTimeoutMs: 500 });
  const drained = collect(transport);
  const writer = transport.writable.getWriter();
  writer.closed.catch(() => {});
  const writing = writer.write("x".repeat(17 * 1024 ** 2));
  assertEquals((await server.frame())?.opcode, 1);
  const closing = transport.close();
  const opcodes: (number | undefined)[] = [];
  while (opcodes.at(-1) !== 8) opcodes.push((await server.frame())?.opcode);
  await server.end();
  assertEquals(await server.frame(), undefined);
  assert(opcodes.length <= 2, opcodes.join());
  await assertRejects(() => writing, TransportClosedError);
  assertEquals((await closing).local, true);
  await drained;
});

test("a WebSocket reads no further than its reader: backpressure reaches the peer [R-107]", async () => {
  const { transport, server } = await openRaw();
  let written = 0;
  const sending = (async () => {
    for (let count = 0; count < 50; count++) {
      await server.write(text("x"));
      written++;
    }
  })();
  sending.catch(() => {});
  for (let turn = 0; turn < 20; turn++) await macrotask();
  assert(written <= 4, `${written} chunks were taken`);
  const reader = transport.readable.getReader();
  for (let count = 0; count < 50; count++) await reader.read();
  await sending;
  assertEquals(written, 50);
  await transport.close({ force: true });
});

test("a WebSocket answers a close frame with its code and reports it [R-107]", async () => {
  const { transport, server } = await openRaw();
  const drained = collect(transport);
  const close = joined(Uint8Array.of(4000 >> 8, 4000 & 0xff), new TextEncoder().encode("enough"));
  await server.write(joined(text("last"), frame(0x88, close), text("ignored")));
  const answer = await server.frame();
  assertEquals([answer?.opcode, ...answer?.payload ?? []], [8, 4000 >> 8, 4000 & 0xff]);
  const end: SocketClose = { kind: "socket", local: false, code: 4000, reason: "enough" };
  assertEquals(await transport.closed, end);
  assertEquals(await drained, [["last"]]);
  assertEquals(await server.frame(), undefined);
});

test("a WebSocket that breaks the protocol is closed with the right code [R-107]", async () => {
  const cases: readonly (readonly [Uint8Array, number])[] = [
    [frame(0xc1, "x"), 1002],
    [frame(0x82, "x"), 1003],
    [frame(0x81, Uint8Array.of(0xff)), 1007],
    [frame(0x81, "x".repeat(101)), 1009],
  ];
  for (const [wire, code] of cases) {
    const { transport, server } = await openRaw({ maxMessageBytes: 100 });
    const writing = transport.writable.getWriter();
    const drained = collect(transport);
    await server.write(joined(text("before"), wire));
    const answer = await server.frame();
    assertEquals([answer?.opcode, ...answer?.payload ?? []], [8, code >> 8, code & 0xff]);
    const close = await transport.closed;
    assertEquals([close.kind === "socket" && close.code, close.local], [code, false]);
    assertEquals(close.cause instanceof MessageTooLargeError, code === 1009);
    assertEquals(await drained, [["before"]]);
    const error = await assertRejects(() => writing.write("x"), TransportClosedError);
    assertStringIncludes(error.message, String(code));
  }
});

test("a WebSocket without a close frame ends with 1006, and the error of its stream [R-107]", async () => {
  const ended = await openRaw();
  await Promise.all([collect(ended.transport), ended.server.end()]);
  const end: SocketClose = { kind: "socket", local: false, code: 1006, reason: "" };
  assertEquals(await ended.transport.closed, end);
  const failed = await openRaw();
  const cause = new Error("reset");
  await Promise.all([collect(failed.transport), failed.server.fail(cause)]);
  assertStrictEquals((await failed.transport.closed).cause, cause);
});

test("close() of a WebSocket waits for what the peer still sends, up to a limit [R-107]", async () => {
  using clock = fakeClock();
  const { transport, server } = await openRaw({ closeTimeoutMs: 1_500 });
  const drained = collect(transport);
  const closing = transport.close();
  assertEquals((await server.frame())?.opcode, 8);
  const ended = server.frame().then(() => "ended");
  assertEquals(await Promise.race([ended, sleep(1_000).then(() => "open")]), "open");
  await server.write(text("late"));
  await server.write(frame(0x88, Uint8Array.of(3, 232)));
  assertEquals(await closing, { kind: "socket", local: true, code: 1000, reason: "" });
  assertEquals([await ended, await drained, clock.elapsedMs], ["ended", [["late"]], 1_000]);
  const silent = await openRaw({ closeTimeoutMs: 1_500 });
  await silent.transport.close();
  assert(clock.elapsedMs <= 3_500, `${clock.elapsedMs} ms`);
});

test("close() of a WebSocket settles what a stuck peer never takes, and frees the streams [R-107]", async () => {
  using _clock = fakeClock();
  const server = new RawServer();
  const reader = server.streams.readable.getReader();
  const writer = server.streams.writable.getWriter();
  const freed: string[] = [];
  let isStuck = false;
  const readable = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const { value } = await reader.read();
      if (value !== undefined) controller.enqueue(value);
    },
    cancel: (): void => void freed.push("readable"),
  });
  const writable = new WritableStream<Uint8Array>({
    start({ signal }): void {
      signal.addEventListener("abort", () => freed.push("writable"));
    },
    write: (chunk): Promise<void> => isStuck ? new Promise(() => {}) : writer.write(chunk),
  });
  const limits = { pingMs: 0, handshakeTimeoutMs: 0, closeTimeoutMs: 500 };
  const [transport] = await Promise.all([
    webSocketFromStreams({ readable, writable }, limits),
    server.accept(),
  ]);
  isStuck = true;
  const output = transport.writable.getWriter();
  output.closed.catch(() => {});
  const writes = Promise.allSettled(["1", "2", "3"].map((frame) => output.write(frame)));
  assertEquals((await transport.close()).local, true);
  assertEquals((await writes).map(({ status }) => status), ["rejected", "rejected", "rejected"]);
  assertEquals(freed.sort(), ["readable", "writable"]);
});

test("a message over 64 MiB is refused, and nothing of it is sent [R-107]", async () => {
  const { transport, server } = await openRaw();
  assertEquals(transport.maxSentBytes, 64 * 1024 ** 2);
  const writer = transport.writable.getWriter();
  writer.closed.catch(() => {});
  writer.ready.catch(() => {});
  const serving = server.frame();
  serving.catch(() => {});
  const error = await writer.write("x".repeat(64 * 1024 ** 2 + 1))
    .then(() => undefined, (reason: unknown) => reason);
  assertInstanceOf(error, TransportClosedError);
  assertInstanceOf(error.close.cause, MessageTooLargeError);
  await transport.close({ force: true });
  assertEquals(await serving.catch(() => undefined), undefined);
});

test("control frames go between the frames of a long message, never into one [R-107]", async () => {
  const { transport, server } = await openRaw();
  const writer = transport.writable.getWriter();
  const long = "x".repeat(17 * 1024 ** 2);
  const writing = writer.write(long);
  await macrotask();
  const pinging = server.write(frame(0x89, "ping"));
  const reading = transport.readable.getReader().read();
  let received = "";
  let pongs = 0;
  while (received.length < long.length) {
    const next = await server.frame();
    if (next?.opcode === 0xa) pongs++;
    else received += new TextDecoder().decode(next?.payload);
  }
  assert(received === long, "the message arrives whole");
  if (pongs === 0) assertEquals((await server.frame())?.opcode, 0xa);
  await Promise.all([writing, pinging]);
  await transport.close({ force: true });
  await reading;
});

test("a WebSocket goes on without a reader that has cancelled, and answers pings [R-107]", async () => {
  const { transport, server } = await openRaw();
  await transport.readable.cancel();
  for (let count = 0; count < 10; count++) await server.write(text("dropped"));
  await server.write(frame(0x89, "still there?"));
  assertEquals((await server.frame())?.opcode, 0xa);
  await sendAndRead(transport, server);
  await transport.close({ force: true });
});

async function sendAndRead(transport: Transport, server: RawServer): Promise<void> {
  const writer = transport.writable.getWriter();
  const writing = writer.write("hello");
  assertEquals(await server.text(), "hello");
  await writing;
  writer.releaseLock();
}
