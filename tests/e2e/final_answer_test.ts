import { deltas, message } from "../../testing.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

test("thread.run keeps an empty last message as an empty string [R-23]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(message("first"), message(""));
  const result = await (await codex.threadStart()).run("go");
  assertEquals(result.finalResponse, "");
});

test("thread.run never uses commentary as the final answer [R-23]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(message("I am thinking about it.", { phase: "commentary" }));
  const result = await (await codex.threadStart()).run("go");
  assertEquals([result.status, result.finalResponse], ["completed", null]);
});

test("thread.run keeps the phase of each message [R-23]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(
    deltas(["on ", "it"], { phase: "commentary" }),
    message("done", { phase: "final_answer" }),
  );
  const result = await (await codex.threadStart()).run("go");
  const messages = result.items.flatMap((item) =>
    item.type === "agentMessage" ? [[item.text, item.phase]] : []
  );
  assertEquals(messages, [["on it", "commentary"], ["done", "final_answer"]]);
  assertEquals(result.finalResponse, "done");
});
