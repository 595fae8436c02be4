import { StructuredOutputError } from "../../../errors.ts";
import type { HookRunSummary } from "../../../protocol.ts";
import { agentMessage, type FakeMessage, notification } from "../../../testing.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, itemCompleted, open, runTurn, THREAD, TURN } from "../_fixture.ts";

function hook(method: "started" | "completed", fields: Partial<HookRunSummary>): FakeMessage {
  const run = { id: "h", eventName: "userPromptSubmit", status: "running", entries: [], ...fields };
  return notification(`hook/${method}`, { threadId: THREAD, turnId: TURN, run });
}

const BLOCKED: Partial<HookRunSummary> = {
  status: "blocked",
  sourcePath: "/etc/hooks.json",
  entries: [{ kind: "feedback", text: "no secrets" }],
};

test("TurnResult.hooks has the last state of each run of a hook, also if one runs twice [R-89]", async () => {
  const { hooks } = await runTurn([
    hook("started", {}),
    hook("started", { id: "other" }),
    hook("completed", BLOCKED),
    hook("started", {}),
    hook("completed", { status: "completed" }),
    notification("hook/completed", { threadId: THREAD, turnId: TURN }), // a newer server may leave it out
    itemCompleted(agentMessage("m", "hi")),
    completed(),
  ]);
  assertEquals(hooks.map(({ id, status }) => `${id} ${status}`), [
    "h blocked",
    "other running",
    "h completed",
  ]);
  assertEquals(hooks[0]?.entries, BLOCKED.entries);
});

test("StructuredOutputError names the hook that blocked the prompt, and no second turn is run [R-89]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  let turns = 0;
  server.on("turn/start", (_params, request) => {
    turns++;
    request.reply({ turn: { id: TURN } });
    server.sendBatch([hook("started", {}), hook("completed", BLOCKED), completed()]);
  });
  const schema = {
    type: "object",
    properties: {},
    required: [],
    additionalProperties: false,
  } as const;
  const error = await assertRejects(
    () => thread.run("a secret", { output: schema, repair: true }),
    StructuredOutputError,
    "a hook (userPromptSubmit, /etc/hooks.json) blocked it: no secrets",
  );
  assertEquals((error.result as { hooks: unknown[] }).hooks.length, 1);
  assertEquals(turns, 1);
});
