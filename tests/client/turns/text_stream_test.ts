import {
  agentMessage,
  type FakeMessage,
  fakeThread,
  fakeTurn,
  notification,
} from "../../../testing.ts";
import type { TurnResult } from "../../../mod.ts";
import type { MessagePhase } from "../../../protocol.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { completed, delta, itemCompleted, open, textOf, THREAD, TURN } from "../_fixture.ts";

function begun(id: string, phase: MessagePhase | null = null): FakeMessage {
  const item = agentMessage(id, "", phase);
  return notification("item/started", { threadId: THREAD, turnId: TURN, item, startedAtMs: 0 });
}

function ended(id: string, text: string, phase: MessagePhase | null = null): FakeMessage {
  return itemCompleted(agentMessage(id, text, phase));
}

/** The pieces that a turn with these events yields, and its result. */
async function read(
  events: readonly FakeMessage[],
  options: { phase?: MessagePhase } = {},
): Promise<{ pieces: string[]; result: TurnResult }> {
  await using fixture = await open();
  const turn = await fixture.thread.turn("hi");
  fixture.server.sendBatch(events);
  const pieces: string[] = [];
  for await (const piece of turn.textStream(options)) pieces.push(piece);
  const late = await textOf(turn.textStream(options));
  assertEquals(late, pieces.join("")); // a late reader gets merged pieces of the same text
  return { pieces, result: await turn.run() };
}

test("TextStream separates messages by a blank line, and is the text of the result [R-90]", async () => {
  const { pieces, result } = await read([
    begun("a"),
    ended("a", "I will look."),
    begun("empty"),
    ended("empty", ""),
    begun("b"),
    delta("All ", "b"),
    delta("good.", "b"),
    ended("b", "All good."),
    completed(),
  ]);
  assertEquals(pieces, ["I will look.", "\n\n", "All ", "good."]);
  assertEquals(result.text, "I will look.\n\nAll good.");
});

test("TextStream finishes a message whose completed text is longer than its deltas [R-90]", async () => {
  const events = [begun("a"), delta("Hel", "a"), delta("lo", "a"), ended("a", "Hello world")];
  const { pieces, result } = await read([...events, completed()]);
  assertEquals([pieces, result.text], [["Hel", "lo", " world"], "Hello world"]);
});

test("TextStream leaves what was read if the completed text is another one", async () => {
  const events = [begun("a"), delta("Hello", "a"), ended("a", "Good day"), ended("b", "B")];
  const { pieces } = await read([...events, completed()]);
  assertEquals(pieces, ["Hello", "\n\n", "B"]);
});

test("TextStream with a phase leaves out the other messages, and their separators [R-90]", async () => {
  const events = [
    begun("a", "commentary"),
    delta("I will ", "a"),
    ended("a", "I will look.", "commentary"),
    begun("b"),
    delta("It", "b"),
    ended("b", "It is good.", "final_answer"),
    completed(),
  ];
  assertEquals((await read(events, { phase: "final_answer" })).pieces, ["It", " is good."]);
  assertEquals((await read(events, { phase: "commentary" })).pieces, ["I will ", "look."]);
  assertEquals((await read(events)).result.text, "I will look.\n\nIt is good.");
  const misspelt = { phase: "finalAnswer" as never };
  await assertRejects(() => read(events, misspelt), TypeError, '"commentary" or "final_answer"');
});

test("TextStream hands out a message after those that began before it [R-90]", async () => {
  const { pieces, result } = await read([
    begun("a"),
    delta("A1", "a"),
    begun("b"),
    delta("B1", "b"),
    delta("A2", "a"),
    ended("b", "B1B2"),
    ended("a", "A1A2"),
    completed(),
  ]);
  assertEquals(pieces, ["A1", "A2", "\n\n", "B1B2"]);
  assertEquals(result.text, "A1A2\n\nB1B2");
});

test("TextStream of an interrupted turn ends with what was streamed of each message [R-90]", async () => {
  const events = [begun("a"), delta("A", "a"), begun("b"), delta("B", "b")];
  const { pieces, result } = await read([...events, completed("interrupted")]);
  assertEquals([pieces.join(""), result.text], ["A\n\nB", "A\n\nB"]);
});

test("TextStream hands out the messages of a retry at once, after what was streamed before it [R-90]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const error = { message: "stream disconnected", codexErrorInfo: null, additionalDetails: null };
  server.sendBatch([
    begun("cut"),
    delta("The wh", "cut"),
    notification("error", { error, willRetry: true, threadId: THREAD, turnId: TURN }),
    begun("b"),
    delta("The whole ", "b"),
    delta("answer.", "b"),
  ]);
  await using stream = turn.textStream();
  const pieces: unknown[] = [];
  while (pieces.at(-1) !== "answer.") pieces.push((await stream.next()).value); // the turn runs on
  assertEquals(pieces, ["The wh", "\n\n", "The whole ", "answer."]);
  server.sendBatch([ended("b", "The whole answer."), completed()]);
  assertEquals((await stream.next()).done, true);
  assertEquals((await turn.run()).text, "The wh\n\nThe whole answer.");
});

test("TextStream answers calls of next() that wait together in their order [R-90]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const stream = turn.textStream();
  const waiting = [stream.next(), stream.next(), stream.next(), stream.next()];
  server.sendBatch([begun("a"), ended("a", "A"), begun("b"), ended("b", "B"), completed()]);
  const results = await Promise.all(waiting);
  assertEquals(results.map(({ value }) => value), ["A", "\n\n", "B", undefined]);
  assertEquals(results.map(({ done }) => done), [false, false, false, true]);
});

test("TextStream that is left answers the calls of next() that wait, while the turn runs on", async () => {
  await using fixture = await open();
  const turn = await fixture.thread.turn("hi");
  const stream = turn.textStream({ onLeave: "detach" });
  const waiting = [stream.next(), stream.next()];
  await stream.return();
  const results = await Promise.all([...waiting, stream.next()]);
  assertEquals(results.map(({ done }) => done), [true, true, true]);
});

test("TextStream has the whole text of a turn that was read back [R-90]", async () => {
  using _clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const items = [agentMessage("a", "Hello world"), agentMessage("b", "Bye")];
  server.on("thread/read", () => ({ thread: fakeThread(THREAD) }));
  server.on("thread/turns/list", () => ({
    data: [fakeTurn(TURN, "completed", { items, itemsView: "full" })],
    nextCursor: null,
  }));
  const turn = await thread.turn("hi");
  server.sendBatch([
    begun("a"),
    delta("Hello", "a"),
    notification("thread/status/changed", { threadId: THREAD, status: { type: "idle" } }),
  ]);
  assertEquals(await textOf(turn.textStream()), (await turn.run()).text);
});
