import type { TextStreamOptions } from "../../types.ts";
import { deltas, gate, message, shellCommand } from "../../testing.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { collect } from "../_support/collect.ts";
import { test } from "../_support/test.ts";
import { count, deltasOf, ScriptedCodex } from "./_scripted_codex.ts";

test("turn.stream yields each delta, one completed message and one completed turn", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(deltas(["he", "llo"]));
  const turn = await (await codex.threadStart()).turn("hi");
  const events = await collect(turn.stream());
  assertEquals(deltasOf(events), ["he", "llo"]);
  const messages = events.filter((event) =>
    event.method === "item/completed" && event.params.item.type === "agentMessage"
  );
  assertEquals(messages.length, 1);
  assertEquals(count(events, "turn/completed"), 1);
  assertEquals(events.at(-1)?.method, "turn/completed");
  assertEquals((await turn.run()).finalResponse, "hello");
});

test("TurnHandle is itself async-iterable", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(deltas(["a", "b"]));
  const turn = await (await codex.threadStart()).turn("hi");
  assertEquals(deltasOf(await collect(turn)), ["a", "b"]);
});

test("turn.textStream yields the text piece by piece while the model is still writing", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const hold = gate();
  model.enqueue(deltas(["first", hold, "second"]));
  const turn = await (await codex.threadStart()).turn("hi");
  const text = turn.textStream();
  assertEquals(await text.next(), { value: "first", done: false });
  await hold.untilReached();
  hold.open();
  assertEquals(await text.next(), { value: "second", done: false });
  assertEquals(await text.next(), { value: undefined, done: true });
});

test("turn.textStream separates two messages of a turn, and is the text of the result [R-90]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(deltas(["I will ", "look."], { phase: "commentary" }), shellCommand("true"));
  model.enqueue(deltas(["All ", "good."], { phase: "final_answer" }));
  const turn = await (await codex.threadStart()).turn("look");
  const read = async (options: TextStreamOptions): Promise<string[]> => {
    const pieces: string[] = [];
    for await (const piece of turn.textStream(options)) pieces.push(piece);
    return pieces;
  };
  const [all, answer] = await Promise.all([read({}), read({ phase: "final_answer" })]);
  const { text, finalResponse } = await turn.run();
  assertEquals([all.join(""), text], ["I will look.\n\nAll good.", all.join("")]);
  assertEquals([all.length, answer.join("")], [5, "All good."]);
  assertEquals(finalResponse, "All good.");
});

test("turn.stream, textStream and run work concurrently, and a late reader gets what it missed [R-31]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(deltas(["one ", "two ", "three"]));
  const turn = await (await codex.threadStart()).turn("hi");
  const pieces: string[] = [];
  const readText = async (): Promise<void> => {
    for await (const piece of turn.textStream()) pieces.push(piece);
  };
  const [events, result] = await Promise.all([collect(turn.stream()), turn.run(), readText()]);
  assertEquals(deltasOf(events).join(""), "one two three");
  assertEquals(pieces.join(""), "one two three");
  assertEquals(result.finalResponse, "one two three");
  const late = await collect(turn.stream());
  assertEquals(deltasOf(late), ["one two three"]);
  assertEquals(late.at(-1)?.method, "turn/completed");
  assertEquals(await turn.run(), result);
});

test("codex.request finishes while a stream is open", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const hold = gate();
  model.enqueue(deltas(["a", hold, "b"]));
  const turn = await (await codex.threadStart()).turn("hi");
  await hold.untilReached();
  const { data } = await codex.request("model/list", {});
  assert(data.length > 0);
  hold.open(); // only now
  assertEquals((await turn.run()).finalResponse, "ab");
});

test("turns of two threads, read alternately, see only their own events [R-18]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueueFor("to A", deltas(["a1", "a2", "a3"]));
  model.enqueueFor("to B", deltas(["b1", "b2", "b3"]));
  const [threadA, threadB] = await Promise.all([codex.threadStart(), codex.threadStart()]);
  const [turnA, turnB] = await Promise.all([threadA.turn("to A"), threadB.turn("to B")]);
  const streams = [turnA.stream(), turnB.stream()] as const;
  const seen: [string[], string[]] = [[], []];
  const open = new Set([0, 1]);
  while (open.size > 0) {
    for (const index of [...open]) {
      const { value: event, done } = await (streams[index] as typeof streams[0]).next();
      if (done) open.delete(index);
      else {
        const params = event.params as { threadId: string };
        assertEquals(params.threadId, index === 0 ? threadA.id : threadB.id);
        seen[index]?.push(...deltasOf([event]));
      }
    }
  }
  assertEquals(seen, [["a1", "a2", "a3"], ["b1", "b2", "b3"]]);
});

test("turn.stream shows a command's start, its output and its end", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(shellCommand("echo begin; sleep 0.3; echo end"));
  model.enqueue(message("ok"));
  const turn = await (await codex.threadStart()).turn("run");
  const events = await collect(turn);
  const kinds = events.flatMap((event) =>
    (event.method === "item/started" || event.method === "item/completed") &&
      event.params.item.type === "commandExecution"
      ? [event.method]
      : []
  );
  assertEquals(kinds, ["item/started", "item/completed"]);
});

test("turns of 20 threads run concurrently, each with its own answer", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const names = Array.from({ length: 20 }, (_, index) => `job-${index}.`);
  for (const name of names) model.enqueueFor(name, deltas([name, "done"]));
  const answers = await Promise.all(names.map(async (name) => {
    const thread = await codex.threadStart();
    return (await thread.run(name)).finalResponse;
  }));
  assertEquals(answers, names.map((name) => `${name}done`));
}, { timeoutMs: 40_000 });

test("optOutNotificationMethods reduces what the server sends, and the result stays complete [R-67]", async () => {
  const optOutNotificationMethods = ["item/agentMessage/delta", "item/started"];
  await using session = await ScriptedCodex.start({ optOutNotificationMethods });
  const { codex, model } = session;
  model.enqueue(deltas(["he", "llo"]));
  const turn = await (await codex.threadStart()).turn("hi");
  const [events, pieces] = await Promise.all([collect(turn), collect(turn.textStream())]);
  for (const method of optOutNotificationMethods) assertEquals(count(events, method), 0);
  assertEquals([pieces.join(""), (await turn.run()).finalResponse], ["hello", "hello"]);
});
