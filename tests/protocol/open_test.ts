import { PROTOCOL_VERSION } from "../../src/generated/version.ts";
import { StartupTimeoutError } from "../../src/errors/start_errors.ts";
import { TransportClosedError } from "../../src/errors/transport_errors.ts";
import { InvalidRequestError } from "../../src/errors/json_rpc_errors.ts";
import { memoryTransportPair } from "../../src/transport/memory_pair.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { deferred } from "../../src/util/deferred.ts";
import { FakeAppServer } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { CountedSignal } from "../rpc/_peer.ts";
import { Opening } from "./_open.ts";

const CRASH = { code: 101, stderrTail: "thread 'main' panicked\nconfig.toml is broken\n" };

test("ProtocolConnection.open sends initialize, then initialized, then accepts requests", async () => {
  await using server = new FakeAppServer();
  server.on("model/list", () => ({ data: [] }));
  const opening = new Opening(server.connect);
  const connection = await opening.open();
  assertEquals(connection.metadata, {
    userAgent: `codex_app_server_sdk/${PROTOCOL_VERSION} (Test; x86_64) test`,
    version: PROTOCOL_VERSION,
    codexHome: "/tmp/codex-home",
    platformFamily: "unix",
    platformOs: "linux",
  });
  await connection.request("model/list", {});
  assertEquals(server.received.map(({ method }) => method), [
    "initialize",
    "initialized",
    "model/list",
  ]);
  assertEquals(server.received[0]?.params, {
    clientInfo: { name: "test", title: "Test", version: "1.0.0" },
    capabilities: { experimentalApi: true, requestAttestation: false },
  });
  await connection.close();
  assertEquals(opening.diagnostics, []);
});

test("ProtocolConnection.open reports an exit before the answer with code and stderr, not a timeout [R-53]", async () => {
  await using server = new FakeAppServer();
  server.on("initialize", () => server.exit(CRASH));
  const opening = new Opening(server.connect, { startupTimeoutMs: 60_000 });
  const error = await assertRejects(() => opening.open(), TransportClosedError);
  assertEquals([error.exitCode, error.stderrTail], [101, CRASH.stderrTail]);
  assertStringIncludes(error.message, "exited with code 101");
  assertStringIncludes(error.message, "config.toml is broken");
});

test("ProtocolConnection.open reports an exit before its first write [R-53]", async () => {
  await using server = new FakeAppServer();
  const opening = new Opening(async (options) => {
    const transport = await server.connect(options);
    server.exit(CRASH);
    return transport;
  });
  const error = await assertRejects(() => opening.open(), TransportClosedError);
  assertEquals(error.exitCode, 101);
  assert(error.message.startsWith("Cannot start codex app-server: "));
  assertStrictEquals(opening.closeErrors[0]?.close, error.close);
});

test("ProtocolConnection.open gives up after startupTimeoutMs and ends the server [R-54]", async () => {
  using clock = fakeClock();
  await using server = new FakeAppServer();
  server.defer("initialize");
  const transport = deferred<Transport>();
  const opening = new Opening(async (options) => {
    const opened = await server.connect(options);
    transport.resolve(opened);
    return opened;
  }, { startupTimeoutMs: 20 });
  const error = await assertRejects(() => opening.open(), StartupTimeoutError);
  assertEquals([error.timeoutMs, error.code], [20, "startup_timeout"]);
  assertEquals(clock.elapsedMs, 20);
  const close = await (await transport.promise).closed;
  assertEquals([close.local, close.kind === "process" && close.signal], [true, "SIGKILL"]);
});

test("StartupTimeoutError shows what was printed in place of the reply, such as a greeting before it [R-54] [R-109]", async () => {
  using _clock = fakeClock();
  const [client, peer] = memoryTransportPair();
  const opening = new Opening(() => Promise.resolve(client), { startupTimeoutMs: 20 });
  const opened = assertRejects(() => opening.open(), StartupTimeoutError);
  await peer.writable.getWriter().write(`Welcome\u001b[2J{"id":0,"result":{}}`);
  const { message } = await opened;
  assertStringIncludes(message, 'instead of a message: Welcome\\x1b[2J{"id":0');
  assertStringIncludes(message, "login shell");
});

test("ProtocolConnection.open bounds a connect that ignores its signal, and closes its late transport [R-54]", async () => {
  using clock = fakeClock();
  const connecting = deferred<Transport>();
  const opening = new Opening(() => connecting.promise, { startupTimeoutMs: 5 });
  await assertRejects(() => opening.open(), StartupTimeoutError);
  assertEquals(clock.elapsedMs, 5 + 1_000); // the time allowed for cleaning up
  const [late, peer] = memoryTransportPair();
  connecting.resolve(late);
  assertEquals((await late.closed).local, true);
  assertEquals((await peer.closed).local, false);
});

test("ProtocolConnection.open does not wait for a transport that never closes [R-54]", async () => {
  using clock = fakeClock({ limitMs: 60_000 });
  const [client] = memoryTransportPair();
  const never = new Promise<never>(() => {});
  const closing: unknown[] = [];
  const transport: Transport = {
    name: "mute",
    readable: client.readable,
    writable: client.writable,
    closed: never,
    close: (options) => {
      closing.push(options);
      return never;
    },
    [Symbol.asyncDispose]: () => never,
  };
  const opening = new Opening(() => Promise.resolve(transport), { startupTimeoutMs: 500 });
  await assertRejects(() => opening.open(), StartupTimeoutError);
  assertEquals([closing, clock.elapsedMs], [[{ force: true }], 500 + 1_000]);
  await clock.advance(40_000); // the connection gives the transport up
  assertEquals(opening.closeErrors.length, 1);
});

test("ProtocolConnection.open waits until a connect that honours its signal has cleaned up [R-54]", async () => {
  using clock = fakeClock();
  const order: string[] = [];
  const reason = new Error("stop");
  const opening = new Opening(async ({ signal } = {}) => {
    await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push("cleaned up");
    throw new Error("the connect's own words");
  });
  const opened = opening.open();
  opening.controller.abort(reason);
  assertStrictEquals(await opened.catch((error) => error), reason);
  assertEquals([order, clock.elapsedMs], [["cleaned up"], 20]);
});

test("ProtocolConnection.open rejects with the error of connect", async () => {
  const reason = new Error("no such binary");
  const opening = new Opening(() => Promise.reject(reason), { startupTimeoutMs: 60_000 });
  assertStrictEquals(await opening.open().catch((error) => error), reason);
});

test("ProtocolConnection.open does not connect if its signal has already been aborted [R-29]", async () => {
  let connects = 0;
  const opening = new Opening(() => Promise.reject(new Error(`${connects++}`)));
  const reason = new Error("before");
  opening.controller.abort(reason);
  assertStrictEquals(await opening.open().catch((error) => error), reason);
  assertEquals(connects, 0);
});

test("ProtocolConnection.open ends the server when aborted while it initializes [R-29]", async () => {
  await using server = new FakeAppServer();
  const held = server.defer("initialize");
  const counted = new CountedSignal();
  const opening = new Opening(server.connect, { signal: counted.signal });
  const opened = opening.open();
  await held.arrived();
  const reason = new Error("mine");
  counted.controller.abort(reason);
  assertStrictEquals(await opened.catch((error) => error), reason);
  assertEquals(counted.listeners, 0);
  assertEquals(opening.closeErrors[0]?.close.local, true);
});

test("ProtocolConnection.open ends a server that refuses initialize", async () => {
  await using server = new FakeAppServer();
  server.on("initialize", () => {
    throw { code: -32600, message: "Already initialized" };
  });
  const opening = new Opening(server.connect);
  const error = await assertRejects(() => opening.open(), InvalidRequestError);
  assertEquals([error.method, error.message], ["initialize", "Already initialized"]);
  assertEquals(opening.closeErrors.length, 1);
});

test("ProtocolConnection.open survives any object as the answer to initialize [R-69] [R-72]", async () => {
  const answers = [{}, { userAgent: 5, codexHome: null }, { userAgent: "no version" }];
  for (const answer of answers) {
    await using server = new FakeAppServer();
    server.on("initialize", () => answer);
    server.on("model/list", () => ({ data: [] }));
    const opening = new Opening(server.connect);
    const connection = await opening.open();
    const userAgent = answer === answers.at(-1) ? "no version" : "";
    assertEquals(connection.metadata, {
      userAgent,
      version: null,
      codexHome: "",
      platformFamily: "",
      platformOs: "",
    });
    assertEquals(opening.diagnostics, [
      { kind: "untestedVersion", version: userAgent, tested: PROTOCOL_VERSION },
    ]);
    assertEquals(await connection.request("model/list", {}), { data: [] } as never);
    await connection.close();
  }
});

test("ProtocolConnection.open dispatches notifications that arrive before the answer [R-69]", async () => {
  await using server = new FakeAppServer();
  server.on("initialize", (_params, request) => {
    server.sendBatch([
      { method: "configWarning", params: { summary: "s" } },
      { method: "serverRequest/resolved" },
      { method: "unknown/thing" },
      { id: request.id, result: { userAgent: `test/${PROTOCOL_VERSION} (x)` } },
    ]);
  });
  const opening = new Opening(server.connect);
  const connection = await opening.open();
  assertEquals(opening.notifications.map(({ method }) => method as string), [
    "configWarning",
    "serverRequest/resolved",
    "unknown/thing",
  ]);
  // The fake's own second answer is the only diagnostic.
  assertEquals(opening.diagnostics.filter(({ kind }) => kind !== "unmatchedResponse"), []);
  await connection.close();
});

test("ProtocolConnection.request always sends params, and keeps null within [R-74]", async () => {
  await using server = new FakeAppServer();
  for (const method of ["account/logout", "model/list", "thread/list"]) {
    server.on(method, () => ({}));
  }
  const connection = await new Opening(server.connect).open();
  await connection.request("account/logout", undefined as never);
  await connection.request("account/logout", null as never);
  await connection.request("thread/list", { cursor: null, limit: undefined } as never);
  assertEquals(server.received.slice(2).map(({ params }) => params), [{}, {}, { cursor: null }]);
  assert(server.received.slice(2).every((message) => Object.keys(message).length === 3));
  await connection.close();
});
