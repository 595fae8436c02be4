import { EventQueue } from "../../src/client/event_queue.ts";
import { assertEquals, assertLess } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { delta, marker } from "./_turn_events.ts";

/** Pushes events of which every second is no delta, and reads one for every two; gives the milliseconds. */
async function readSlowly(count: number): Promise<number> {
  const queue = new EventQueue();
  const events = [marker("between"), delta("x")] as const;
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    queue.push(events[(index & 1) as 0 | 1]);
    if ((index & 1) === 1) await queue.next();
  }
  assertEquals(queue.pending, count / 2);
  while (queue.pending > 0) await queue.next();
  return performance.now() - start;
}

test("EventQueue takes under 3 times as long for twice the events of a slow reader", async () => {
  // The fastest of several runs of each, in turn: what else the machine does only ever adds time.
  let one = Infinity;
  let two = Infinity;
  for (let round = 0; round < 7; round++) {
    one = Math.min(one, await readSlowly(60_000));
    two = Math.min(two, await readSlowly(120_000));
  }
  assertLess(two, 3 * one);
}, { timeoutMs: 60_000 });
