import { Codex, StartupTimeoutError, TransportClosedError } from "../../mod.ts";
import { InvalidStateError } from "../../errors.ts";
import { PROTOCOL_VERSION } from "../../protocol.ts";
import type { Connect, Diagnostic } from "../../mod.ts";
import type { StreamClose, Transport } from "../../transport.ts";
import { FakeAppServer } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { answer, count, counting, fakeServer, reasonOf } from "./_fixture.ts";

test("Codex opens nothing before it is used", async () => {
  await using server = fakeServer();
  const { connect, connects } = counting(server);
  const codex = new Codex({ connect });
  codex.on("warning", () => {});
  codex.handle("attestation/generate", () => ({ token: "a" }));
  const stream = codex.notifications();
  await Promise.resolve();
  assertEquals([connects(), codex.pid], [0, undefined]);
  await codex.threadStart();
  assertEquals(connects(), 1);
  await stream.return();
  await codex.close();
});

test("Codex connects and initializes once for concurrent calls", async () => {
  await using server = fakeServer();
  server.on("model/list", () => ({ data: [], nextCursor: null }));
  const { connect, connects } = counting(server);
  const codex = new Codex({ connect });
  const calls = Array.from({ length: 20 }, (_, n) => {
    if (n % 3 === 0) return codex.connect();
    return n % 3 === 1 ? codex.threadStart() : codex.request("model/list", {});
  });
  const results = await Promise.all(calls);
  assertStrictEquals(results[0], codex);
  assertEquals([connects(), count(server, "initialize")], [1, 1]);
  assertEquals(server.received.slice(0, 2).map(({ method }) => method), [
    "initialize",
    "initialized",
  ]);
  await codex.close();
});

test("Codex.start identifies the client to the server and returns a ready client", async () => {
  await using server = fakeServer();
  const codex = await Codex.start({
    connect: server.connect,
    clientName: "ci",
    clientTitle: "CI bot",
    clientVersion: "1.2.3",
    experimentalApi: false,
    optOutNotificationMethods: ["turn/diff/updated"],
  });
  const { params } = await server.nextRequest("initialize");
  assertEquals(params, {
    clientInfo: { name: "ci", title: "CI bot", version: "1.2.3" },
    capabilities: {
      experimentalApi: false,
      requestAttestation: false,
      optOutNotificationMethods: ["turn/diff/updated"],
    },
  });
  assertEquals(codex.metadata.version, PROTOCOL_VERSION);
  await codex.close();
});

test("Codex.metadata throws InvalidStateError before initialization, and stays available after the end", async () => {
  await using server = new FakeAppServer({ userAgent: "me/1.2.3 (x) y", platformOs: "plan9" });
  const codex = new Codex({ connect: server.connect });
  const error = assertThrows(() => codex.metadata, InvalidStateError, "connect()");
  assertEquals(error.code, "invalid_state");
  await codex.connect();
  assertEquals([codex.metadata.version, codex.metadata.platformOs], ["1.2.3", "plan9"]);
  await codex.close();
  assertEquals(codex.metadata.version, "1.2.3");
});

test("Codex reports a version outside the tested range and continues", async () => {
  const diagnostics: Diagnostic[] = [];
  await using server = new FakeAppServer({ userAgent: "me/0.999.1 (x) y" });
  const onDiagnostic = (diagnostic: Diagnostic): void => {
    diagnostics.push(diagnostic);
    throw new Error("a log that throws");
  };
  const codex = await Codex.start({ connect: server.connect, onDiagnostic });
  assertEquals(diagnostics.map((one) => one.kind === "untestedVersion" && one.version), [
    "0.999.1",
  ]);
  await codex.close();
});

test("Codex can be started again after a failed start, and the failed one is closed", async () => {
  await using server = fakeServer();
  let closed = 0;
  const broken = new Error("no such binary");
  const plan: Connect[] = [
    () => Promise.reject(broken),
    () => {
      throw broken;
    },
    async (options) => {
      server.on("initialize", () => {
        throw { code: -32603, message: "not today" };
      });
      const transport = await server.connect(options);
      void transport.closed.then(() => closed++);
      return transport;
    },
    (options) => {
      server.on("initialize", () => ({ userAgent: `x/${PROTOCOL_VERSION}` }));
      return server.connect(options);
    },
  ];
  const codex = new Codex({ connect: (options) => (plan.shift() as Connect)(options) });
  assertEquals(await Promise.all([reasonOf(codex.connect()), reasonOf(codex.threadStart())]), [
    broken,
    broken,
  ]);
  assertStrictEquals(await reasonOf(codex.connect()), broken);
  await assertRejects(() => codex.connect(), Error, "not today");
  assertEquals(closed, 1);
  assertThrows(() => codex.metadata, InvalidStateError);
  const stream = codex.notifications();
  const thread = await codex.threadStart();
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: { id: "turn-1" } });
    server.sendBatch(answer("ok"));
  });
  assertEquals((await thread.run("hi")).finalResponse, "ok");
  assert(stream.pending > 0);
  await codex.close();
});

test("Codex.exited and early streams end with a failed start, and begin anew with the next one [R-117]", async () => {
  await using server = fakeServer();
  const codex = new Codex({ connect: server.connect });
  const early = [codex.notifications().next(), codex.requests().next()].map(reasonOf);
  const { exited } = codex;
  const hold = server.defer("initialize");
  const connecting = reasonOf(codex.connect());
  await hold.arrived();
  server.exit({ code: 3 });
  const error = await connecting;
  for (const reason of await Promise.all(early)) assertStrictEquals(reason, error);
  for (const close of [await exited, await codex.exited]) {
    assertEquals([close.kind, close.local, close.kind === "process" && close.code], [
      "process",
      false,
      3,
    ]);
  }
  await codex.connect();
  const again = codex.exited;
  server.exit({ code: 4 });
  const close = await again;
  assertEquals(close.kind === "process" && close.code, 4);
  await codex.close();
});

test("Codex.exited names the failure if no server was started, also after close() [R-117]", async () => {
  const broken = new Error("no such binary");
  const codex = new Codex({ connect: () => Promise.reject(broken) });
  await assertRejects(() => codex.connect(), Error, "no such binary");
  const closed = { kind: "stream", local: false, cause: broken };
  assertEquals(await codex.exited, closed as StreamClose);
  await codex.close();
  assertEquals(await codex.exited, closed as StreamClose);
});

test("Codex rejects a start if the server exits, with its code and stderr [R-53]", async () => {
  await using server = fakeServer();
  const hold = server.defer("initialize");
  const starting = reasonOf(Codex.start({ connect: server.connect }));
  await hold.arrived();
  server.exit({ code: 2, stderrTail: "bad config" });
  const error = await starting;
  assertInstanceOf(error, TransportClosedError);
  assertEquals([error.exitCode, error.stderrTail], [2, "bad config"]);
});

test("Codex rejects a start that takes longer than startupTimeoutMs, and leaves nothing behind [R-54]", async () => {
  await using server = fakeServer();
  server.defer("initialize");
  let transport: Transport | undefined;
  const connect: Connect = async (options) => transport = await server.connect(options);
  const error = await assertRejects(
    () => Codex.start({ connect, startupTimeoutMs: 10 }),
    StartupTimeoutError,
  );
  assertEquals(error.timeoutMs, 10);
  await transport?.closed;
});

test("Codex also times out if connect never settles, and closes a late connection [R-54]", async () => {
  using clock = fakeClock();
  await using server = fakeServer();
  let give: (transport: Transport) => void = () => {};
  const pending = new Promise<Transport>((resolve) => give = resolve);
  const codex = new Codex({ connect: () => pending, startupTimeoutMs: 10 });
  await assertRejects(() => codex.connect(), StartupTimeoutError);
  assertEquals(clock.elapsedMs, 10 + 1_000); // the time limit of the cleanup
  const late = await server.connect();
  give(late);
  assertEquals((await late.closed).local, true);
  await codex.close();
});

test("Codex.pid and Codex.exited expose the process and its exit [R-52]", async () => {
  await using server = fakeServer();
  const connect: Connect = async (options) => {
    const transport = await server.connect(options);
    return Object.assign(transport, { pid: 4711 });
  };
  const codex = new Codex({ connect });
  assertEquals(codex.pid, undefined);
  await codex.connect();
  assertEquals(codex.pid, 4711);
  server.exit({ signal: "SIGKILL" });
  const closed = await codex.exited;
  assert(closed.kind === "process");
  assertEquals([closed.code, closed.signal, closed.local], [null, "SIGKILL", false]);
  await codex.close();
});

test("Codex rejects options of the wrong type when it is constructed", () => {
  const connect: Connect = () => Promise.reject(new Error("unwanted"));
  const wrong: [object, typeof TypeError | typeof RangeError][] = [
    [{ connect: "stdio" }, TypeError],
    [{ clientName: "" }, TypeError],
    [{ clientName: "  " }, TypeError],
    [{ clientTitle: 5 }, TypeError],
    [{ clientVersion: null }, TypeError],
    [{ experimentalApi: "yes" }, TypeError],
    [{ optOutNotificationMethods: "turn/started" }, TypeError],
    [{ handlers: { "item/tool/call": "no function" } }, TypeError],
    [{ onDiagnostic: {} }, TypeError],
    [{ startupTimeoutMs: -1 }, RangeError],
    [{ startupTimeoutMs: "5" }, RangeError],
    [{ requestTimeoutMs: NaN }, RangeError],
  ];
  for (const [options, kind] of wrong) {
    assertThrows(() => new Codex({ connect, ...options }), kind as typeof TypeError);
  }
  // Its secrets would be left out without a word.
  const mcpServers = { search: { url: "https://mcp.example.com/", bearerToken: "t" } };
  const options: object = { connect, mcpServers, cwd: undefined };
  assertThrows(() => new Codex(options), TypeError, `"mcpServers" of Codex is for a child process`);
});
