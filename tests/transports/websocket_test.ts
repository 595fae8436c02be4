/** `websocket()` and `unix()` as sockets: TLS, refusals, limits of time, and what is refused before dialing. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ConnectionRefusedError, ConnectionTimeoutError } from "../../errors.ts";
import type { Connect } from "../../src/transport/transport.ts";
import { unix } from "../../transports/unix.ts";
import { websocket, type WebSocketOptions } from "../../transports/websocket.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { serveWebSocket } from "../_support/ws_server.ts";
import { root, until, withFolder } from "../process/_current.ts";

async function refusalOf(connect: Connect): Promise<ConnectionRefusedError> {
  const error = await connect().then(() => undefined, (reason: unknown) => reason);
  assertInstanceOf(error, ConnectionRefusedError);
  return error;
}

const pem = (name: string): Promise<string> => readFile(join(root, "tests/_data", name), "utf8");

test("websocket() speaks TLS, and refuses a certificate that it cannot check [R-107]", async () => {
  const [cert, key] = await Promise.all([pem("loopback_cert.pem"), pem("loopback_key.pem")]);
  await using server = await serveWebSocket({ tls: { cert, key } });
  for (const servername of [undefined, "codex.test"]) {
    const tls = { ca: cert, ...(servername === undefined ? {} : { servername }) };
    const [transport, { connection }] = await Promise.all([
      websocket(server.url, { tls })(),
      server.next(),
    ]);
    connection.send("over TLS");
    assertEquals((await transport.readable.getReader().read()).value, ["over TLS"]);
    await transport.close();
  }
  const asks = { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true };
  await using strict = await serveWebSocket({ tls: asks });
  const own = websocket(strict.url, { tls: { ca: cert, cert, key } });
  await (await own()).close({ force: true });
  const nameless = await refusalOf(websocket(strict.url, { tls: { ca: cert } }));
  assertEquals(nameless.reason, "tls", nameless.message);
  const unknown = await refusalOf(websocket(server.url));
  const misnamed = await refusalOf(
    websocket(server.url, { tls: { ca: cert, servername: "else.test" } }),
  );
  const plain = await serveWebSocket();
  const noTls = await refusalOf(websocket(plain.url.replace("ws:", "wss:"), { tls: { ca: cert } }));
  await plain[Symbol.asyncDispose]();
  assertEquals([unknown, misnamed, noTls].map(({ reason }) => reason), ["tls", "tls", "tls"]);
  assertStringIncludes(unknown.message, "tls.ca");
});

test("websocket() sends its token and headers, and a new token for each connection [R-107]", async () => {
  const seen: unknown[] = [];
  await using server = await serveWebSocket({
    onOpen: ({ request: { url, headers } }) =>
      seen.push([url, headers["authorization"], headers["x-a"]]),
  });
  let count = 0;
  const token = (): Promise<string> => Promise.resolve(`token-${++count}\n`);
  const connect = websocket(`${server.url}/path?q=1`, { token, headers: { "X-A": "b" } });
  for (let round = 0; round < 2; round++) await (await connect()).close({ force: true });
  assertEquals(seen, [
    ["/path?q=1", "Bearer token-1", "b"],
    ["/path?q=1", "Bearer token-2", "b"],
  ]);
  const broken = websocket(server.url, { token: () => "two words" });
  const error = await assertRejects(() => broken(), TypeError);
  assert(!error.message.includes("words"), error.message);
});

test("ConnectionRefusedError tells a missing path, port and socket apart [R-107]", async () => {
  const closed = await serveWebSocket();
  await closed[Symbol.asyncDispose]();
  await using server = await serveWebSocket({ answer: () => "HTTP/1.1 404 Not Found\r\n\r\n" });
  const secret = "a-secret-of-the-query";
  const refusals = [
    await refusalOf(websocket(`${server.url}/none?key=${secret}`, { token: "a-token" })),
    await refusalOf(websocket(closed.url, { token: "a-token" })),
    await refusalOf(unix("/none/such/socket")),
    await withFolder((folder) => refusalOf(unix(folder))),
  ];
  assertEquals(refusals.map(({ reason, status }) => [reason, status]), [
    ["notFound", 404],
    ["refused", null],
    ["noSocket", null],
    ["refused", null],
  ]);
  assertEquals(refusals[0]?.address, `${server.url}/none`);
  for (const { message } of refusals) {
    assert(!message.includes(secret) && !message.includes("a-token"), message);
    assert(/: [^:]*(check|start|pass)/.test(message), message);
  }
});

test("websocket() refuses plain text to other hosts, and a URL or option that is not valid [R-107]", () => {
  const bad: readonly [string, WebSocketOptions, string][] = [
    ["ws://codex.example.com", {}, "allowInsecure"],
    ["ws://codex.example.com", { token: "hush-hush" }, "allowInsecure"],
    ["ws://10.0.0.1:80", {}, "allowInsecure"],
    ["ws://127.0.0.1.example.com", {}, "allowInsecure"],
    ["ws://[::2]", {}, "allowInsecure"],
    ["http://127.0.0.1", {}, "wss:"],
    ["hush-hush", {}, "not valid"],
    ["wss://user:hush-hush@127.0.0.1", {}, "password"],
    ["wss://127.0.0.1/#hush-hush", {}, "fragment"],
    ["ws://127.0.0.1", { tls: {} }, "tls"],
    ["ws://127.0.0.1", { token: "hush-hush", headers: { authorization: "x" } }, "Authorization"],
    ["ws://127.0.0.1", { token: "hush hush" }, "token"],
    ["ws://127.0.0.1", { token: "" }, "token"],
    ["ws://127.0.0.1", { headers: { "X-A": "hush\nhush" } }, "X-A"],
    ["ws://127.0.0.1", { pongMS: 1 } as WebSocketOptions, "pongMs"],
  ];
  for (const [url, options, part] of bad) {
    const error = assertThrows(() => websocket(url, options), TypeError);
    assertStringIncludes(error.message, part);
    assert(!/hush/.test(error.message), error.message);
  }
  assertThrows(() => websocket("ws://127.0.0.1", { pingMs: -1 }), RangeError);
  for (const url of ["ws://localhost:1", "ws://127.8.9.1", "ws://[::1]:80", "wss://example.com"]) {
    websocket(url, { token: "x" });
  }
  websocket("ws://codex.example.com", { allowInsecure: true });
  assertThrows(() => unix(""), TypeError);
  assertThrows(() => unix("/x", { pingMs: -1 }), RangeError);
});

test("websocket() gives up on a silent server in time, and when it is aborted [R-107]", async () => {
  const sockets = new Set<{ destroy(): void }>();
  const silent = createServer((socket) => void sockets.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const url = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  try {
    const late = await assertRejects(
      () => websocket(url, { handshakeTimeoutMs: 50 })(),
      ConnectionTimeoutError,
    );
    assertEquals([late.address, late.timeoutMs], [`${url}/`, 50]);
    const controller = new AbortController();
    const opening = websocket(url)({ signal: controller.signal });
    opening.catch(() => {});
    await until(() => sockets.size === 2);
    controller.abort(new Error("not wanted"));
    await assertRejects(() => opening, Error, "not wanted");
    await assertRejects(() => websocket(url)({ signal: AbortSignal.abort() }), DOMException);
    assertEquals(sockets.size, 2);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => silent.close(() => resolve()));
  }
});

test("websocket() reports a connection that breaks, after what had arrived [R-107]", async () => {
  await using server = await serveWebSocket();
  const [transport, { connection, socket }] = await Promise.all([
    websocket(server.url)(),
    server.next(),
  ]);
  await new Promise<void>((resolve) => connection.send("last", () => resolve()));
  const reader = transport.readable.getReader();
  assertEquals((await reader.read()).value, ["last"]);
  socket.destroy();
  assertEquals((await reader.read()).done, true);
  const close = await transport.closed;
  assertEquals([close.kind === "socket" && close.code, close.local], [1006, false]);
});

test("websocket() reads no more than its reader takes: backpressure reaches the socket [R-107]", async () => {
  await using server = await serveWebSocket();
  const [transport, { connection }] = await Promise.all([
    websocket(server.url, { pingMs: 0 })(),
    server.next(),
  ]);
  const message = "x".repeat(1024 ** 2);
  let accepted = 0;
  for (let count = 0; count < 64; count++) connection.send(message, () => accepted++);
  await until(() => accepted > 0);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert(accepted < 32, `${accepted} of 64 MiB left the server`);
  let read = 0;
  const reader = transport.readable.getReader();
  while (read < 64) read += (await reader.read()).value?.length ?? 64;
  assertEquals(read, 64);
  await until(() => accepted === 64);
  await transport.close();
});

test("websocket() exchanges fragments and long messages with another implementation [R-107]", async () => {
  await using server = await serveWebSocket();
  const [transport, { connection }] = await Promise.all([websocket(server.url)(), server.next()]);
  const received = new Promise<string>((resolve) => {
    connection.on("message", (data) => resolve(new TextDecoder().decode(data)));
  });
  const long = "\u00e9".repeat(9 * 1024 ** 2);
  const writer = transport.writable.getWriter();
  await Promise.all([writer.write(long), received]);
  assert(await received === long, "the long message arrives whole");
  const pong = new Promise<string>((resolve) => {
    connection.on("pong", (data) => resolve(new TextDecoder().decode(data)));
  });
  connection.send("\u4e2d", { fin: false });
  connection.ping("between");
  connection.send("\u{1f600}", { fin: true });
  const reader = transport.readable.getReader();
  assertEquals((await reader.read()).value, ["\u4e2d\u{1f600}"]);
  assertEquals(await pong, "between");
  const ended = new Promise<number>((resolve) => connection.on("close", resolve));
  await transport.close();
  assertEquals(await ended, 1000);
});
