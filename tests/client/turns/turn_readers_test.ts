import { agentMessage, notification } from "../../../testing.ts";
import { TurnFailedError } from "../../../mod.ts";
import { assert, assertEquals, assertInstanceOf, assertThrows } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  completed,
  count,
  delta,
  events,
  finish,
  itemCompleted,
  methods,
  open,
  reasonOf,
  settled,
  textOf,
  THREAD,
  TURN,
} from "../_fixture.ts";

const MESSAGE = agentMessage("item-1", "hello");

test("TurnHandle.stream interrupts the turn when the loop exits early, and waits for its end [R-30]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const interrupt = server.defer("turn/interrupt");
  server.sendBatch([delta("he"), delta("llo")]);
  let left = false;
  const loop = (async () => {
    for await (const event of turn) {
      assertEquals(event.method, "item/agentMessage/delta");
      break;
    }
    left = true;
  })();
  await interrupt.arrived();
  interrupt.reply();
  await settled(fixture);
  assert(!left);
  server.sendBatch([completed("interrupted")]);
  await loop;
  assertEquals((await turn.run()).status, "interrupted");
  assertEquals(count(server, "turn/interrupt"), 1);
});

test("TurnHandle.stream interrupts if the loop body throws, and passes the error on [R-30]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([delta("he")]);
  const bug = new Error("a bug of the caller");
  const thrown = await reasonOf((async () => {
    for await (const _ of turn.textStream()) throw bug;
  })());
  assertEquals(thrown, bug);
  assertEquals((await turn.run()).status, "interrupted");
});

test("TurnHandle.stream does not throw if the interrupt fails [R-30]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.on("turn/interrupt", () => {
    throw { code: -32603, message: "broken" };
  });
  server.sendBatch([delta("he")]);
  for await (const _ of turn) break;
  assertEquals(count(server, "turn/interrupt"), 1);
  server.sendBatch(answer("ok"));
  assertEquals((await turn.run()).finalResponse, "ok");
});

test("TurnHandle.stream with detach lets the turn continue [R-30]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([delta("he")]);
  for await (const _ of turn.stream({ onLeave: "detach" })) break;
  for await (const _ of turn.textStream({ onLeave: "detach" })) break;
  await settled(fixture);
  assertEquals(count(server, "turn/interrupt"), 0);
  server.sendBatch(answer("ok"));
  assertEquals((await turn.run()).finalResponse, "ok");
});

test("TurnHandle.stream refuses an unknown onLeave", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  assertThrows(() => turn.stream({ onLeave: "stay" as never }), TypeError, "onLeave");
  await finish(server, turn);
});

test("TurnHandle.stream interrupts only when the last reader leaves [R-30]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([delta("he")]);
  const stream = turn.stream();
  const text = turn.textStream();
  await stream.next();
  await stream.return();
  await settled(fixture);
  assertEquals(count(server, "turn/interrupt"), 0);
  assertEquals(await text.next(), { value: "he", done: false });
  await text[Symbol.asyncDispose]();
  assertEquals(count(server, "turn/interrupt"), 1);
  assertEquals((await turn.run()).status, "interrupted");
});

test("TurnHandle.stream does not interrupt a turn that run() awaits [R-30]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const running = turn.run();
  server.sendBatch([delta("he")]);
  for await (const _ of turn) break;
  await settled(fixture);
  assertEquals(count(server, "turn/interrupt"), 0);
  server.sendBatch(answer("ok"));
  assertEquals((await running).finalResponse, "ok");
});

test("EventStream.return discards unread events and ends the stream [R-30]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const stream = turn.stream();
  const other = turn.stream({ onLeave: "detach" });
  server.sendBatch(
    Array.from({ length: 100 }, (_, n) => itemCompleted(agentMessage(`item-${n}`, "x"))),
  );
  await settled(fixture);
  assertEquals([stream.pending, other.pending], [100, 100]);
  await stream.return();
  assertEquals([stream.pending, other.pending], [0, 100]);
  assertEquals(await stream.next(), { value: undefined, done: true });
  await Promise.all([other.return(), other.return()]);
  server.sendBatch([delta("more")]);
  await settled(fixture);
  assertEquals([stream.pending, other.pending], [0, 0]);
  await finish(server, turn);
});

test("TurnHandle.stream exits immediately if the turn has ended [R-30]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  await finish(server, turn);
  for await (const _ of turn) break;
  assertEquals(count(server, "turn/interrupt"), 0);
});

test("TurnHandle gives concurrent stream, textStream and run the whole turn [R-31]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const all = Promise.all([
    methods(turn.stream()),
    methods(turn),
    textOf(turn.textStream()),
    textOf(turn.textStream()),
    turn.run(),
    turn.run(),
  ]);
  const sent = [
    ...events({ status: "inProgress" }).slice(1),
    delta("hel"),
    delta("lo"),
    itemCompleted(MESSAGE),
    completed(),
  ];
  for (const message of sent) server.sendBatch([message]);
  const [first, second, text, again, result, same] = await all;
  assertEquals(first, sent.map(({ method }) => String(method)));
  assertEquals(second, first);
  assertEquals([text, again], ["hello", "hello"]);
  assertEquals(result.finalResponse, "hello");
  assertEquals(result, same);
});

test("TurnHandle.stream gives a reader that attaches midway the missed events, then the rest [R-31]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const early = turn.stream({ onLeave: "detach" });
  server.sendBatch([delta("h"), delta("e"), delta("l")]);
  await settled(fixture);
  assertEquals(early.pending, 3); // the first reader gets them as they arrived
  const late = turn.stream();
  const text = turn.textStream();
  assertEquals((await late.next()).value?.params, {
    threadId: THREAD,
    turnId: TURN,
    itemId: "item-1",
    delta: "hel",
  });
  server.sendBatch([delta("lo"), itemCompleted(MESSAGE), completed()]);
  assertEquals(await methods(late), [
    "item/agentMessage/delta",
    "item/completed",
    "turn/completed",
  ]);
  assertEquals(await textOf(text), "hello");
  assertEquals((await methods(early)).length, 6);
});

test("TurnHandle.stream gives a reader that attaches after the end the whole turn [R-31]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([delta("hel"), delta("lo"), itemCompleted(MESSAGE), completed()]);
  const result = await turn.run();
  const whole = ["item/agentMessage/delta", "item/completed", "turn/completed"];
  assertEquals(await methods(turn.stream()), ["item/agentMessage/delta", ...whole]);
  assertEquals(await methods(turn.stream()), whole);
  assertEquals(await textOf(turn.textStream()), "hello");
  assertEquals(await turn.run(), result);
});

test("TextStream yields a message without deltas as one piece, and others only once [R-31]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([
    delta("hel"),
    delta("lo"),
    itemCompleted(MESSAGE),
    itemCompleted(agentMessage("item-2", " world")),
    itemCompleted(agentMessage("item-3", "")),
    completed(),
  ]);
  const pieces: string[] = [];
  for await (const piece of turn.textStream()) pieces.push(piece);
  assertEquals(pieces, ["hel", "lo", "\n\n", " world"]);
});

test("TextStream rejects once at the end of a failed turn, while stream() just ends [R-21]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([delta("he"), completed("failed")]);
  const text = turn.textStream();
  assertEquals(await text.next(), { value: "he", done: false });
  assertInstanceOf(await reasonOf(text.next()), TurnFailedError);
  assertEquals(await text.next(), { value: undefined, done: true });
  assertEquals((await methods(turn)).at(-1), "turn/completed");
});

test("TextStream is done immediately after return(), even while the turn continues", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const text = turn.textStream({ onLeave: "detach" });
  await text.return();
  assertEquals(await text.next(), { value: undefined, done: true });
  await finish(server, turn);
});

test("TurnHandle gives late readers of a failed turn its events [R-31]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const error = notification("error", { threadId: THREAD, turnId: TURN, willRetry: false });
  server.sendBatch([delta("he"), error, completed("failed")]);
  assertInstanceOf(await reasonOf(turn.run()), TurnFailedError);
  assertEquals(await methods(turn), ["item/agentMessage/delta", "error", "turn/completed"]);
});
