import { PendingReads } from "../../../src/client/events/pending_reads.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

test("PendingReads gives each value to the read that has waited longest, and to none twice", async () => {
  const reads = new PendingReads<string>();
  assertEquals(reads.give("nobody waits"), false);
  const [first, second] = [reads.next(), reads.next()];
  assertEquals([reads.give("a"), reads.give("b"), reads.give("c")], [true, true, false]);
  assertEquals(await first, { value: "a", done: false });
  assertEquals(await second, { value: "b", done: false });
});

test("PendingReads.end ends every read, now and later, and tells an error to one alone", async () => {
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
