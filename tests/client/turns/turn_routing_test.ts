import { agentMessage, fakeTurn, notification } from "../../../testing.ts";
import type { FakeMessage } from "../../../testing.ts";
import { assert, assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import {
  answer,
  completed,
  delta,
  events,
  itemCompleted,
  methods,
  open,
  settled,
  THREAD,
  TURN,
} from "../_fixture.ts";

function errorEvent(willRetry: unknown, turnId = TURN, threadId = THREAD): FakeMessage {
  const error = {
    message: "Reconnecting... 1/2",
    codexErrorInfo: { responseStreamDisconnected: { httpStatusCode: null } },
    additionalDetails: null,
  };
  return notification("error", { error, willRetry, threadId, turnId });
}

/** Everything that a turn can send, its end last. */
function wholeTurn(turnId: string, threadId: string): FakeMessage[] {
  return [
    ...events({
      turnId,
      threadId,
      items: [agentMessage("foreign", "foreign")],
      status: "inProgress",
    }),
    errorEvent(false, turnId, threadId),
    notification("thread/tokenUsage/updated", { threadId, turnId, tokenUsage: { total: {} } }),
    notification("turn/diff/updated", { threadId, turnId, diff: "foreign" }),
    completed("failed", {}, turnId, threadId),
  ];
}

test("TurnHandle treats an error with willRetry as an event, and the turn continues [R-17]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const seen = methods(turn.stream());
  let ended = false;
  const running = turn.run().finally(() => ended = true);
  server.sendBatch([errorEvent(true), errorEvent(true)]);
  await settled(fixture);
  assert(!ended);
  server.sendBatch([itemCompleted(agentMessage("item-1", "ok")), completed()]);
  const result = await running;
  assertEquals([result.status, result.error, result.finalResponse], ["completed", null, "ok"]);
  assertEquals(await seen, ["error", "error", "item/completed", "turn/completed"]);
});

test("TurnHandle never treats an error notification as the end, whatever willRetry says [R-17]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  for (const willRetry of [false, undefined, "maybe"]) {
    const turn = await thread.turn("hi");
    server.sendBatch([errorEvent(willRetry, turn.id), ...answer("ok", turn.id)]);
    assertEquals((await turn.run()).finalResponse, "ok");
  }
});

test("TurnHandle is not affected by a sub-agent's turn on another thread [R-18]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  // A sub-agent may even have the same turn id: both ids count.
  server.sendBatch([...wholeTurn("turn-9", "thread-9"), ...wholeTurn(TURN, "thread-9")]);
  server.sendBatch(answer("ours"));
  const result = await turn.run();
  assertEquals(result.finalResponse, "ours");
  assertEquals([result.items.length, result.usage, result.diff], [1, null, null]);
  const seen = await methods(turn.stream());
  assertEquals(seen.filter((method) => method === "turn/completed").length, 1);
  assert(!seen.includes("error"));
});

test("TurnHandle is not affected by another turn of the same thread [R-18]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const start = server.defer("turn/start");
  const starting = thread.turn("hi");
  const { id } = await start.arrived();
  // Before the reply, any turn of the thread could be ours; after it, only the one that it names.
  server.sendBatch(wholeTurn("turn-8", THREAD));
  server.sendBatch([delta("o", "item-1"), { id, result: { turn: fakeTurn(TURN) } }]);
  const turn = await starting;
  server.sendBatch([...wholeTurn("turn-9", THREAD), itemCompleted(agentMessage("item-1", "ours"))]);
  server.sendBatch([...wholeTurn("turn-8", THREAD), completed()]);
  const result = await turn.run();
  assertEquals(result.finalResponse, "ours");
  assertEquals([result.items.length, result.usage, result.diff], [1, null, null]);
  assertEquals(await methods(turn.stream()), [
    "item/agentMessage/delta",
    "item/completed",
    "turn/completed",
  ]);
});

test("TurnHandle is not confused by a turn/started with another id and its own as the root", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  const turn = await thread.turn("hi");
  const started = fakeTurn("turn-other", "inProgress", { rootTurnId: TURN });
  server.sendBatch([
    notification("turn/started", { threadId: THREAD, turn: started }),
    ...answer("ours"),
  ]);
  const result = await turn.run();
  assertEquals([result.id, result.finalResponse], [TURN, "ours"]);
});

test("TurnHandle loses nothing among 20,000 foreign notifications [R-18]", async () => {
  await using fixture = await open();
  const { server, codex, thread } = fixture;
  const turn = await thread.turn("hi");
  let foreign = 0;
  codex.on("item/agentMessage/delta", ({ threadId }) => void (threadId === THREAD || foreign++));
  const pieces: string[] = [];
  for (let chunk = 0; chunk < 200; chunk++) {
    const batch = Array.from(
      { length: 100 },
      (_, n) => delta("x", "item-1", n % 2 === 0 ? TURN : "turn-7", `thread-${2 + n % 50}`),
    );
    batch.splice(50, 0, delta(`${chunk},`));
    pieces.push(`${chunk},`);
    server.sendBatch(batch);
  }
  server.sendBatch([itemCompleted(agentMessage("item-1", pieces.join(""))), completed()]);
  let text = "";
  let own = 0;
  for await (const event of turn) {
    own++;
    if (event.method === "item/agentMessage/delta") text += event.params.delta;
  }
  assertEquals([own, text], [202, pieces.join("")]);
  assertEquals((await turn.run()).finalResponse, pieces.join(""));
  assertEquals(foreign, 20_000);
});

test("Codex runs turns of many threads concurrently, each with its own events [R-18]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const threads = await Promise.all(Array.from({ length: 50 }, () => codex.threadStart()));
  const turns = await Promise.all(threads.map((thread) => thread.turn("hi")));
  for (const turn of turns) {
    const message = agentMessage("item-1", turn.threadId);
    server.sendBatch([itemCompleted(message, turn.id, turn.threadId)]);
  }
  server.sendBatch(turns.map((turn) => completed("completed", {}, turn.id, turn.threadId)));
  const results = await Promise.all(turns.map((turn) => turn.run()));
  assertEquals(results.map(({ finalResponse }) => finalResponse), threads.map(({ id }) => id));
});
