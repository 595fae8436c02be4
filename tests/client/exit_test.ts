import { TransportClosedError, TurnFailedError } from "../../mod.ts";
import { fakeTurn } from "../../testing.ts";
import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import {
  answer,
  delta,
  events,
  itemCompleted,
  methods,
  open,
  reasonOf,
  settled,
  textOf,
} from "./_fixture.ts";

const CRASH = { code: 3, stderrTail: "out of memory" };

test("Codex rejects everything pending with TransportClosedError when the server exits [R-13] [R-87]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  const other = await codex.threadStart();
  server.sendBatch([delta("he")]);
  server.defer("model/list");
  server.defer("turn/steer");
  server.defer("turn/interrupt");
  const start = server.defer("turn/start");
  let asked: AbortSignal | undefined;
  const open1 = server.request("item/tool/call", {}).catch(() => {});
  codex.handle("item/tool/call", (_params, { signal }) => {
    asked = signal;
    return new Promise(() => {});
  });
  const ofTurn = [
    turn.run(),
    methods(turn.stream()),
    textOf(turn.textStream()),
    turn.interrupt(),
    turn.run({ signal: new AbortController().signal }),
  ].map(reasonOf);
  const others = [
    methods(codex.notifications()),
    codex.request("model/list", {}),
    turn.steer("more"),
    other.run("hi"),
  ].map(reasonOf);
  await start.arrived();
  server.exit(CRASH);
  for (const waits of [ofTurn, others]) {
    const reasons = await Promise.all(waits);
    const [first] = reasons;
    assertInstanceOf(first, TransportClosedError);
    assertEquals([first.exitCode, first.stderrTail], [3, "out of memory"]);
    for (const reason of reasons) assertStrictEquals(reason, first);
    assertEquals(first.result, waits === ofTurn ? turn.partialResult() : null);
  }
  assert(asked === undefined || asked.aborted);
  assertEquals(await codex.exited, (await others[0] as TransportClosedError).close);
  await open1;
});

test("Codex rejects every later call immediately with that error after the server exits [R-13]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  server.exit(CRASH);
  const ofTurn = await reasonOf(turn.run());
  const error = await reasonOf(codex.connect());
  const frames = server.received.length;
  for (const call of [turn.run(), methods(turn.stream()), textOf(turn.textStream())]) {
    assertStrictEquals(await reasonOf(call), ofTurn);
  }
  const calls = [
    codex.connect(),
    codex.threadStart(),
    codex.threadResume("thread-1"),
    codex.request("model/list", {}),
    thread.run("again"),
    thread.turn("again"),
    turn.steer("more"),
    methods(codex.notifications()),
  ];
  for (const reason of await Promise.all(calls.map(reasonOf))) assertStrictEquals(reason, error);
  await turn.interrupt(); // the turn has ended
  assertEquals(server.received.length, frames);
  await codex.close();
  assertStrictEquals(await reasonOf(codex.threadStart()), error);
});

test("Codex.close settles when the server exits meanwhile [R-13]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  const interrupt = server.defer("turn/interrupt");
  const closing = codex.close();
  await interrupt.arrived();
  server.exit(CRASH);
  await closing;
  assertInstanceOf(await reasonOf(turn.run()), TransportClosedError);
});

test("Thread.run returns the result of a turn that ended in the last chunk before the exit [R-14]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const running = thread.run("hi");
  await server.nextRequest("turn/start");
  await settled(fixture);
  server.sendBatch(answer("done"));
  server.exit(CRASH);
  assertEquals((await running).finalResponse, "done");
});

test("Thread.run returns the result if reply, turn and exit arrive together [R-14]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const start = server.defer("turn/start");
  const turn = thread.turn("hi");
  const { id } = await start.arrived();
  server.sendBatch([{ id, result: { turn: fakeTurn("turn-1") } }, ...answer("done")]);
  server.exit(CRASH);
  const handle = await turn;
  assertEquals((await handle.run()).finalResponse, "done");
  assertEquals((await methods(handle.stream())).at(-1), "turn/completed");
  assertEquals(await textOf(handle.textStream()), "done");
});

test("Thread.run reports a failed turn as failed, not as a crash, if the exit follows [R-14]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const running = reasonOf(thread.run("hi"));
  await settled(fixture);
  server.sendBatch(events({ status: "failed" }));
  server.exit(CRASH);
  assertInstanceOf(await running, TurnFailedError);
});

test("TurnHandle.stream yields the events before the exit, then the error [R-13] [R-14]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([delta("he"), delta("llo"), itemCompleted({ type: "sleep", id: "s" })]);
  server.exit(CRASH);
  const seen: string[] = [];
  const reason = await reasonOf((async () => {
    for await (const event of turn.stream()) seen.push(event.method);
  })());
  assertInstanceOf(reason, TransportClosedError);
  assertEquals(seen.length, 3);
});

test("Thread.run rejects with the caller's reason when the exit comes after the abort [R-14]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const controller = new AbortController();
  const interrupt = server.defer("turn/interrupt");
  const running = reasonOf(thread.run("hi", { signal: controller.signal }));
  await settled(fixture);
  const reason = new Error("changed my mind");
  controller.abort(reason);
  await interrupt.arrived();
  server.exit(CRASH);
  assertStrictEquals(await running, reason);
});
