/** Random steps of a client and its server, compared with a model after each: see `_model.ts`. */
import { FakeAppServer } from "../../testing.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { COMMANDS, newModel, newReal } from "./_model.ts";
import { fc, rounds, seed } from "../_support/property.ts";

const numRuns = rounds(150);

test("threads, turns, messages and requests are those of a model, after any steps", async () => {
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(fc.commands(COMMANDS, { size: "max", maxCommands: 200 }), async (commands) => {
      await using server = new FakeAppServer();
      const real = await newReal(server);
      try {
        await fc.asyncModelRun(() => ({ model: newModel(), real }), commands);
        steps += real.steps;
      } finally {
        await real.codex.close();
      }
      assertEquals(real.codex.openRequests(), []);
      for (const { handle, text } of real.turns.values()) {
        await Promise.allSettled([handle.run(), text]);
      }
    }),
    { numRuns, interruptAfterTimeLimit: numRuns > 150 ? undefined : 20_000 } as never,
  );
  if (numRuns > 150) console.log(`seed ${seed}: ${numRuns} rounds, ${steps} steps`);
}, { timeoutMs: 60_000 + numRuns * 500 });
