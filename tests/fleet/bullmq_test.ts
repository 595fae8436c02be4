/** Jobs on BullMQ and PostgreSQL, with workers that are killed, paused and ended, on the real binary. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { RunEndedError } from "../../fleet/bullmq.ts";
import { failure, gate, message, shellCommand } from "../../testing.ts";
import { assert, assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { storyOf, TestFleet, until } from "./_fleet.ts";

const wait = { signal: AbortSignal.timeout(60_000) };
void [failure, assert, RunEndedError, assertRejects, wait, join, readFile, gate, until];

test(
  "a fleet runs a job to its end, once per id, and goes on after a worker is killed [R-110]",
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
      const killed = performance.now();
      first.kill("SIGKILL");
      model.enqueue(message("done"));
      assertEquals((await run.result()).finalResponse, "done");
      console.log("recovered in", performance.now() - killed);
      const story = await storyOf(run);
      const items = story.flatMap((event) => event.type === "item" ? [event.item.id] : []);
      assertEquals(new Set(items).size, items.length);
      const workers = story.flatMap((event) => event.type === "started" ? [event.worker] : []);
      assertEquals(workers, ["w1", "w2"]);
      const outputs = model.requests.at(-1)?.functionOutputs();
      assert(outputs?.get("one")?.includes("one\n"));
      assert(outputs?.get("two")?.includes("aborted"));
      assert(await second.stop());
      assertEquals((await fleet.list()).map(({ id, state }) => [id, state]), [
        ["steps", "completed"],
        ["typed", "completed"],
      ]);
    } finally {
      await first[Symbol.asyncDispose]();
    }
  },
  { timeoutMs: 120_000 },
);
