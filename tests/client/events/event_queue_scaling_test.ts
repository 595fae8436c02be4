import { EventQueue } from "../../../src/client/events/event_queue.ts";
import { assertEquals, assertLess } from "../../_support/assert.ts";
import { cpuRatio, times } from "../../_support/cpu_time.ts";
import { test } from "../../_support/test.ts";
import { delta, marker } from "../turns/_turn_events.ts";

/** Pushes events, every second of which is not a delta, and reads one for every two. */
async function readSlowly(count: number): Promise<void> {
  const queue = new EventQueue();
  const events = [marker("between"), delta("x")] as const;
  for (let index = 0; index < count; index++) {
    queue.push(events[(index & 1) as 0 | 1]);
    if ((index & 1) === 1) await queue.next();
  }
  assertEquals(queue.pending, count / 2);
  while (queue.pending > 0) await queue.next();
}

test(
  "EventQueue takes no longer for one long queue than for 32 short ones of the same events",
  async () => {
    // A queue that moves its events takes up to 32 times as long; the garbage of a long one also costs more.
    const ratio = await cpuRatio({
      whole: () => readSlowly(64_000),
      inParts: () => times(32, () => readSlowly(2_000)),
      limit: 8,
    });
    assertLess(ratio, 8);
  },
  { timeoutMs: 120_000 },
);
