import type { EventQueue } from "../../../src/client/events/event_queue.ts";
import { TurnEventLog } from "../../../src/client/turns/turn_event_log.ts";
import { StreamOverflowError } from "../../../src/errors/turn_errors.ts";
import type { ServerNotification } from "../../../src/protocol/notification.ts";
import { assertEquals, assertRejects, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { delta, marker, readAll, readPending, textOf } from "./_turn_events.ts";
import { fc } from "../../_support/property.ts";

const OVERFLOW_AT = 65_536;

test("TurnEventLog gives its first reader the original events, including earlier ones [R-31]", async () => {
  const log = new TurnEventLog();
  const events = [marker("start"), delta("a"), delta("b"), delta("c")];
  for (const event of events.slice(0, 3)) log.push(event);
  const reader = log.open();
  for (const event of events.slice(3)) log.push(event);
  log.end();
  const read = await readAll(reader);
  assertEquals(read.length, events.length);
  for (const [index, event] of read.entries()) assertStrictEquals(event, events[index]);
});

test("TurnEventLog gives a later reader the missed events merged, then the events as they arrive [R-31]", async () => {
  const log = new TurnEventLog();
  log.open();
  for (const text of ["a", "b"]) log.push(delta(text));
  log.push(marker("between"));
  for (const text of ["c", "d"]) log.push(delta(text));
  const late = log.open();
  for (const text of ["e", "f"]) log.push(delta(text));
  log.end();
  const texts = (await readAll(late)).map(textOf);
  assertEquals(texts, ["ab", "test/between", "cd", "e", "f"]);
});

test("TurnEventLog does not change events that a late reader has received", async () => {
  const log = new TurnEventLog();
  log.open();
  for (const text of ["a", "b"]) log.push(delta(text));
  const [given] = await readPending(log.open());
  log.push(delta("c"));
  log.open();
  assertEquals(textOf(given as ServerNotification), "ab");
  assertEquals((await readPending(log.open())).map(textOf).join(""), "abc");
});

test("TurnEventLog shows a finished turn to a reader that attaches after the end [R-31]", async () => {
  const log = new TurnEventLog();
  for (const text of ["a", "b"]) log.push(delta(text));
  log.end();
  log.push(delta("too late"));
  assertEquals((await readAll(log.open())).map(textOf), ["a", "b"]);
  assertEquals((await readAll(log.open())).map(textOf), ["ab"]);
});

test("TurnEventLog reports an error to every reader once, whenever it attached", async () => {
  const log = new TurnEventLog();
  const early = log.open();
  log.push(delta("a"));
  log.end(new RangeError("gone"));
  log.end();
  for (const reader of [early, log.open()]) {
    assertEquals(textOf((await reader.next()).value as ServerNotification), "a");
    await assertRejects(() => reader.next(), RangeError, "gone");
    assertEquals((await reader.next()).done, true);
  }
});

test("TurnEventLog.keepNothing() keeps nothing for later readers", async () => {
  const log = new TurnEventLog();
  for (const text of ["a", "b"]) log.push(delta(text));
  log.keepNothing();
  for (const text of ["c", "d"]) log.push(delta(text));
  assertEquals((await readPending(log.open())).map(textOf), []);
});

test("TurnEventLog.release() frees that reader's buffer and leaves the others alone", async () => {
  const log = new TurnEventLog();
  const [one, other] = [log.open(), log.open()];
  log.push(marker("a"));
  assertEquals(log.readers, 2);
  log.release(one);
  log.push(marker("b"));
  assertEquals([log.readers, one.pending, other.pending], [1, 0, 2]);
  assertEquals((await one.next()).done, true);
});

test("TurnEventLog fails only a reader that fell too far behind", async () => {
  const log = new TurnEventLog();
  const [slow, fast] = [log.open(), log.open()];
  let read = 0;
  for (let index = 0; index <= OVERFLOW_AT; index++) {
    log.push(marker(`${index}`));
    if (index % 1_024 === 0) read += (await readPending(fast)).length;
  }
  read += (await readPending(fast)).length;
  await assertRejects(() => slow.next(), StreamOverflowError);
  assertEquals([read, log.readers], [OVERFLOW_AT + 1, 1]);
  log.push(delta("on"));
  assertEquals((await readPending(fast)).map(textOf), ["on"]);
});

test(
  "TurnEventLog keeps every reader's text complete, whenever it attaches and however it reads [R-31]",
  async () => {
    type Step = { readonly push: number } | { readonly open: true } | { readonly read: number };
    const step: fc.Arbitrary<Step> = fc.oneof(
      { arbitrary: fc.record({ push: fc.integer({ min: 1, max: 3_000 }) }), weight: 3 },
      { arbitrary: fc.record({ open: fc.constant(true as const) }), weight: 1 },
      { arbitrary: fc.record({ read: fc.integer({ min: 1, max: 3_000 }) }), weight: 2 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        async (steps, turnover) => {
          const log = new TurnEventLog();
          const readers: { readonly queue: EventQueue; text: Map<string, string> }[] = [];
          const sent = new Map<string, string>();
          let next = 0;
          const take = (into: Map<string, string>, { params }: ServerNotification): void => {
            const { itemId, delta: text } = params as { itemId: string; delta: string };
            into.set(itemId, (into.get(itemId) ?? "") + text);
          };
          for (const action of steps) {
            if ("open" in action) readers.push({ queue: log.open(), text: new Map() });
            else if ("push" in action) {
              for (let left = action.push; left > 0; left--) {
                const event = delta(`${next},`, {
                  itemId: `item-${Math.floor(next++ / turnover) % 2}`,
                });
                take(sent, event);
                log.push(event);
              }
            } else {
              for (const { queue, text } of readers) {
                for (let left = Math.min(action.read, queue.pending); left > 0; left--) {
                  take(text, (await queue.next()).value as ServerNotification);
                }
              }
            }
          }
          log.end();
          readers.push({ queue: log.open(), text: new Map() });
          for (const { queue, text } of readers) {
            for (const event of await readAll(queue)) take(text, event);
            assertEquals([...text].sort(), [...sent].sort());
          }
        },
      ),
      { numRuns: 40 },
    );
  },
  { timeoutMs: 60_000 },
);

test("TurnEventLog keeps at most 65,536 merged events for later readers, who fail past that [R-65]", async () => {
  const log = new TurnEventLog();
  const early = log.open();
  let read = 0;
  const add = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) log.push(marker(`${index}`));
    read += (await readPending(early)).length;
  };
  for (let part = 0; part < 4; part++) await add(OVERFLOW_AT / 4);
  const inTime = log.open();
  assertEquals(inTime.pending, OVERFLOW_AT);
  log.release(inTime);
  await add(1);
  await assertRejects(() => log.open().next(), StreamOverflowError);
  const received: unknown[] = [];
  const push = (event: ServerNotification): void => void received.push(event);
  const end = (error: unknown): void => void received.push(error);
  log.release(log.attach({ ended: false, takesAll: true, push, end, clear: () => {} }));
  assertEquals(received.map((what) => what instanceof StreamOverflowError), [true]);
  assertEquals([read, log.readers], [OVERFLOW_AT + 1, 1]);
  log.push(delta("on"));
  log.end();
  assertEquals((await readAll(early)).map(textOf), ["on"]);
  await assertRejects(() => log.open().next(), StreamOverflowError);
});

test("TurnEventLog merges endless deltas of one item for later readers without overflow [R-65]", async () => {
  const log = new TurnEventLog();
  log.release(log.open());
  for (let index = 0; index < 2 * OVERFLOW_AT; index++) log.push(delta("x"));
  const texts = (await readPending(log.open())).map(textOf);
  assertEquals(texts.map(({ length }) => length), [2 * OVERFLOW_AT]);
});

test("TurnEventLog.attach gives a reader of any kind the missed events, then the events as they arrive", () => {
  const log = new TurnEventLog();
  for (const text of ["a", "b"]) log.push(delta(text));
  const seen: string[] = [];
  const sink = {
    ended: false,
    takesAll: true,
    push: (event: ServerNotification): void => void seen.push(textOf(event)),
    end: (): void => void seen.push("end"),
    clear: (): void => void seen.push("clear"),
  };
  assertStrictEquals(log.attach(sink), sink);
  log.push(delta("c"));
  assertEquals(log.readers, 1);
  log.end();
  log.release(sink);
  assertEquals(seen, ["ab", "c", "end", "clear"]);
});
