import { Codex, TransportClosedError } from "../../mod.ts";
import type { Connect } from "../../mod.ts";
import type { Transport } from "../../transport.ts";
import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { count, counting, fakeServer, methods, open, reasonOf, settled } from "./_fixture.ts";

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

test("Codex.close first interrupts running turns, which return results", async () => {
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
  using clock = fakeClock();
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  const pending = reasonOf(codex.request("model/list", {}));
  const running = reasonOf(turn.run());
  await settled(fixture);
  server.hang({ writes: true });
  await codex.close();
  assertEquals(clock.elapsedMs, 1_000);
  assertInstanceOf(await running, TransportClosedError);
  assert(await pending);
});

test("Codex rejects new calls immediately while it closes, and sends none of them", async () => {
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
