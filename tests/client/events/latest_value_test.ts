import { LatestValue } from "../../../src/client/events/latest_value.ts";
import type { ServerNotification } from "../../../src/protocol/notification.ts";
import { assertEquals, assertRejects } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

const END = { value: undefined, done: true } as const;

function event(method: string): ServerNotification {
  return { method } as unknown as ServerNotification;
}

function latest(): LatestValue<string> {
  return new LatestValue<string>(({ method }) => method.startsWith("not") ? undefined : method);
}

test("LatestValue gives the newest unread state, and waits when there is none", async () => {
  const value = latest();
  const waiting = value.next();
  for (const method of ["not this", "a"]) value.push(event(method));
  assertEquals(await waiting, { value: "a", done: false });
  for (const method of ["b", "c", "not this"]) value.push(event(method));
  assertEquals(await value.next(), { value: "c", done: false });
});

test("LatestValue.end leaves what is unread, and tells an error once after it", async () => {
  const value = latest();
  value.push(event("a"));
  value.end(new RangeError("gone"));
  value.end();
  value.push(event("too late"));
  assertEquals(await value.next(), { value: "a", done: false });
  await assertRejects(() => value.next(), RangeError, "gone");
  assertEquals(await value.next(), END);
});

test("LatestValue.clear ends a waiting read and forgets what is unread", async () => {
  const [waiting, unread] = [latest(), latest()];
  const read = waiting.next();
  unread.push(event("a"));
  for (const value of [waiting, unread]) value.clear();
  assertEquals([await read, await unread.next(), unread.ended], [END, END, true]);
});
