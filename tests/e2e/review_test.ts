import { type ServerNotification, TurnActiveError } from "../../mod.ts";
import { TurnNotSteerableError } from "../../errors.ts";
import { deltas, gate, message } from "../../testing.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { collect } from "../_support/collect.ts";
import { test } from "../_support/test.ts";
import { count, ScriptedCodex } from "./_scripted_codex.ts";

const CUSTOM = { type: "custom", instructions: "look for races" } as const;

/** The ids of the items still open at the end of a stream. */
function leftOpen(events: readonly ServerNotification[]): string[] {
  const open = new Set<string>();
  for (const { method, params } of events) {
    if (method === "item/started") open.add(params.item.id);
    if (method === "item/completed") open.delete(params.item.id);
    if (method === "sdk/item/interrupted") open.delete(params.itemId);
  }
  return [...open];
}

test("thread.review is a turn: its stream ends, its answer is the review [R-24]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  model.enqueue(message("no races found"));
  const turn = await thread.review(CUSTOM);
  const events = await collect(turn.stream());
  const result = await turn.run();
  assertEquals([result.id, result.status, result.finalResponse], [
    turn.id,
    "completed",
    "no races found",
  ]);
  const types = result.items.map(({ type }) => type);
  assert(types.includes("enteredReviewMode") && types.includes("exitedReviewMode"), types.join());
  // The server starts it under another id and leaves the streamed message open.
  assertEquals([count(events, "turn/started"), count(events, "turn/completed")], [1, 1]);
  assertEquals([leftOpen(events), result.interruptedItems.length], [[], 1]);
  assertEquals(model.requests[0]?.lastUserText()?.includes("look for races"), true);

  model.enqueue(message("next"));
  assertEquals((await thread.run("and now?")).finalResponse, "next");
});

test("thread.review can be interrupted immediately and while the model answers [R-28]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  await (await thread.review(CUSTOM)).interrupt();

  const hold = gate();
  model.enqueue(deltas(["no", hold]));
  const turn = await thread.review({ type: "uncommittedChanges" });
  await hold.untilReached();
  await turn.interrupt();
  assertEquals((await turn.run()).status, "interrupted");
  hold.open();
  model.enqueue(message("usable"));
  assertEquals((await thread.run("hi")).finalResponse, "usable");
});

test("thread.review respects its signal and whenBusy, and cannot be steered [R-26] [R-27] [R-29]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(deltas(["no", hold]));
  const controller = new AbortController();
  const turn = await thread.review(CUSTOM, { signal: controller.signal });
  await hold.untilReached();
  await assertRejects(() => turn.steer("more"), TurnNotSteerableError);
  // These would end the running turn on the server.
  await assertRejects(() => thread.review(CUSTOM), TurnActiveError);
  await assertRejects(() => thread.run("hi"), TurnActiveError);
  await assertRejects(() => thread.run("hi", { whenBusy: "steer" }), TurnNotSteerableError);
  model.enqueue(message("the second one"));
  const queued = thread.review(CUSTOM, { whenBusy: "queue" });
  controller.abort("enough");
  let reason: unknown;
  await turn.run().catch((error: unknown) => reason = error);
  assertEquals(reason, "enough");
  hold.open();
  assertEquals((await (await queued).run()).finalResponse, "the second one");
});

test("thread.review refuses an invalid target and sends nothing", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const targets: unknown[] = [
    undefined,
    "custom",
    { type: "other" },
    { type: "commit" },
    { type: "baseBranch", branch: " " },
    { type: "custom", instructions: 5 },
  ];
  for (const target of targets) {
    await assertRejects(() => thread.review(target as typeof CUSTOM), TypeError);
  }
  await assertRejects(
    () => thread.review(CUSTOM, { whenBusy: "steer" as "queue" }),
    TypeError,
  );
  assertEquals(model.requests.length, 0);
});

test("TurnResult.review has the findings of a review [R-78]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const finding = (title: string, priority: number | null, line: number) => ({
    title,
    body: "The loop ends early.\n\n- see there",
    confidence_score: 0.9,
    priority,
    code_location: { absolute_file_path: "/work/a.ts", line_range: { start: line, end: line + 1 } },
  });
  // A finding without a priority does not fit the server's own schema: it passes the JSON on.
  for (const second of [3, null]) {
    const findings = [finding("[P1] Off by one", 1, 3), finding("Not nice", second, 9)];
    const answer = {
      findings,
      overall_correctness: "patch is incorrect",
      overall_explanation: "It breaks.",
      overall_confidence_score: 0.8,
    };
    model.enqueue(message(JSON.stringify(answer)));
    const { review } = await (await thread.review(CUSTOM)).run();
    assertEquals(review?.explanation, "It breaks.");
    assertEquals(review?.findings, [
      {
        title: "Off by one",
        priority: 1,
        body: "The loop ends early.\n\n- see there",
        file: "/work/a.ts",
        lines: { start: 3, end: 4 },
      },
      {
        title: "Not nice",
        priority: null, // the server's list has only the one in the title
        body: "The loop ends early.\n\n- see there",
        file: "/work/a.ts",
        lines: { start: 9, end: 10 },
      },
    ]);
  }
  model.enqueue(message("hi"));
  assertEquals((await thread.run("hi")).review, null);
});
