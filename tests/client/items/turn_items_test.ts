import { agentMessage, notification } from "../../../testing.ts";
import { assert, assertEquals, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, open, settled } from "../_fixture.ts";
import { about, all, command, finished, item, next, PLACE, started, summary } from "./_items.ts";

test("TurnHandle.items yields each item once when it starts, and its view keeps changing", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const items = turn.items();
  server.sendBatch([started(agentMessage("m", "")), started(command("c"))]);
  const [message, ls] = [await next(items), await next(items)];
  assertEquals([message, ls].map(summary), [
    "agentMessage m inProgress",
    "commandExecution c inProgress",
  ]);
  assertEquals([message.threadId, message.turnId], ["thread-1", "turn-1"]);
  assert(message.type === "agentMessage");
  server.sendBatch([about("m", "agentMessage/delta", { delta: "he" })]);
  await settled(fixture);
  assertEquals(message.item.text, "he");
  const whole = agentMessage("m", "hello", "final_answer");
  server.sendBatch([about("m", "agentMessage/delta", { delta: "llo" }), finished(whole)]);
  assertEquals(await message.done, whole);
  assertEquals([message.state, message.item], ["completed", whole]);
  server.sendBatch([completed()]);
  assertEquals(await all(items), []);
  assertEquals(summary(ls), "commandExecution c background");
});

test("ItemView of a message assembles its deltas, and the completed item replaces them", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const items = turn.items({ types: ["agentMessage", "plan"] });
  server.sendBatch([
    started(agentMessage("m", "")),
    ...["a", "b"].map((delta) => about("m", "agentMessage/delta", { delta })),
    started(item("plan", "p", { text: "" })),
    ...["1. ", "look"].map((delta) => about("p", "plan/delta", { delta })),
  ]);
  await settled(fixture);
  const [message, plan] = [await next(items), await next(items)];
  assertEquals([message.item.text, plan.item.text], ["ab", "1. look"]);
  const text = message.textStream();
  assertEquals(await next(text), "ab");
  server.sendBatch([finished(agentMessage("m", "abc")), completed()]);
  assertEquals(await all(text), ["c"]);
  assertEquals(await all(message.textStream()), ["abc"]);
  assertEquals((await message.done).text, "abc");
  assertEquals([plan.state, (await plan.done).text], ["interrupted", "1. look"]);
});

test("ItemView of a message starts with its initial text", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([
    started(agentMessage("m", "so ")),
    about("m", "agentMessage/delta", { delta: "far" }),
  ]);
  const view = await next(turn.items({ types: ["agentMessage"] }));
  assertEquals(await next(view.textStream()), "so far");
  server.sendBatch([completed()]);
  assertEquals((await view.done).text, "so far");
});

test("ItemView of reasoning keeps summary and content by index, in any order", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const summary = (delta: string, summaryIndex: number) =>
    about("r", "reasoning/summaryTextDelta", { delta, summaryIndex });
  const part = (summaryIndex: number) => about("r", "reasoning/summaryPartAdded", { summaryIndex });
  const raw = (delta: string, contentIndex: number) =>
    about("r", "reasoning/textDelta", { delta, contentIndex });
  server.sendBatch([
    started(item("reasoning", "r", { summary: [], content: [] })),
    part(0),
    summary("first ", 0),
    summary("part", 0),
    raw("z", 1),
    raw("a", 0),
    raw("b", 0),
  ]);
  await settled(fixture);
  const view = await next(turn.reasoning());
  assertEquals([view.item.summary, view.item.content], [["first part"], ["ab", "z"]]);
  const text = view.textStream();
  assertEquals(await next(text), "first part");
  server.sendBatch([part(2), part(1), summary("second", 1), summary("third", 2)]);
  await settled(fixture);
  assertEquals(view.item.summary, ["first part", "second", "third"]);
  assertEquals(await next(text), "\n\nsecond\n\nthird");
  const whole = item("reasoning", "r", {
    summary: ["first part", "second", "third", "more"],
    content: [],
  });
  server.sendBatch([finished(whole), completed()]);
  assertEquals(await all(text), ["\n\nmore"]);
  assertStrictEquals(view.item, await view.done);
  assertEquals(view.item.summary.length, 4);
});

test("TurnHandle.commands yields only commands, with streamed output and exit code", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const commands = turn.commands();
  server.sendBatch([
    started(agentMessage("m", "")),
    started(command("c")),
    about("c", "commandExecution/outputDelta", { delta: "1\n" }),
  ]);
  const view = await next(commands);
  assertEquals([view.type, view.exitCode, view.item.command], ["commandExecution", null, "ls"]);
  const output = view.output[Symbol.asyncIterator]();
  assertEquals(await next(output), "1\n");
  server.sendBatch([about("c", "commandExecution/outputDelta", { delta: "2\n" })]);
  assertEquals(await next(output), "2\n");
  assertEquals(view.item.aggregatedOutput, "1\n2\n");
  server.sendBatch([
    about("c", "commandExecution/terminalInteraction", { processId: "1", stdin: "y\n" }),
  ]);
  await settled(fixture);
  assertEquals(view.stdin, "y\n");
  const whole = command("c", { status: "completed", aggregatedOutput: "1\n2\n3\n", exitCode: 7 });
  server.sendBatch([finished(whole), completed()]);
  assertEquals(await all({ [Symbol.asyncIterator]: () => output }), ["3\n"]);
  assertEquals(await all(view.output), ["1\n2\n3\n"]);
  assertEquals([view.exitCode, view.state, view.item.aggregatedOutput], [
    7,
    "completed",
    "1\n2\n3\n",
  ]);
  assertEquals(await all(commands), []);
});

test("ItemView of a command has the complete final output if no delta arrived", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([started(command("c"))]);
  const view = await next(turn.commands());
  const output = all(view.output);
  server.sendBatch([finished(command("c", { aggregatedOutput: "all\n", exitCode: 0 }))]);
  assertEquals(await output, ["all\n"]);
});

test("ItemView of a command without output keeps the reported value", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([started(command("c"))]);
  const view = await next(turn.commands());
  assertEquals(view.item.aggregatedOutput, null);
  server.sendBatch([finished(command("c", { status: "declined" }))]);
  assertEquals([(await view.done).status, view.exitCode], ["declined", null]);
  assertEquals(await all(view.output), []);
});

test("TurnHandle.fileChanges assembles patches and the output of applying them", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const change = (diff: string) => ({ path: "a.txt", kind: { type: "add" }, diff });
  server.sendBatch([
    started(command("c")),
    started(item("fileChange", "f", { changes: [], status: "inProgress" })),
    about("f", "fileChange/patchUpdated", { changes: [change("h")] }),
    about("f", "fileChange/patchUpdated", { changes: [change("hello")] }),
    about("f", "fileChange/outputDelta", { delta: "A a.txt\n" }),
  ]);
  await settled(fixture);
  const view = await next(turn.fileChanges());
  assertEquals(view.item.changes.map(({ diff }) => diff), ["hello"]);
  assertEquals(view.item.status, "inProgress");
  assertEquals(await next(view.output[Symbol.asyncIterator]()), "A a.txt\n");
  const whole = { changes: [change("hello\n")], status: "completed" };
  server.sendBatch([finished(item("fileChange", "f", whole)), completed()]);
  assertEquals((await view.done).changes.map(({ diff }) => diff), ["hello\n"]);
  assertEquals(await all(view.output), ["A a.txt\n"]);
});

test("TurnHandle.mcpCalls reports the latest progress of each call", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([started(item("mcpToolCall", "t", { server: "docs", tool: "find" }))]);
  const view = await next(turn.mcpCalls());
  assertEquals([view.progress, view.item.tool], [null, "find"]);
  const updates = view.updates();
  await next(updates);
  const messages = ["1 of 3", "2 of 3"].map((message) =>
    about("t", "mcpToolCall/progress", { message })
  );
  server.sendBatch([...messages, about("t", "mcpToolCall/progress", { message: 3 })]);
  await next(updates);
  assertEquals(view.progress, "2 of 3");
});

test("ItemView has the reviewing agent's verdict", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const review = (status: string) => ({ status, riskLevel: null, rationale: null });
  server.sendBatch([started(command("c"))]);
  const view = await next(turn.commands());
  assertEquals(view.review, null);
  for (const [name, status] of [["started", "inProgress"], ["completed", "denied"]] as const) {
    const params = { ...PLACE, targetItemId: "c", reviewId: "1", review: review(status) };
    server.sendBatch([notification(`item/autoApprovalReview/${name}`, params)]);
    await settled(fixture);
    assertEquals(view.review?.status, status);
  }
});

test("ItemView.updates yields the newest state to a slow reader, and the final one last", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([started(agentMessage("m", ""))]);
  const view = await next(turn.items({ types: ["agentMessage"] }));
  const updates = view.updates();
  assertEquals((await next(updates)).text, "");
  const waiting = next(updates);
  server.sendBatch([about("m", "agentMessage/delta", { delta: "a" })]);
  assertEquals((await waiting).text, "a");
  server.sendBatch(["b", "c", "d"].map((delta) => about("m", "agentMessage/delta", { delta })));
  await settled(fixture);
  assertEquals((await next(updates)).text, "abcd");
  server.sendBatch([
    about("m", "agentMessage/delta", { delta: "e" }),
    finished(agentMessage("m", "ABCDE")),
  ]);
  assertEquals((await all(updates)).map(({ text }) => text), ["ABCDE"]);
  assertEquals((await all(view.updates())).map(({ text }) => text), ["ABCDE"]);
});

test("ItemView.item is a new object after each change, and the previous one stays unchanged", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([
    started(agentMessage("m", "")),
    about("m", "agentMessage/delta", { delta: "a" }),
  ]);
  const view = await next(turn.items({ types: ["agentMessage"] }));
  const before = view.item;
  assertStrictEquals(view.item, before);
  server.sendBatch([about("m", "agentMessage/delta", { delta: "b" })]);
  await settled(fixture);
  assertEquals([before.text, view.item.text], ["a", "ab"]);
});

test("TurnHandle.plans and diffs yield the newest unread state", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const [plans, diffs] = [turn.plans(), turn.diffs()];
  const waiting = next(plans);
  const plan = (...names: string[]) =>
    notification("turn/plan/updated", {
      ...PLACE,
      explanation: null,
      plan: names.map((step) => ({ step, status: "pending" })),
    });
  const diff = (text: string) => notification("turn/diff/updated", { ...PLACE, diff: text });
  server.sendBatch([plan("a"), diff("1"), diff("2")]);
  assertEquals(await waiting, { explanation: null, steps: [{ step: "a", status: "pending" }] });
  server.sendBatch([plan("a", "b"), plan("a", "b", "c")]);
  await settled(fixture);
  assertEquals((await next(plans)).steps.length, 3);
  assertEquals(await next(diffs), "2");
  server.sendBatch([diff("3"), completed()]);
  assertEquals([await all(plans), await all(diffs)], [[], ["3"]]);
  assertEquals((await all(turn.plans())).map(({ steps }) => steps.length), [3]);
});
