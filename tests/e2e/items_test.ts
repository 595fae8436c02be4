import { existsSync } from "node:fs";
import { join } from "node:path";
import { deltas, gate, message, reasoning, shellCommand } from "../../testing.ts";
import type { ItemView } from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** Returns all values of a stream. */
async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

test("turn.items yields each item of a turn once, with its text while the model is still writing", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const hold = gate();
  model.enqueue(reasoning("Looking ", "around"), deltas(["first", hold, " second"]));
  const turn = await (await codex.threadStart()).turn("hi");
  const items = turn.items();
  const views: ItemView[] = [];
  for await (const view of items) {
    views.push(view);
    if (view.type !== "agentMessage") continue;
    const text = view.textStream();
    assertEquals(await text.next(), { value: "first", done: false });
    assertEquals([view.item.text, view.state], ["first", "inProgress"]);
    await hold.untilReached();
    hold.open();
    assertEquals((await all(text)).join(""), " second");
  }
  assertEquals(views.map(({ type, state }) => `${type} ${state}`), [
    "userMessage completed",
    "reasoning completed",
    "agentMessage completed",
  ]);
  assertEquals(views.map(({ item }) => item), (await turn.run()).items);
  const [, thoughts] = views;
  assert(thoughts?.type === "reasoning");
  assertEquals(thoughts.item.summary, ["Looking ", "around"]);
  assertEquals(await all(thoughts.textStream()), ["Looking \n\naround"]);
});

test("turn.commands shows a command's output while it runs, and its exit code", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(shellCommand("echo one; sleep 0.5; echo two; sleep 0.5; echo three; exit 3"));
  model.enqueue(message("ok"));
  const turn = await (await codex.threadStart()).turn("run");
  const chunks: string[] = [];
  const commands: ItemView<"commandExecution">[] = [];
  for await (const command of turn.commands()) {
    commands.push(command);
    assertStringIncludes(command.item.command, "echo one");
    for await (const chunk of command.output) {
      if (chunks.length === 0) {
        assertEquals([command.state, command.exitCode], ["inProgress", null]);
      }
      chunks.push(chunk);
    }
    assertEquals([command.state, command.exitCode], ["completed", 3]);
  }
  assertEquals(commands.length, 1);
  assert(chunks.length >= 2, JSON.stringify(chunks));
  const [command] = commands;
  // Output written before the server starts reading appears only in the completed item.
  assertEquals(command?.item.aggregatedOutput, "one\ntwo\nthree\n");
  assertMatch(chunks.join(""), /^(one\n)?two\nthree\n$/);
  assertEquals((await command?.done)?.status, "failed");
});

test("turn.items marks a command as interrupted if its turn was", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(shellCommand("sleep 30"));
  const turn = await (await codex.threadStart()).turn("run");
  const { value: command } = await turn.commands().next();
  await turn.interrupt();
  assertEquals((await command?.done)?.type, "commandExecution");
  assertEquals([command?.state, command?.exitCode], ["interrupted", null]);
});

test("turn.fileChanges and turn.diffs show the changes", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const patch = ["*** Begin Patch", "*** Add File: a.txt", "+hello", "*** End Patch"].join("\n");
  model.enqueue(shellCommand(`apply_patch <<'EOF'\n${patch}\nEOF`));
  model.enqueue(message("ok"));
  const thread = await codex.threadStart({ sandbox: "workspace" });
  const turn = await thread.turn("write");
  const [changes, diffs] = await Promise.all([all(turn.fileChanges()), all(turn.diffs())]);
  assertEquals(changes.map(({ state, item }) => [state, item.status]), [[
    "completed",
    "completed",
  ]]);
  const [change] = changes[0]?.item.changes ?? [];
  assertEquals([change?.kind, change?.diff], [{ type: "add" }, "hello\n"]);
  assertEquals(change?.path, join(scripted.home.workspace, "a.txt"));
  assert(existsSync(join(scripted.home.workspace, "a.txt")));
  assertStringIncludes(diffs.at(-1) ?? "", "+hello");
});
