/** Tests of users replace timers: nothing may wait for one that never fires. */
import FakeTimers from "@sinonjs/fake-timers";
import { Codex } from "../../mod.ts";
import { message, ScriptedModel, shellCommand } from "../../testing.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("A turn on a ScriptedModel starts, ends and cleans up while all timers are faked [R-105]", async () => {
  const clock = FakeTimers.install({
    toFake: [
      "setTimeout",
      "clearTimeout",
      "setInterval",
      "clearInterval",
      "setImmediate",
      "clearImmediate",
      "Date",
      "performance",
    ],
  });
  try {
    await using scripted = await ScriptedModel.start();
    await using codex = await Codex.start(scripted.options);
    scripted.model.enqueue(shellCommand("echo hi")).enqueue(message("done"));
    const thread = await codex.threadStart();
    assertEquals((await thread.run("go", { timeoutMs: 1 })).finalResponse, "done");
  } finally {
    clock.uninstall();
  }
});
