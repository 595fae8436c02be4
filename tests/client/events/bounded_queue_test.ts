import { BoundedQueue } from "../../../src/client/events/bounded_queue.ts";
import { StreamOverflowError } from "../../../src/errors/turn_errors.ts";
import { assertEquals, assertInstanceOf, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { reasonOf } from "../_fixture.ts";

const END = { value: undefined, done: true } as const;

test("BoundedQueue hands values out in order, read before or after they come", async () => {
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

test("BoundedQueue fails past its limit, once, and keeps nothing", async () => {
  const queue = new BoundedQueue<number>(2);
  for (const value of [1, 2, 3, 4]) queue.push(value);
  assertEquals([queue.pending, queue.ended], [0, true]);
  const error = await reasonOf(queue.next());
  assertInstanceOf(error, StreamOverflowError);
  assertEquals([(error as StreamOverflowError).limit, await queue.next()], [2, END]);
});

test("BoundedQueue.end lets the reader read on, and then tells the error once", async () => {
  const queue = new BoundedQueue<number>(8);
  queue.push(1);
  queue.end(new RangeError("gone"));
  queue.end();
  queue.push(2);
  assertEquals((await queue.next()).value, 1);
  await assertRejects(() => queue.next(), RangeError, "gone");
  assertEquals(await queue.next(), END);
});

test("BoundedQueue.end settles reads that wait: the first is told the error", async () => {
  const queue = new BoundedQueue<number>(8);
  const [first, second] = [queue.next(), queue.next()];
  queue.end(new RangeError("gone"));
  await assertRejects(() => first, RangeError, "gone");
  assertEquals(await second, END);
});

test("BoundedQueue.clear gives what is unread in its order, and ends", async () => {
  const queue = new BoundedQueue<number>(8);
  for (const value of [1, 2, 3]) queue.push(value);
  await queue.next();
  for (const value of [4, 5]) queue.push(value);
  assertEquals(queue.clear(), [2, 3, 4, 5]);
  assertEquals([await queue.next(), queue.pending], [END, 0]);
});
