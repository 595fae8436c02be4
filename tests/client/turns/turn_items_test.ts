import { type ServerNotification, TransportClosedError } from "../../../mod.ts";
import { agentMessage, fakeTurn, notification } from "../../../testing.ts";
import type { FakeMessage } from "../../../testing.ts";
import type { ThreadItem } from "../../../protocol.ts";
import { assertEquals, assertInstanceOf } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  completed,
  count,
  delta,
  itemCompleted,
  open,
  reasonOf,
  settled,
  THREAD,
  TURN,
} from "../_fixture.ts";

function itemStarted(item: ThreadItem): FakeMessage {
  return notification("item/started", { threadId: THREAD, turnId: TURN, item, startedAtMs: 0 });
}

/** The events of a stream: the method, and the id of an item that is closed. */
async function summary(stream: AsyncIterable<ServerNotification>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { method, params } of stream) {
    seen.push(method === "sdk/item/interrupted" ? `interrupted ${params.itemId}` : method);
  }
  return seen;
}

const OPEN = [
  itemStarted(agentMessage("done", "")),
  itemCompleted(agentMessage("done", "whole")),
  itemStarted(agentMessage("cut", "")),
  delta("par", "cut"),
];

test("TurnResult.interruptedItems lists the items that were open at the end of the turn [R-24]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([...OPEN, completed("interrupted")]);
  const result = await turn.run();
  assertEquals(result.interruptedItems, ["cut"]);
  assertEquals(result.items.map(({ id }) => id), ["done", "cut"]);
  assertEquals(result.finalResponse, "whole");
});

test("TurnResult holds the last usage, diff and plan, the items and the durations [R-78]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const ids = { threadId: THREAD, turnId: TURN };
  const step = (status: string): unknown => ({ step: "write", status });
  const usage = (inputTokens: number): { total: unknown; last: unknown } => ({
    total: { inputTokens },
    last: { inputTokens },
  });
  const turn = await thread.turn("hi");
  server.sendBatch([
    notification("turn/plan/updated", { ...ids, explanation: "why", plan: [step("pending")] }),
    notification("turn/plan/updated", { ...ids, explanation: null, plan: [step("completed")] }),
    notification("turn/diff/updated", { ...ids, diff: "+a" }),
    notification("turn/diff/updated", { ...ids, diff: "+a\n+b" }),
    notification("thread/tokenUsage/updated", { ...ids, tokenUsage: usage(1) }),
    notification("thread/tokenUsage/updated", { ...ids, tokenUsage: usage(2) }),
    itemCompleted(agentMessage("m", "done")),
    completed("completed", { startedAt: 10, completedAt: 12, durationMs: 2_345 }),
  ]);
  const result = await turn.run();
  assertEquals(result.plan as unknown, { explanation: null, steps: [step("completed")] });
  assertEquals(
    [result.diff, result.usage?.last, result.usage?.total].map((value): unknown => value),
    ["+a\n+b", usage(2).last, usage(2).total],
  );
  assertEquals(result.items.map(({ id }) => id), ["m"]);
  assertEquals([result.startedAt, result.completedAt, result.durationMs], [10, 12, 2_345]);
});

test("TurnHandle.stream closes every open item before the turn's end, for late readers too [R-24]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const first = summary(turn.stream());
  server.sendBatch([...OPEN, completed("interrupted")]);
  await turn.run();
  const expected = [
    "item/started",
    "item/completed",
    "item/started",
    "item/agentMessage/delta",
    "interrupted cut",
    "turn/completed",
  ];
  assertEquals(await first, expected);
  assertEquals(await summary(turn.stream()), expected);
});

test("TurnHandle.stream closes no item that the end of the turn includes in full [R-24]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const events = summary(turn.stream());
  const whole = agentMessage("cut", "partly streamed");
  server.sendBatch([...OPEN, completed("completed", { items: [whole], itemsView: "summary" })]);
  const result = await turn.run();
  assertEquals([result.interruptedItems, result.items.at(-1)], [[], whole]);
  assertEquals((await events).includes("interrupted cut"), false);
});

test("TurnHandle.stream closes the open items when the connection ends, and then rejects [R-24]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const seen: string[] = [];
  const reading = reasonOf((async () => {
    for await (const { method } of turn.stream()) seen.push(method);
  })());
  server.sendBatch(OPEN);
  await settled(fixture);
  server.exit({ code: 1 });
  assertInstanceOf(await reading, TransportClosedError);
  assertEquals(seen.at(-1), "sdk/item/interrupted");
});

test("TurnHandle.textStream omits unwanted phases", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  server.sendBatch([
    itemStarted(agentMessage("c", "", "commentary")),
    delta("thinking", "c"),
    itemCompleted(agentMessage("c", "thinking", "commentary")),
    itemCompleted(agentMessage("d", "aloud", "commentary")),
    itemStarted(agentMessage("a", "", "final_answer")),
    delta("ans", "a"),
    delta("wer", "a"),
    itemCompleted(agentMessage("a", "answer", "final_answer")),
    itemCompleted(agentMessage("n", "!")),
    completed(),
  ]);
  const textOf = async (phase?: "final_answer" | "commentary"): Promise<string[]> => {
    const pieces: string[] = [];
    for await (const piece of turn.textStream({ phase })) pieces.push(piece);
    return pieces;
  };
  assertEquals(await textOf("final_answer"), ["ans", "wer", "\n\n", "!"]);
  assertEquals(await textOf("commentary"), ["thinking", "\n\n", "aloud"]);
  assertEquals((await textOf()).join(""), "thinking\n\naloud\n\nanswer\n\n!");
});

test("an item after the end of its turn is not an error, and reaches the client's notifications [R-25]", async () => {
  const diagnostics: unknown[] = [];
  await using fixture = await open({ onDiagnostic: (diagnostic) => diagnostics.push(diagnostic) });
  const { server, codex, thread } = fixture;
  const all = codex.notifications();
  const turn = await thread.turn("hi");
  server.sendBatch(answer("done"));
  const result = await turn.run();
  const late = agentMessage("late", "afterwards");
  // Even while the next turn is being started, when any turn of the thread may be the new one.
  const start = server.defer("turn/start");
  const next = thread.turn("next");
  await start.arrived();
  server.sendBatch([itemCompleted(late)]);
  start.reply({ turn: fakeTurn("turn-2") });
  server.sendBatch([itemCompleted(late), ...answer("second", "turn-2")]);
  const second = await (await next).run();
  assertEquals([second.finalResponse, second.items.length], ["second", 1]);
  assertEquals([result.items.length, diagnostics, count(server, "turn/start")], [1, [], 2]);
  let seen = 0;
  for await (const event of all) {
    if (event.method === "item/completed" && event.params.item.id === "late") seen++;
    if (event.method === "turn/completed" && event.params.turn.id === "turn-2") break;
  }
  assertEquals(seen, 2);
});
