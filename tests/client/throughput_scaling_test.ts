/** The cost of a flood of notifications, and who bears it. */
import { StreamOverflowError } from "../../errors.ts";
import { type FakeMessage, notification } from "../../testing.ts";
import { assert, assertEquals, assertInstanceOf, assertLess } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import {
  completed,
  count,
  delta,
  type Fixture,
  methods,
  open,
  reasonOf,
  settled,
  textOf,
  THREAD,
  TURN,
} from "./_fixture.ts";
import { memoryInUse } from "./_memory_in_use.ts";

const MIB = 1024 * 1024;
const OVERFLOW_AT = 65_536;

/** Sends these messages repeatedly, until `total` have been sent. */
async function flood(
  fixture: Fixture,
  messages: readonly FakeMessage[],
  total: number,
): Promise<void> {
  const batch: FakeMessage[] = [];
  while (batch.length < 5_000) batch.push(...messages);
  for (let sent = 0; sent < total; sent += batch.length) {
    fixture.server.sendBatch(batch);
    await settled(fixture);
  }
}

/** A notification that no reader may drop or merge. */
function diff(text: string, turnId: string = TURN): FakeMessage {
  return notification("turn/diff/updated", { threadId: THREAD, turnId, diff: text });
}

test(
  "TurnHandle.stream loses nothing to 100,000 notifications of other threads [R-66]",
  async () => {
    await using fixture = await open();
    const { server, thread } = fixture;
    const turn = await thread.turn("hi");
    const [events, text] = [methods(turn.stream()), textOf(turn.textStream())];
    const others = Array.from(
      { length: 20 },
      (_, index) => delta("x", "item-1", TURN, `other-${index}`),
    );
    const started = notification("item/started", {
      threadId: THREAD,
      turnId: TURN,
      item: { type: "agentMessage", id: "item-1", text: "" },
    });
    server.sendBatch([started]);
    for (const piece of ["one ", "two ", "three ", "four"]) {
      await flood(fixture, others, 25_000);
      server.sendBatch([delta(piece), diff(piece)]);
    }
    await flood(fixture, others, 5_000);
    server.sendBatch([completed()]);
    assertEquals(await text, "one two three four");
    const counts = await events;
    assertEquals(
      counts.filter((method) => method === "item/agentMessage/delta").length,
      4,
    );
    assertEquals(counts.filter((method) => method === "turn/diff/updated").length, 4);
    assertEquals((await turn.run()).diff, "four");
  },
  { timeoutMs: 60_000 },
);

test(
  "TurnHandle.stream of a slow reader merges deltas of one item, drops nothing, and fails alone [R-65]",
  async () => {
    await using fixture = await open();
    const { server, thread } = fixture;
    const turn = await thread.turn("hi");
    const slow = turn.stream({ onLeave: "detach" });
    let fast = 0;
    const reading = (async () => {
      for await (const _ of turn.stream()) fast++;
    })();
    await flood(fixture, [delta("x")], 100_000);
    assertLess(slow.pending, 4_098);
    let letters = 0;
    for (let left = slow.pending; left > 0; left--) {
      const { value } = await slow.next();
      if (value?.method === "item/agentMessage/delta") letters += value.params.delta.length;
    }
    assertEquals(letters, 100_000);
    await flood(fixture, [diff("a")], OVERFLOW_AT);
    assertInstanceOf(await reasonOf(slow.next()), StreamOverflowError);
    assertEquals((await slow.next()).done, true);
    server.sendBatch([completed()]);
    await reading;
    assert(fast > OVERFLOW_AT, `${fast}`);
    assertEquals((await turn.run()).status, "completed");
    assertEquals(count(server, "turn/interrupt"), 0);
  },
  { timeoutMs: 60_000 },
);

for (
  const [what, messages] of [
    ["deltas of one item", [delta("x")]],
    ["deltas of two items in turns", [delta("x"), delta("y", "item-2")]],
    ["deltas and diffs", [delta("x"), diff("the same")]],
  ] as const
) {
  test(`TurnHandle keeps memory flat over 1,000,000 ${what} with slow readers [R-68]`, async () => {
    await using fixture = await open();
    const { server, thread } = fixture;
    const turn = await thread.turn("hi");
    const readers = [turn.stream(), thread.events(), turn.items(), turn.plans()];
    await flood(fixture, messages, 300_000); // until every buffer is full
    const before = memoryInUse();
    await flood(fixture, messages, 700_000);
    const grown = memoryInUse() - before;
    assertLess(grown, 24 * MIB, `${Math.round(grown / MIB)} MiB more`);
    server.sendBatch([completed()]);
    assertEquals((await turn.run()).status, "completed");
    assertEquals(readers.length, 4);
  }, { timeoutMs: 120_000 });
}

test("CodexOptions.optOutNotificationMethods is sent only if given [R-67]", async () => {
  const optOutNotificationMethods = ["turn/diff/updated", "item/agentMessage/delta"];
  for (const options of [{ optOutNotificationMethods }, {}]) {
    await using fixture = await open(options);
    const [initialize] = fixture.server.received;
    const { capabilities } = initialize?.params as { capabilities: Record<string, unknown> };
    assertEquals(
      capabilities.optOutNotificationMethods,
      "optOutNotificationMethods" in options ? optOutNotificationMethods : undefined,
    );
  }
});
