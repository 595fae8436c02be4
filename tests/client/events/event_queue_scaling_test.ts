import { EventQueue } from "../../../src/client/events/event_queue.ts";
import { assertEquals, assertLess } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { delta, marker } from "../turns/_turn_events.ts";

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

test(
  "EventQueue takes no longer for one long queue than for 8 short ones of the same events",
  async () => {
    // The same work on both sides, so that the garbage of the one weighs no more than that of the other; a queue that
    // moves its events takes 8 times as long. The fastest of several runs: what else the machine does only adds time.
    let short = Infinity;
    let long = Infinity;
    for (let round = 0; round < 7; round++) {
      let took = 0;
      for (let part = 0; part < 8; part++) took += await readSlowly(15_000);
      short = Math.min(short, took);
      long = Math.min(long, await readSlowly(120_000));
    }
    assertLess(long, 3 * short);
  },
  { timeoutMs: 60_000 },
);
