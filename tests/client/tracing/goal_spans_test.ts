import { agentMessage, notification } from "../../../testing.ts";
import { assert, assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { answer, completed, itemCompleted, settled, started, THREAD } from "../_fixture.ts";
import { type Traced, traced } from "./_traced.ts";

function knowsGoals({ server }: Traced): void {
  server.on("thread/goal/get", () => ({ goal: null }));
  server.on("thread/read", () => ({ thread: { id: THREAD, status: { type: "idle" } } }));
}

function used(total: number, last: number, turnId: string): ReturnType<typeof notification> {
  const tokenUsage = { total: { inputTokens: total }, last: { inputTokens: last } };
  return notification("thread/tokenUsage/updated", { threadId: THREAD, turnId, tokenUsage });
}

test("tracing makes a goal the parent of its turns", async () => {
  await using fixture = await traced();
  const { thread, server, recorder } = fixture;
  const goal = { threadId: THREAD, objective: "secret", status: "active" };
  knowsGoals(fixture);
  server.on("thread/goal/set", (_params, request) => {
    request.reply({ goal });
    server.sendBatch([
      started("turn-1"),
      used(110, 10, "turn-1"),
      ...answer("one", "turn-1"),
      started("turn-2"),
      used(130, 20, "turn-2"),
      itemCompleted(agentMessage("m", "two"), "turn-2"),
      notification("thread/goal/updated", {
        threadId: THREAD,
        turnId: "turn-2",
        goal: { ...goal, status: "complete" },
      }),
      completed("completed", {}, "turn-2"),
    ]);
  });
  await recorder.within("mine", () => thread.run("secret", { goal: true }));
  assertEquals(recorder.tree().filter((line) => !line.startsWith("codex.request")), [
    "mine < none",
    "codex.goal < mine",
    "codex.turn < codex.goal",
    "codex.item agentMessage < codex.turn",
    "codex.turn < codex.goal",
    "codex.item agentMessage < codex.turn",
  ]);
  const { attributes, status } = recorder.only("codex.goal");
  assertEquals(status, undefined);
  assertEquals(attributes["codex.turn.kind"], "goal");
  assertEquals(attributes["codex.goal.status"], "complete");
  assertEquals(attributes["gen_ai.usage.input_tokens"], 30);
  const usages = recorder.named("codex.turn").map((turn) => {
    return turn.attributes["gen_ai.usage.input_tokens"];
  });
  assertEquals(usages, [10, 20]);
  const ids = recorder.named("codex.turn").map(({ attributes }) => attributes["codex.turn.id"]);
  assertEquals(ids, ["turn-1", "turn-2"]);
  recorder.assertEnded();
  assert(!JSON.stringify(recorder.spans).includes("secret"));
});

test("tracing ends the spans of a goal and its turns when the server exits, refuses, or is closed", async () => {
  for (const how of ["exit", "close", "refuse"] as const) {
    await using fixture = await traced();
    const { thread, server, codex, recorder } = fixture;
    knowsGoals(fixture);
    server.on("thread/goal/set", (_params, request) => {
      if (how === "refuse") return request.fail({ code: -32600, message: "no" });
      request.reply({ goal: { threadId: THREAD, objective: "o", status: "active" } });
      server.sendBatch([
        started("turn-1"),
        notification("item/started", {
          threadId: THREAD,
          turnId: "turn-1",
          item: { type: "commandExecution", id: "command-1" },
        }),
      ]);
    });
    const ended = thread.run("hi", { goal: true }).catch(() => {});
    await server.nextRequest("thread/goal/set");
    await settled(fixture);
    if (how === "exit") server.exit({ code: 1 });
    else if (how === "close") await codex.close();
    await ended;
    recorder.only("codex.goal");
    assertEquals(recorder.named("codex.item").length, how === "refuse" ? 0 : 1);
    recorder.assertEnded();
  }
});
