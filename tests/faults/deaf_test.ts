/** What a caller waits when the server is deaf: the table of docs/faq.md. */
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { CARRIERS } from "./_carriers.ts";
import { type Carrier, runStep } from "./_cell.ts";
import { FAULTS } from "./_faults.ts";
import { LIMIT_MS, STEPS } from "./_steps.ts";

const [MEMORY] = CARRIERS;
const DEAF = FAULTS.filter(({ name }) =>
  ["no reply", "the server stops answering", "the server stops reading"].includes(name)
);

test("a caller of a deaf server waits for its own limit and the undoing that the docs name, and no longer", async () => {
  let longestCloseMs = 0;
  const waits: [string, number][] = [];
  for (const step of STEPS.filter(({ isEndless }) => isEndless !== true)) {
    let longestMs = 0;
    const red = await runStep(step, DEAF, MEMORY as Carrier, (_cell, { tookMs, closeMs }) => {
      longestMs = Math.max(longestMs, tookMs);
      longestCloseMs = Math.max(longestCloseMs, closeMs);
    });
    assertEquals(red, []);
    waits.push([step.name, longestMs]);
  }
  assertEquals(
    waits,
    STEPS.filter(({ isEndless }) => isEndless !== true)
      .map(({ name, undoMs = 0 }) => [name, LIMIT_MS + undoMs]),
  );
  assert(longestCloseMs <= 1_000, `close() took ${longestCloseMs} ms`);
});
