import { agentMessage } from "../../../testing.ts";
import { TransportClosedError } from "../../../mod.ts";
import { StreamOverflowError } from "../../../errors.ts";
import { assert, assertEquals, assertInstanceOf, assertThrows } from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { completed, count, delta, finish, methods, open, reasonOf, settled } from "../_fixture.ts";
import { about, all, command, finished, item, next, started, summary } from "./_items.ts";

test("TurnHandle.items gives a late reader the started items in their current state [R-31]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const early = turn.items();
  const whole = agentMessage("m", "hello");
  server.sendBatch([
    started(agentMessage("m", "")),
    ...["he", "llo"].map((text) => delta(text, "m")),
    finished(whole),
    started(command("c")),
    about("c", "commandExecution/outputDelta", { delta: "1\n" }),
  ]);
  await settled(fixture);
  const late = turn.items();
  for (const items of [early, late]) {
    const [message, ls] = [await next(items), await next(items)];
    assertEquals([message, ls].map(summary), [
      "agentMessage m completed",
      "commandExecution c inProgress",
    ]);
    assertEquals(message.item, whole);
    assert(ls.type === "commandExecution");
    assertEquals(ls.item.aggregatedOutput, "1\n");
  }
  server.sendBatch([completed()]);
  assertEquals([(await all(early)).length, (await all(late)).length], [0, 0]);
  assertEquals((await all(turn.items())).map(summary), [
    "agentMessage m completed",
    "commandExecution c background",
  ]);
});

test("TurnHandle.items, stream, textStream and run read one turn concurrently [R-31]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const reads = Promise.all([
    all(turn.items()),
    all(turn.stream()),
    all(turn.textStream()),
    turn.run(),
  ]);
  await finish(server, turn, "ok");
  const [items, events, pieces, result] = await reads;
  assertEquals(items.map(summary), ["agentMessage message of turn-1 completed"]);
  assertEquals(events.at(-1)?.method, "turn/completed");
  assertEquals([pieces.join(""), result.finalResponse], ["ok", "ok"]);
});

test("TurnHandle.items passes unknown kinds and events on [R-69]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([
    started(item("hologram", "h", { depth: 3 })),
    about("h", "hologram/delta", { delta: "x" }),
    about("nobody", "agentMessage/delta", { delta: "x" }),
    started(item("constructor", "k")),
    started(null as never),
    started(item("agentMessage", undefined as never)),
    finished(null as never),
    finished(item("toString", undefined as never)),
    finished(item("toString", undefined as never)),
    finished(item("hologram", "h", { depth: 4 })),
    completed(),
  ]);
  const views = await all(turn.items());
  assertEquals(views.map(summary), [
    "hologram h completed",
    "constructor k interrupted",
    "toString undefined completed",
    "toString undefined completed",
  ]);
  assertEquals((views[0]?.item as unknown as { depth: number }).depth, 4);
});

test("TurnHandle.items ignores deltas with missing or wrong fields [R-69]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([
    started(item("reasoning", "r")),
    started(item("agentMessage", "m")),
    started(item("fileChange", "f")),
    ...["reasoning/summaryTextDelta", "reasoning/textDelta"].map((method) =>
      about("r", method, {})
    ),
    about("m", "agentMessage/delta", { delta: 5 }),
    about("f", "fileChange/patchUpdated", { changes: null }),
    finished(item("reasoning", "r")),
    finished(item("agentMessage", "m")),
    completed(),
  ]);
  const views = await all(turn.items());
  assertEquals(views.map(summary), [
    "reasoning r completed",
    "agentMessage m completed",
    "fileChange f interrupted",
  ]);
  for (const view of views) {
    if ("textStream" in view) assertEquals(await all(view.textStream()), []);
  }
});

test("TurnHandle.items accepts completions with wrong fields unchanged, and other readers miss nothing [R-69]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const wrong = [
    item("agentMessage", "m", { text: 42 }),
    item("plan", "p", { text: { long: true } }),
    item("reasoning", "r", { summary: "short" }),
    command("c", { aggregatedOutput: ["a", "b"] }),
    item("fileChange", "f", { changes: 3 }),
  ];
  const items = turn.items();
  const done = all(turn.items()).then((views) => Promise.all(views.map((view) => view.done)));
  const events = methods(turn.stream());
  server.sendBatch([
    ...wrong.map((each) => started({ ...each })),
    about("m", "agentMessage/delta", { delta: "text" }),
    about("c", "commandExecution/outputDelta", { delta: "out" }),
    ...wrong.map(finished),
    completed(),
  ]);
  const views = await all(items);
  assertEquals(views.map(({ state }) => state), Array(5).fill("completed"));
  assertEquals(views.map((view) => view.item), wrong);
  for (const view of views) {
    if ("textStream" in view) await all(view.textStream());
    if (view.type === "commandExecution") assertEquals(await all(view.output), ["out"]);
  }
  assertEquals(await done, wrong);
  assertEquals((await events).filter((method) => method === "item/completed").length, 5);
  const result = await turn.run();
  assertEquals([result.items, result.interruptedItems], [wrong, []]);
});

test("TurnHandle.items yields an item once if its start or completion comes twice, or its start is missing", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const whole = agentMessage("m", "hello");
  server.sendBatch([
    finished(agentMessage("n", "at once")),
    started(agentMessage("m", "")),
    started(agentMessage("m", "")),
    finished(whole),
    finished(agentMessage("m", "another")),
    started(agentMessage("m", "")),
    completed(),
  ]);
  const views = await all(turn.items());
  assertEquals(views.map(summary), ["agentMessage n completed", "agentMessage m completed"]);
  assertEquals(views[1]?.item, whole);
});

test("TurnHandle.items interrupts the turn when the loop exits early, and its views end with the turn [R-30]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([started(command("c")), started(command("unread"))]);
  const kept = [];
  for await (const view of turn.commands()) {
    kept.push(view);
    break;
  }
  assertEquals(count(server, "turn/interrupt"), 1);
  assertEquals(kept.map(summary), ["commandExecution c interrupted"]);
  assertEquals((await turn.run()).status, "interrupted");
});

test("TurnHandle.items with detach lets the turn continue and keeps the views current [R-30]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([started(command("c")), started(command("unread"))]);
  const items = turn.commands({ onLeave: "detach" });
  const view = await next(items);
  await items.return();
  assertEquals((await items.next()).done, true);
  server.sendBatch([about("c", "commandExecution/outputDelta", { delta: "on" })]);
  await settled(fixture);
  assertEquals(view.item.aggregatedOutput, "on");
  const whole = command("c", { exitCode: 0 });
  server.sendBatch([finished(whole), started(command("later"))]);
  assertEquals(await view.done, command("c", { exitCode: 0, aggregatedOutput: "on" }));
  assertEquals(count(server, "turn/interrupt"), 0);
  await finish(server, turn);
});

test("TurnHandle.items does not interrupt while others read, and refuses unknown options", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const [one, other] = [turn.items(), turn.plans()];
  await one.return();
  assertEquals(count(server, "turn/interrupt"), 0);
  await other.return();
  assertEquals(count(server, "turn/interrupt"), 1);
  assertThrows(() => turn.items({ types: "plan" as never }), TypeError, '"types"');
  assertThrows(() => turn.items({ onLeave: "stay" as never }), TypeError, '"onLeave"');
  assertThrows(() => turn.plans({ onLeave: "stay" as never }), TypeError, '"onLeave"');
});

test("TurnHandle.items rejects when the connection ends, and leaves no view open [R-13]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const [items, plans] = [turn.items(), turn.plans()];
  server.sendBatch([started(command("c"))]);
  const view = await next(items);
  assert(view.type === "commandExecution");
  const output = all(view.output);
  await server[Symbol.asyncDispose]();
  assertInstanceOf(await reasonOf(items.next()), TransportClosedError);
  assertInstanceOf(await reasonOf(plans.next()), TransportClosedError);
  assertEquals([(await items.next()).done, (await plans.next()).done], [true, true]);
  assertEquals([await output, view.state, await view.done], [[], "interrupted", view.item]);
});

test("TurnHandle.items takes an item's end from the end of the turn if no event reported it", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const whole = agentMessage("m", "hello");
  server.sendBatch([
    started(agentMessage("m", "")),
    completed("completed", { items: [whole], itemsView: "summary" }),
  ]);
  const [view] = await all(turn.items());
  assertEquals([view?.state, view?.item], ["completed", whole]);
});

test("TurnHandle.items takes an item's end from a recovered turn [R-19]", async () => {
  using clock = fakeClock();
  await using fixture = await open();
  const { server, thread } = fixture;
  const whole = agentMessage("m", "hello");
  server.on("thread/read", () => ({ thread: { id: thread.id, status: { type: "idle" } } }));
  server.on("thread/turns/list", () => ({
    data: [{ id: "turn-1", status: "completed", items: [whole], error: null }],
    nextCursor: null,
  }));
  const turn = await thread.turn("hi");
  const items = turn.items();
  server.sendBatch([started(agentMessage("m", "")), started(command("c"))]);
  server.sendBatch([{
    method: "thread/status/changed",
    params: { threadId: thread.id, status: { type: "idle" } },
  }]);
  const views = await all(items);
  assertEquals(views.map(summary), ["agentMessage m completed", "commandExecution c background"]);
  assertEquals(views[0]?.item, whole);
  assertEquals(clock.elapsedMs, 1_000);
});

test(
  "TurnHandle.items fails only a reader with 65,536 unread items [R-65]",
  async () => {
    await using fixture = await open();
    const { server, thread } = fixture;
    const turn = await thread.turn("hi");
    const [slow, commands] = [turn.items(), turn.commands()];
    const limit = 65_536;
    for (let index = 0; index <= limit; index++) {
      server.sendBatch([finished(item("sleep", `s${index}`))]);
      if (index % 8_192 === 0) await settled(fixture);
    }
    await settled(fixture);
    const error = await reasonOf(slow.next());
    assertInstanceOf(error, StreamOverflowError);
    server.sendBatch([started(command("c")), completed()]);
    assertEquals((await all(commands)).map(summary), ["commandExecution c background"]);
  },
  { timeoutMs: 60_000 },
);
