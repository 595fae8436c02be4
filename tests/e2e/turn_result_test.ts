import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ItemView, ServerNotification, TurnResult } from "../../mod.ts";
import { deltas, gate, message, shellCommand, usage } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "../_support/assert.ts";
import { diffAdds, makeRepository } from "../_support/surroundings.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const PATCH = `apply_patch <<'EOF'
*** Begin Patch
*** Add File: a.txt
+hello
*** End Patch
EOF
`;

test("TurnResult holds usage, diff, items and durations [R-78]", async () => {
  await using session = await ScriptedCodex.start({}, { sandboxMode: "workspace-write" });
  const { codex, model, scripted: { home } } = session;
  const thread = await codex.threadStart({ approvalMode: "denyAll", sandbox: "workspace" });
  model.enqueue(shellCommand(PATCH));
  model.enqueue(message("written"), usage({ inputTokens: 11, outputTokens: 7 }));
  const result = await thread.run("write a file");
  assertEquals(result.finalResponse, "written");
  assertEquals(result.plan, null); // this model is not offered a planning tool
  assert(diffAdds(result.diff ?? "", join(home.workspace, "a.txt")));
  assertEquals([result.usage?.last.inputTokens, result.usage?.last.outputTokens], [11, 7]);
  const types = result.items.map(({ type }) => type);
  for (const type of ["userMessage", "fileChange", "agentMessage"] as const) {
    assert(types.includes(type), types.join());
  }
  const { startedAt, completedAt, durationMs } = result;
  assert(startedAt !== null && completedAt !== null && completedAt >= startedAt);
  assert(durationMs !== null && durationMs > 0);
  assertEquals(result.interruptedItems, []);
});

test("TurnResult.diff has paths relative to the root of the git repository, wherever the agent works [R-78]", async () => {
  await using session = await ScriptedCodex.start({}, { sandboxMode: "workspace-write" });
  const { codex, model, scripted: { home } } = session;
  await makeRepository(home.workspace);
  const cwd = join(home.workspace, "sub");
  await mkdir(cwd);
  const thread = await codex.threadStart({ cwd, approvalMode: "denyAll", sandbox: "workspace" });
  model.enqueue(shellCommand(PATCH)).enqueue(message("written"));
  const { diff } = await thread.run("write a file");
  assertStringIncludes(diff ?? "", "+++ b/sub/a.txt\n@@");
});

test("TurnResult of an interrupted turn names its open items, and its stream closes them [R-24]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const hold = gate();
  model.enqueue(deltas(["begin", hold]));
  const turn = await (await codex.threadStart()).turn("go");
  const events: ServerNotification[] = [];
  for await (const event of turn) {
    events.push(event);
    if (event.method === "item/agentMessage/delta") await turn.interrupt();
  }
  const { status, interruptedItems, items } = await turn.run();
  hold.open();
  assertEquals([status, interruptedItems.length], ["interrupted", 1]);
  assertEquals(items.find(({ id }) => id === interruptedItems[0])?.type, "agentMessage");
  const closing = events.filter(({ method }) => method === "sdk/item/interrupted");
  assertEquals(
    closing.map(({ params }) => (params as { itemId: string }).itemId),
    interruptedItems,
  );
  assertEquals(events.at(-1)?.method, "turn/completed");
});

test("TurnResult keeps the text of a message that an interrupt or a steer cut off [R-87]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const texts = ({ items }: TurnResult): string[] =>
    items.flatMap((item) => item.type === "agentMessage" ? [item.text] : []);

  const cut = gate();
  model.enqueue(deltas(["The first half, ", cut, "x"]));
  const stopped = await thread.turn("go");
  for await (const _ of stopped.textStream({ onLeave: "detach" })) break;
  await stopped.interrupt();
  cut.open();
  assertEquals(texts(await stopped.run()), ["The first half, "]);

  const steered = gate();
  model.enqueue(deltas(["The first half, ", steered, "x"])).enqueue(message("left"));
  const turn = await thread.turn("go");
  for await (const _ of turn.textStream({ onLeave: "detach" })) break;
  await turn.steer("go left");
  steered.open();
  assertEquals(texts(await turn.run()), ["The first half, ", "left"]);
});

test("TurnHandle.partialResult keeps the output of a command that was running at an abort [R-87]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart({ approvalMode: "denyAll", sandbox: "readOnly" });
  model.enqueue(
    message("I will count."),
    shellCommand("while :; do echo tick; sleep 0.2; done", { yieldTimeMs: 30_000 }),
  );
  const controller = new AbortController();
  const turn = await thread.turn("count", { signal: controller.signal });
  for await (const command of turn.commands({ onLeave: "detach" })) {
    // The server may not stream the first output of a command.
    for await (const _ of command.output) break;
    break;
  }
  const reason = new RangeError("enough");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => turn.run(), RangeError), reason);
  const { items } = turn.partialResult();
  const command = items.find((item) => item.type === "commandExecution");
  assertStringIncludes(command?.aggregatedOutput ?? "", "tick\n");
  assertEquals(
    items.some((item) => item.type === "agentMessage" && item.text === "I will count."),
    true,
  );
});

test("TurnResult.usage.turn is the turn's own use, also of an interrupted and of a steered turn [R-88]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const tokens = (count: number) => usage({ outputTokens: count });
  const used = ({ usage }: TurnResult): unknown => [
    usage?.turn.outputTokens,
    usage?.last.outputTokens,
    usage?.total.outputTokens,
  ];
  model.enqueue(message("one"), tokens(100));
  assertEquals(used(await thread.run("one")), [100, 100, 100]);
  model.enqueue(shellCommand("true"), tokens(20)).enqueue(shellCommand("true"), tokens(30));
  model.enqueue(message("three requests"), tokens(40));
  assertEquals(used(await thread.run("two")), [90, 40, 190]);

  const cut = gate();
  model.enqueue(deltas(["begin", cut]));
  const stopped = await thread.turn("three");
  for await (const _ of stopped.textStream({ onLeave: "detach" })) break;
  await stopped.interrupt();
  cut.open();
  // Interrupted early enough, the server reports no usage; else it repeats the report of the turn before.
  const { usage: counted } = await stopped.run();
  assertEquals([counted?.turn.outputTokens ?? 0, counted?.last.outputTokens ?? 40], [0, 40]);

  const steered = gate();
  model.enqueue(shellCommand("true"), tokens(7)).enqueue(deltas(["begin", steered]));
  model.enqueue(message("left"), tokens(5));
  const turn = await thread.turn("four");
  for await (const _ of turn.textStream({ onLeave: "detach" })) break;
  await turn.steer("go left");
  steered.open();
  assertEquals(used(await turn.run()), [12, 5, 202]);
});

test("TurnResult.backgroundItems has a command that runs on after the turn, and its end is reported to the thread [R-24]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted: { home } } = session;
  const thread = await codex.threadStart({ approvalMode: "denyAll", sandbox: "readOnly" });
  const wait = "until [ -e stop ]; do sleep 0.1; done";
  model.enqueue(shellCommand(wait, { yieldTimeMs: 250 }));
  model.enqueue(message("It runs."));
  const turn = await thread.turn("start it");
  const views: ItemView<"commandExecution">[] = [];
  for await (const view of turn.commands()) views.push(view);
  const { status, backgroundItems, interruptedItems } = await turn.run();
  assertEquals([status, interruptedItems], ["completed", []]);
  assertEquals(backgroundItems, views.map(({ id }) => id));
  assertEquals(views.map(({ state }) => state), ["background"]);
  const ends = thread.events({ methods: ["item/completed"] });
  await writeFile(join(home.workspace, "stop"), "");
  for await (const event of ends) {
    if (event.method !== "item/completed" || event.params.item.id !== backgroundItems[0]) continue;
    assertEquals(event.params.item.type === "commandExecution" && event.params.item.exitCode, 0);
    break;
  }
});
