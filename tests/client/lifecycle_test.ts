import { Codex, InvalidStateError, StartupTimeoutError, TransportClosedError } from "../../mod.ts";
import type { Connect, Diagnostic, Transport } from "../../mod.ts";
import { FakeAppServer } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { answer, count, fakeServer, methods, open, reasonOf, settled } from "./_fixture.ts";

/** Counts how often a server is connected to. */
function counting(server: FakeAppServer): { connect: Connect; connects: () => number } {
  let connects = 0;
  return {
    connect: (options) => {
      connects++;
      return server.connect(options);
    },
    connects: () => connects,
  };
}

test("Codex opens nothing before it is used", async () => {
  await using server = fakeServer();
  const { connect, connects } = counting(server);
  const codex = new Codex({ connect });
  codex.on("warning", () => {});
  codex.handle("currentTime/read", () => ({ currentTimeAt: 1 }));
  const stream = codex.notifications();
  await Promise.resolve();
  assertEquals([connects(), codex.pid], [0, undefined]);
  await codex.threadStart();
  assertEquals(connects(), 1);
  await stream.return();
  await codex.close();
});

test("Codex connects and initializes once for many calls at once", async () => {
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

test("Codex.start tells the server who the client is, and gives a client that is ready", async () => {
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
  assertEquals(codex.metadata.version, "0.169.0");
  await codex.close();
});

test("Codex.metadata is an InvalidStateError before initialization, and stays after the end", async () => {
  await using server = new FakeAppServer({ userAgent: "me/0.169.0 (x) y", platformOs: "plan9" });
  const codex = new Codex({ connect: server.connect });
  const error = assertThrows(() => codex.metadata, InvalidStateError, "connect()");
  assertEquals(error.code, "invalid_state");
  await codex.connect();
  assertEquals([codex.metadata.version, codex.metadata.platformOs], ["0.169.0", "plan9"]);
  await codex.close();
  assertEquals(codex.metadata.version, "0.169.0");
});

test("Codex tells a version outside the tested range, and works on", async () => {
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

test("Codex can be started again after a start that failed, and the failed one is closed", async () => {
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
      server.on("initialize", () => ({ userAgent: "x/0.169.0" }));
      return server.connect(options);
    },
  ];
  const codex = new Codex({ connect: (options) => (plan.shift() as Connect)(options) });
  const stream = codex.notifications();
  assertEquals(await Promise.all([reasonOf(codex.connect()), reasonOf(codex.threadStart())]), [
    broken,
    broken,
  ]);
  assertStrictEquals(await reasonOf(codex.connect()), broken);
  await assertRejects(() => codex.connect(), Error, "not today");
  assertEquals(closed, 1);
  assertThrows(() => codex.metadata, InvalidStateError);
  const thread = await codex.threadStart();
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: { id: "turn-1" } });
    server.sendBatch(answer("ok"));
  });
  assertEquals((await thread.run("hi")).finalResponse, "ok");
  assert(stream.pending > 0);
  await codex.close();
});

test("Codex fails a start that the server's exit ends, with its code and stderr [R-53]", async () => {
  await using server = fakeServer();
  const hold = server.defer("initialize");
  const starting = reasonOf(Codex.start({ connect: server.connect }));
  await hold.arrived();
  server.exit({ code: 2, stderrTail: "bad config" });
  const error = await starting;
  assertInstanceOf(error, TransportClosedError);
  assertEquals([error.exitCode, error.stderrTail], [2, "bad config"]);
});

test("Codex fails a start that takes longer than startupTimeoutMs, and leaves nothing [R-54]", async () => {
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

test("Codex fails in time also where connect never ends, and closes what it gives later [R-54]", async () => {
  await using server = fakeServer();
  let give: (transport: Transport) => void = () => {};
  const pending = new Promise<Transport>((resolve) => give = resolve);
  const codex = new Codex({ connect: () => pending, startupTimeoutMs: 10 });
  await assertRejects(() => codex.connect(), StartupTimeoutError);
  const late = await server.connect();
  give(late);
  assertEquals((await late.closed).local, true);
  await codex.close();
});

test("Codex.close before the start opens nothing, and every call rejects [R-13]", async () => {
  await using server = fakeServer();
  const { connect, connects } = counting(server);
  const codex = new Codex({ connect });
  const stream = codex.notifications();
  await Promise.all([codex.close(), codex.close()]);
  await codex.close();
  const reason = await reasonOf(codex.threadStart());
  assertInstanceOf(reason, TransportClosedError);
  assertStrictEquals(await reasonOf(codex.connect()), reason);
  assertStrictEquals(await reasonOf(codex.request("model/list", {})), reason);
  assertEquals(await methods(stream), []);
  assertEquals(await codex.exited, { kind: "stream", local: true });
  assertEquals(connects(), 0);
});

test("Codex.close during the start ends it: while connecting, and while initializing", async () => {
  for (const phase of ["connect", "initialize"] as const) {
    await using server = fakeServer();
    const hold = server.defer("initialize");
    let connecting: (() => void) | undefined;
    const begun = new Promise<void>((resolve) => connecting = resolve);
    const connect: Connect = async (options) => {
      connecting?.();
      if (phase === "initialize") return await server.connect(options);
      return await new Promise<Transport>((_resolve, reject) => {
        options?.signal?.addEventListener("abort", () => reject(options.signal?.reason));
      });
    };
    const codex = new Codex({ connect });
    const waits = [codex.connect(), codex.threadStart()].map(reasonOf);
    await (phase === "connect" ? begun : hold.arrived());
    await codex.close();
    const [first, second] = await Promise.all(waits);
    assertInstanceOf(first, TransportClosedError, phase);
    assertStrictEquals(second, first);
    assertStrictEquals(await reasonOf(codex.threadStart()), first);
    await codex.exited;
  }
});

test("Codex.close interrupts what runs first, and the turn is a result", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  const other = await codex.threadStart();
  const parallel = await other.turn("hi");
  const waits = Promise.all([turn.run(), parallel.run()]);
  await Promise.all([codex.close(), codex.close()]);
  await codex[Symbol.asyncDispose]();
  assertEquals((await waits).map(({ status }) => status), ["interrupted", "interrupted"]);
  assertEquals(count(server, "turn/interrupt"), 2);
  const closed = await codex.exited;
  assertEquals([closed.kind, closed.local], ["process", true]);
});

test("Codex.close is bounded when the server hangs, and settles the turn [R-13]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  const pending = reasonOf(codex.request("model/list", {}));
  const running = reasonOf(turn.run());
  await settled(fixture);
  server.hang({ writes: true });
  const startedAt = performance.now();
  await codex.close();
  assertLess(performance.now() - startedAt, 4_000);
  assertInstanceOf(await running, TransportClosedError);
  assert(await pending);
});

test("Codex rejects new calls at once while it closes, and sends none of them", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  const interrupt = server.defer("turn/interrupt");
  const closing = codex.close();
  await interrupt.arrived();
  const calls = [
    codex.threadStart(),
    codex.request("model/list", {}),
    codex.connect(),
    thread.run("more"),
    turn.steer("more"),
  ];
  for (const call of calls) assertInstanceOf(await reasonOf(call), TransportClosedError);
  assertEquals(server.received.at(-1)?.method, "turn/interrupt");
  server.exit();
  await closing;
  assertInstanceOf(await reasonOf(turn.run()), TransportClosedError);
});

test("Codex.pid and Codex.exited tell the process and its end [R-52]", async () => {
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

test("Codex ends a stream of notifications with the error after an exit, plainly after close()", async () => {
  await using server = fakeServer();
  const codex = await Codex.start({ connect: server.connect });
  const stream = codex.notifications();
  server.notify("warning", {});
  server.exit({ code: 1 });
  assertEquals((await stream.next()).value?.method, "warning");
  assertInstanceOf(await reasonOf(stream.next()), TransportClosedError);

  await using other = fakeServer();
  const closing = await Codex.start({ connect: other.connect });
  const plain = methods(closing.notifications());
  await closing.close();
  assertEquals(await plain, []);
});

test("Codex refuses options of the wrong kind when it is made", () => {
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
});
