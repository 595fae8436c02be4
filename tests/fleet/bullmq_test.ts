/** Jobs on BullMQ and PostgreSQL, with workers that are killed, paused and ended, on the real binary. */
import { message, shellCommand } from "../../testing.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { answerOf, storyOf, TestFleet, until } from "./_fleet.ts";

test(
  "a fleet runs a job to its end, once per id, and goes on after a worker is killed or paused [R-110]",
  async () => {
    await using it = await TestFleet.start();
    const { fleet, model } = it;
    const first = await it.worker("w1");
    try {
      model.enqueue(message(`{"total":3}`));
      const output = {
        type: "object",
        properties: { total: { type: "number" } },
        required: ["total"],
        additionalProperties: false,
      } as const;
      const typed = await fleet.submit<{ total: number }>({ id: "typed", prompt: "Add." }, {
        output,
      });
      await fleet.submit({ id: "typed", prompt: "Add again." });
      const result = await typed.result();
      assertEquals([result.output.total, result.status, result.attempts], [3, "completed", 1]);
      assertEquals(model.requests.length, 1);

      model.enqueue(shellCommand("echo one", { callId: "one" }));
      model.enqueue(shellCommand("sleep 60", { callId: "two" }));
      const run = await fleet.submit({ id: "steps", prompt: "two steps" });
      await until(run, (event) => event.type === "itemStarted" && event.item.id === "two");
      await using second = await it.worker("w2");
      first.kill("SIGKILL");
      model.enqueue(message("done"));
      assertEquals(await answerOf(run), "done");
      const story = await storyOf(run);
      const items = story.flatMap((event) => event.type === "item" ? [event.item.id] : []);
      assertEquals(new Set(items).size, items.length);
      const workers = story.flatMap((event) => event.type === "started" ? [event.worker] : []);
      assertEquals(workers, ["w1", "w2"]);
      const outputs = model.requests.at(-1)?.functionOutputs();
      assert(outputs?.get("one")?.includes("one\n"));
      assert(outputs?.get("two")?.includes("aborted"));

      // A worker that is paused past its lock is replaced, and writes nothing when it wakes up.
      model.enqueueFor("Be patient", shellCommand("sleep 1", { callId: "slow" }));
      model.enqueueFor("Be patient", message("too late")); // the server of the paused worker goes on
      model.enqueueFor("You were interrupted", message("taken over"));
      const paused = await fleet.submit({ id: "paused", prompt: "Be patient." });
      await until(paused, (one) => one.type === "itemStarted" && one.item.id === "slow");
      second.kill("SIGSTOP");
      await using _third = await it.worker("w3");
      assertEquals(await answerOf(paused), "taken over");
      const before = await storyOf(paused);
      second.kill("SIGCONT");
      assert(await second.stop()); // it has woken up, and has found out
      assertEquals(await storyOf(paused), before);
      assertEquals(before.flatMap((one) => one.type === "started" ? [one.worker] : []), [
        "w2",
        "w3",
      ]);
      assertEquals((await fleet.list()).map(({ id, state }) => [id, state]), [
        ["paused", "completed"],
        ["steps", "completed"],
        ["typed", "completed"],
      ]);
    } finally {
      await first[Symbol.asyncDispose]();
    }
  },
  { timeoutMs: 120_000 },
);
