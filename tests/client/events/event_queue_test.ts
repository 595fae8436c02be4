import { DeltaRun } from "../../../src/client/events/delta_run.ts";
import { EventQueue } from "../../../src/client/events/event_queue.ts";
import { StreamOverflowError } from "../../../src/errors/turn_errors.ts";
import type { ServerNotification } from "../../../src/protocol/notification.ts";
import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertStrictEquals,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, delta, marker, readAll, readPending, textOf } from "../turns/_turn_events.ts";
import { fc } from "../../_support/property.ts";

const MERGE_FROM = 4_096;
const OVERFLOW_AT = 65_536;

function fill(queue: EventQueue, count: number): void {
  for (let index = 0; index < count; index++) queue.push(marker(`${index}`));
}

test("EventQueue returns the same objects in order, whether pushed before or after the read", async () => {
  const queue = new EventQueue();
  const events = [marker("a"), delta("b"), marker("c")] as const;
  const waiting = [queue.next(), queue.next()];
  for (const event of events) queue.push(event);
  const results = await Promise.all([...waiting, queue.next()]);
  for (const [index, { value }] of results.entries()) assertStrictEquals(value, events[index]);
  assertEquals(queue.pending, 0);
});

test("EventQueue counts unread events", async () => {
  const queue = new EventQueue();
  fill(queue, 3);
  await queue.next();
  fill(queue, 2);
  assertEquals(queue.pending, 4);
  assertEquals(
    (await readPending(queue)).map(textOf),
    [1, 2, 0, 1].map((index) => `test/${index}`),
  );
});

test("EventQueue gives each of several waiting reads one event, then the end", async () => {
  const queue = new EventQueue();
  const waiting = [queue.next(), queue.next(), queue.next()];
  queue.push(marker("a"));
  queue.end();
  const results = await Promise.all(waiting);
  assertEquals(results.map(({ done }) => done), [false, true, true]);
});

test("EventQueue ends after its unread events and ignores later ones", async () => {
  const queue = new EventQueue();
  queue.push(marker("a"));
  queue.end();
  queue.push(marker("b"));
  queue.end(new Error("too late"));
  assertEquals((await readAll(queue)).map(textOf), ["test/a"]);
  assertEquals(await queue.next(), { value: undefined, done: true });
});

test("EventQueue reports an error once, after its unread events", async () => {
  const queue = new EventQueue();
  queue.push(marker("a"));
  queue.end(new RangeError("gone"));
  assertEquals((await queue.next()).done, false);
  await assertRejects(() => queue.next(), RangeError, "gone");
  assertEquals(await queue.next(), { value: undefined, done: true });
});

test("EventQueue reports an error to the first of several waiting reads, and ends the others", async () => {
  const queue = new EventQueue();
  const [first, second] = [queue.next(), queue.next()];
  queue.end(new RangeError("gone"));
  await assertRejects(() => first, RangeError, "gone");
  assertEquals(await second, { value: undefined, done: true });
});

test("EventQueue merges adjacent deltas of one item past 4,096 unread, and none before", async () => {
  const queue = new EventQueue();
  for (let index = 0; index < MERGE_FROM; index++) queue.push(delta("x"));
  assertEquals(queue.pending, MERGE_FROM);
  for (const text of ["a", "b", "c"]) queue.push(delta(text));
  queue.push(delta("d", { itemId: "other" }));
  queue.push(marker("between"));
  for (const text of ["e", "f"]) queue.push(delta(text, { itemId: "other" }));
  const texts = (await readPending(queue)).map(textOf);
  assertEquals(texts.slice(0, MERGE_FROM), Array<string>(MERGE_FROM).fill("x"));
  assertEquals(texts.slice(MERGE_FROM), ["abc", "d", "test/between", "ef"]);
});

test("EventQueue does not merge deltas of two turns whose items share an id", async () => {
  const queue = new EventQueue();
  fill(queue, MERGE_FROM);
  const places = [{}, { turnId: "other" }, { turnId: "other", threadId: "other" }];
  for (const place of places) {
    for (const text of ["a", "b"]) queue.push(delta(text, place));
  }
  const merged = (await readPending(queue)).slice(MERGE_FROM);
  assertEquals(merged, places.map((place) => delta("ab", place)));
});

test("EventQueue stops merging once the reader has caught up", async () => {
  const queue = new EventQueue();
  for (let index = 0; index < MERGE_FROM + 2; index++) queue.push(delta("x"));
  await readPending(queue);
  const event = delta("y");
  queue.push(event);
  assertStrictEquals((await queue.next()).value, event);
});

test("EventQueue keeps the order when the reader falls behind a second time", async () => {
  const queue = new EventQueue();
  fill(queue, MERGE_FROM);
  for (const text of ["a", "b"]) queue.push(delta(text));
  await queue.next();
  await queue.next();
  for (const text of ["c", "d", "e"]) queue.push(delta(text));
  const texts = (await readPending(queue)).map(textOf);
  assertEquals(texts.slice(MERGE_FROM - 2), ["ab", "c", "de"]);
});

test("EventQueue never changes an event that was read", async () => {
  const queue = new EventQueue();
  fill(queue, MERGE_FROM);
  for (const text of ["a", "b"]) queue.push(delta(text));
  const merged = (await readPending(queue)).at(-1) as ServerNotification;
  queue.push(delta("c"));
  assertEquals(textOf(merged), "ab");
});

test("EventQueue fails at 65,536 unread events, once, and keeps none of them", async () => {
  const queue = new EventQueue();
  fill(queue, OVERFLOW_AT);
  assertEquals(queue.pending, OVERFLOW_AT);
  queue.push(marker("one too many"));
  assertEquals(queue.pending, 0);
  await assertRejects(() => queue.next(), StreamOverflowError);
  assertEquals(await queue.next(), { value: undefined, done: true });
});

test("EventQueue never overflows from deltas of one item", async () => {
  const queue = new EventQueue();
  const count = 2 * OVERFLOW_AT;
  for (let index = 0; index < count; index++) queue.push(delta("x"));
  queue.end();
  const events = await readAll(queue);
  assertLess(events.length, MERGE_FROM + 2);
  assertEquals(events.map(textOf).join("").length, count);
});

test("EventQueue.clear() ends the reader and discards unread events", async () => {
  const queue = new EventQueue();
  const waiting = new EventQueue();
  const read = waiting.next();
  fill(queue, 10);
  queue.clear();
  waiting.clear();
  assertEquals(queue.pending, 0);
  assertEquals(await queue.next(), { value: undefined, done: true });
  assertEquals(await read, { value: undefined, done: true });
});

test(
  "EventQueue keeps the complete text of every item, whatever the order of pushes and reads",
  async () => {
    type Step = { readonly push: number; readonly item: string } | { readonly read: number };
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ push: fc.integer({ min: 1, max: 3_000 }), item: fc.constantFrom("a", "b") }),
      fc.record({ read: fc.integer({ min: 1, max: 3_000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const queue = new EventQueue();
        const sent = new Map<string, string>([["a", ""], ["b", ""]]);
        const events: ServerNotification[] = [];
        let next = 0;
        for (const action of steps) {
          if ("push" in action) {
            for (let left = action.push; left > 0; left--) {
              const text = `${next++},`;
              sent.set(action.item, sent.get(action.item) + text);
              queue.push(delta(text, { itemId: action.item }));
            }
          } else {
            for (let left = Math.min(action.read, queue.pending); left > 0; left--) {
              const { value } = await queue.next();
              if (value !== undefined) events.push(value);
            }
          }
        }
        queue.end();
        events.push(...await readAll(queue));
        for (const [itemId, text] of sent) {
          const own = events.filter(({ params }) =>
            (params as { itemId: string }).itemId === itemId
          );
          assertEquals(own.map(textOf).join(""), text);
        }
        // Even across items, the events arrive in the order of their first deltas.
        const firsts = events.map((event) => Number.parseInt(textOf(event)));
        assertEquals(firsts, firsts.toSorted((one, other) => one - other));
      }),
      { numRuns: 100 },
    );
  },
  { timeoutMs: 60_000 },
);

function runOf(event: ServerNotification): DeltaRun {
  const run = DeltaRun.from(event);
  assert(run !== undefined);
  return run;
}

test("DeltaRun starts only from a delta of an item", () => {
  assert(DeltaRun.from(delta("a")) !== undefined);
  assertEquals(DeltaRun.from(marker("other")), undefined);
  assertEquals(DeltaRun.from(completed()), undefined);
  const bare = { method: "test/no-params" } as unknown as ServerNotification;
  assertEquals(DeltaRun.from(bare), undefined);
});

test("DeltaRun joins many chunks in order into an event of the same shape", () => {
  const pieces = Array.from({ length: 1_000 }, (_, index) => `${index},`);
  const [first = "", ...others] = pieces;
  const run = runOf(delta(first));
  for (const piece of others) assert(run.append(delta(piece)));
  run.complete();
  assertEquals(run.event, delta(pieces.join("")));
});

test("DeltaRun leaves the wire's events unchanged", () => {
  const [first, second] = [delta("a"), delta("b")];
  const run = runOf(first);
  run.append(second);
  run.complete();
  assertEquals(textOf(run.event), "ab");
  assertEquals([first, second].map(textOf), ["a", "b"]);
});

test("DeltaRun rejects deltas of another item, method or part", () => {
  const run = runOf(delta("a"));
  const own = { threadId: "thread", turnId: "turn", itemId: "item", delta: "b" };
  const others: unknown[] = [
    delta("b", { itemId: "other" }),
    { method: "item/reasoning/textDelta", params: own },
    { method: "item/agentMessage/delta", params: { ...own, contentIndex: 1 } },
    { method: "item/agentMessage/delta", params: { ...own, summaryIndex: 0 } },
    { method: "item/agentMessage/delta", params: { ...own, delta: 1 } },
    { method: "item/agentMessage/delta" },
  ];
  for (const other of others) assertEquals(run.append(other as ServerNotification), false);
  run.complete();
  assertEquals(run.event, delta("a"));
});

test("DeltaRun distinguishes deltas of its turn from those of another turn or thread", () => {
  const run = runOf(delta("a"));
  assert(run.isOfTurn(delta("b")));
  assert(!run.isOfTurn(delta("b", { turnId: "other" })));
  assert(!run.isOfTurn(delta("b", { threadId: "other" })));
  assert(!run.isOfTurn({ method: "test/none" } as unknown as ServerNotification));
});
