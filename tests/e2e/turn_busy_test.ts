import { TurnActiveError } from "../../mod.ts";
import { TurnIdleTimeoutError } from "../../errors.ts";
import { deltas, gate, message } from "../../testing.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

test("thread.run with whenBusy rejects, queues or steers on the real binary [R-26]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(message("first"), hold);
  const turn = await thread.turn("one");
  // A steer cuts the model's stream: wait until the server has all of the first message.
  for await (const { method, params } of turn.stream({ onLeave: "detach" })) {
    if (method === "item/completed" && params.item.type === "agentMessage") break;
  }
  model.enqueue(message("second"));
  model.enqueue(message("third"));
  model.enqueue(message("fourth"));
  await assertRejects(() => thread.run("no"), TurnActiveError);
  const steered = thread.run("two", { whenBusy: "steer" });
  const queued = ["three", "four"].map((text) => thread.run(text, { whenBusy: "queue" }));
  const { id, finalResponse } = await steered;
  hold.open();
  assertEquals([id, finalResponse], [turn.id, "second"]);
  const results = await Promise.all(queued);
  assertEquals(results.map((result) => result.finalResponse), ["third", "fourth"]);
  assertEquals(new Set([turn.id, ...results.map((result) => result.id)]).size, 3);
  assertEquals(
    model.requests.map((request) => request.lastUserText()),
    ["one", "two", "three", "four"],
  );
});

test("thread.run with idleTimeoutMs interrupts a silent model, and the next run works [R-20]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  // On a loaded machine the limit may expire before the model is asked.
  model.enqueueFor("go", deltas(["begin", hold])).enqueueFor("next", message("again"));
  const error = await assertRejects(
    () => thread.run("go", { idleTimeoutMs: 500 }),
    TurnIdleTimeoutError,
  );
  assertEquals(error.idleTimeoutMs, 500);
  hold.open();
  assertEquals((await thread.run("next", { idleTimeoutMs: 10_000 })).finalResponse, "again");
});

test("thread.activeTurn finds a turn that the handle has not started, and leaves it running [R-97]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  assertEquals(thread.activeTurn(), undefined);
  const hold = gate();
  model.enqueue(hold, message("finished"));
  const started = thread.events({ methods: ["turn/started"] });
  const input = [{ type: "text" as const, text: "go", text_elements: [] }];
  const { turn: { id } } = await codex.request("turn/start", { threadId: thread.id, input });
  await started.next();
  await started.return();
  const turn = thread.activeTurn();
  assertEquals(turn?.id, id);
  hold.open();
  for await (const _ of turn ?? []) break;
  const result = await turn?.run();
  assertEquals([result?.status, result?.finalResponse], ["completed", "finished"]);
  assertEquals(thread.activeTurn(), undefined);
});
