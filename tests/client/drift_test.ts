import { agentMessage, notification } from "../../testing.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import {
  completed,
  failureOf,
  itemCompleted,
  methods,
  open,
  runTurn,
  textOf,
  THREAD,
  TURN,
} from "./_fixture.ts";

test("Thread.run never treats an unknown status as success [R-70] [R-69]", async () => {
  for (const status of ["cancelled", "inProgress", "", 5, null, undefined, {}]) {
    const error = await failureOf([
      itemCompleted(agentMessage("item-1", "ok")),
      completed("completed", { status: status as never }),
    ]);
    assertEquals(error.failure.status, String(status ?? "unknown"));
    assertEquals(error.result.finalResponse, "ok");
  }
});

test("TurnHandle delivers unknown notifications and survives missing fields [R-69]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const ids = { threadId: THREAD, turnId: TURN };
  const odd = [
    notification("turn/levitated", { ...ids, height: 3 }),
    notification("item/started", ids),
    notification("item/started", { ...ids, item: null }),
    notification("item/started", { ...ids, item: { type: "hologram" } }),
    notification("item/completed", ids),
    notification("item/completed", { ...ids, item: 5 }),
    notification("item/completed", { ...ids, item: { type: "hologram", n: 1 } }),
    notification("item/completed", { ...ids, item: { type: "hologram", n: 2 } }),
    notification("item/completed", { ...ids, item: { type: "agentMessage", id: "no text" } }),
    notification("item/agentMessage/delta", ids),
    notification("item/agentMessage/delta", { ...ids, itemId: "m" }),
    notification("thread/tokenUsage/updated", ids),
    notification("turn/diff/updated", ids),
    notification("turn/plan/updated", ids),
    notification("error", ids),
    notification("turn/started", ids),
  ];
  const end = notification("turn/completed", {
    threadId: THREAD,
    turn: { id: TURN, status: "completed" },
  });
  server.sendBatch([...odd, itemCompleted(agentMessage("m2", "ok")), end]);
  const [seen, text, result] = await Promise.all([
    methods(turn.stream()),
    textOf(turn.textStream()),
    turn.run(),
  ]);
  assertEquals(seen.length, odd.length + 2);
  assertEquals(text, "ok");
  assertEquals(result.items.length, 4);
  assertEquals([result.finalResponse, result.durationMs, result.diff], ["ok", null, null]);
});

test("TurnResult.finalResponse skips a message without text [R-69]", async () => {
  const result = await runTurn([
    itemCompleted(agentMessage("a", "ok")),
    itemCompleted({ type: "agentMessage", id: "b", phase: "final_answer" }),
    completed(),
  ]);
  assertEquals([result.finalResponse, result.items.length], ["ok", 2]);
});

test("TurnHandle ends as failed when turn/completed has no turn [R-69] [R-70]", async () => {
  const end = notification("turn/completed", { threadId: THREAD, turnId: TURN });
  const error = await failureOf([itemCompleted(agentMessage("m", "ok")), end]);
  assertEquals([error.turnId, error.failure.status], [TURN, "unknown"]);
  assertEquals(error.result.finalResponse, "ok");
});

test("Thread.run ends even if the items of turn/completed are not an array [R-69]", async () => {
  for (const items of [{}, "none", 7, true]) {
    const turn = { id: TURN, status: "completed", items };
    const result = await runTurn([notification("turn/completed", { threadId: THREAD, turn })]);
    assertEquals([result.status, result.items], ["completed", []]);
  }
});

test("Codex.notifications delivers notifications of any shape [R-69]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const stream = codex.notifications();
  const heard: unknown[] = [];
  codex.on<string>("from/the/future", (params) => heard.push(params));
  const shapes = [undefined, null, 5, "text", [1], { threadId: 5, turnId: {} }, { turn: null }];
  for (const params of shapes) {
    server.sendBatch([JSON.stringify({ method: "from/the/future", params })]);
    server.sendBatch([JSON.stringify({ method: "turn/completed", params })]);
  }
  for (const params of shapes) {
    const first = (await stream.next()).value;
    const second = (await stream.next()).value;
    assertEquals(
      first as unknown,
      JSON.parse(JSON.stringify({ method: "from/the/future", params })),
    );
    assertEquals(second?.method, "turn/completed");
  }
  assertEquals(heard, shapes);
});
