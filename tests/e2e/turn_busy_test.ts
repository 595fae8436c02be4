import { externalMessage, TurnActiveError, type TurnResult } from "../../mod.ts";
import { TurnIdleTimeoutError } from "../../errors.ts";
import { deltas, gate, message } from "../../testing.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
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

test("an external message starts a turn and joins a running one on the real binary [R-98]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const mail = externalMessage({ name: "mail", namespace: "inbox", output: "You have mail" });
  const types = ({ items }: TurnResult): string[] => items.map(({ type }) => type);

  model.enqueue(message("read"));
  const started = await thread.run(mail);
  assertEquals([started.finalResponse, types(started)], ["read", [
    "functionCallOutput",
    "agentMessage",
  ]]);
  assert(JSON.stringify(model.requests[0]?.body).includes("You have mail"));

  const hold = gate();
  model.enqueue(deltas(["begin ", hold, "end"])).enqueue(message("joined"));
  const turn = await thread.turn("hello");
  await hold.untilReached();
  const joined = await thread.turn(mail, { whenBusy: "steer" });
  hold.open();
  assertEquals(joined.id, turn.id);
  const result = await joined.run();
  assertEquals([result.finalResponse, await turn.run()], ["joined", result]);
  assert(types(result).includes("functionCallOutput"));
});
