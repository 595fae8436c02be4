import {
  BoundedQueue,
  LatestValue,
  PendingReads,
} from "../../../src/client/events/value_queues.ts";
import { StreamOverflowError } from "../../../src/errors/turn_errors.ts";
import type { ServerNotification } from "../../../src/protocol/notification.ts";
import { assertEquals, assertInstanceOf, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { reasonOf } from "../_fixture.ts";

const END = { value: undefined, done: true } as const;

function event(method: string): ServerNotification {
  return { method } as unknown as ServerNotification;
}

function latest(): LatestValue<string> {
  return new LatestValue<string>(({ method }) => method.startsWith("not") ? undefined : method);
}

test("PendingReads gives each value to the oldest read, once", async () => {
  const reads = new PendingReads<string>();
  assertEquals(reads.give("nobody waits"), false);
  const [first, second] = [reads.next(), reads.next()];
  assertEquals([reads.give("a"), reads.give("b"), reads.give("c")], [true, true, false]);
  assertEquals(await first, { value: "a", done: false });
  assertEquals(await second, { value: "b", done: false });
});

test("PendingReads.end settles every read, now and later, and reports an error to only one", async () => {
  const reads = new PendingReads<string>();
  const [first, second] = [reads.next(), reads.next()];
  reads.end(new Error("gone"));
  reads.end(new Error("too late"));
  assertEquals(reads.ended, true);
  assertEquals((await assertRejects(() => first, Error)).message, "gone");
  assertEquals(await second, { value: undefined, done: true });
  assertEquals(await reads.next(), { value: undefined, done: true });

  const unread = new PendingReads<string>();
  unread.end(new Error("kept for whom it concerns"));
  await assertRejects(() => unread.next(), Error, "kept for");
  assertEquals((await unread.next()).done, true);
});

test("BoundedQueue returns values in order, read before or after they arrive", async () => {
  const queue = new BoundedQueue<number>(8);
  const reads = [queue.next(), queue.next()];
  for (const value of [1, 2, 3, 4]) queue.push(value);
  assertEquals((await Promise.all(reads)).map(({ value }) => value), [1, 2]);
  assertEquals((await queue.next()).value, 3);
  for (const value of [5, 6]) queue.push(value);
  assertEquals(queue.pending, 3);
  const rest = [await queue.next(), await queue.next(), await queue.next()];
  assertEquals(rest.map(({ value }) => value), [4, 5, 6]);
});

test("BoundedQueue fails once past its limit and keeps nothing", async () => {
  const queue = new BoundedQueue<number>(2);
  for (const value of [1, 2, 3, 4]) queue.push(value);
  assertEquals([queue.pending, queue.ended], [0, true]);
  const error = await reasonOf(queue.next());
  assertInstanceOf(error, StreamOverflowError);
  assertEquals([(error as StreamOverflowError).limit, await queue.next()], [2, END]);
});

test("BoundedQueue.end leaves unread values readable, then reports the error once", async () => {
  const queue = new BoundedQueue<number>(8);
  queue.push(1);
  queue.end(new RangeError("gone"));
  queue.end();
  queue.push(2);
  assertEquals((await queue.next()).value, 1);
  await assertRejects(() => queue.next(), RangeError, "gone");
  assertEquals(await queue.next(), END);
});

test("BoundedQueue.end settles waiting reads: the first rejects with the error", async () => {
  const queue = new BoundedQueue<number>(8);
  const [first, second] = [queue.next(), queue.next()];
  queue.end(new RangeError("gone"));
  await assertRejects(() => first, RangeError, "gone");
  assertEquals(await second, END);
});

test("BoundedQueue.clear returns the unread values in order and ends the queue", async () => {
  const queue = new BoundedQueue<number>(8);
  for (const value of [1, 2, 3]) queue.push(value);
  await queue.next();
  for (const value of [4, 5]) queue.push(value);
  assertEquals(queue.clear(), [2, 3, 4, 5]);
  assertEquals([await queue.next(), queue.pending], [END, 0]);
});

test("LatestValue returns the newest unread state, and waits if there is none", async () => {
  const value = latest();
  const waiting = value.next();
  for (const method of ["not this", "a"]) value.push(event(method));
  assertEquals(await waiting, { value: "a", done: false });
  for (const method of ["b", "c", "not this"]) value.push(event(method));
  assertEquals(await value.next(), { value: "c", done: false });
});

test("LatestValue.end leaves the unread state readable, then reports the error once", async () => {
  const value = latest();
  value.push(event("a"));
  value.end(new RangeError("gone"));
  value.end();
  value.push(event("too late"));
  assertEquals(await value.next(), { value: "a", done: false });
  await assertRejects(() => value.next(), RangeError, "gone");
  assertEquals(await value.next(), END);
});

test("LatestValue.clear ends a waiting read and discards the unread state", async () => {
  const [waiting, unread] = [latest(), latest()];
  const read = waiting.next();
  unread.push(event("a"));
  for (const value of [waiting, unread]) value.clear();
  assertEquals([await read, await unread.next(), unread.ended], [END, END, true]);
});
