import { memoryTransportPair } from "../../src/transport/memory_pair.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { collect, macrotask } from "../conformance/transport_suite.ts";

test("memoryTransportPair delivers the frames that waited for the reader as one batch", async () => {
  const [near, far] = memoryTransportPair();
  const writer = near.writable.getWriter();
  for (const frame of ["1", "2", "3"]) await writer.write(frame);
  const reader = far.readable.getReader();
  assertEquals((await reader.read()).value, ["1", "2", "3"]);
  const waiting = reader.read();
  await writer.write("4");
  await writer.write("5");
  assertEquals((await waiting).value, ["4"]);
  assertEquals((await reader.read()).value, ["5"]);
});

test("memoryTransportPair makes a write wait when highWaterMark frames are unread", async () => {
  const [near, far] = memoryTransportPair({ highWaterMark: 3 });
  const writer = near.writable.getWriter();
  let done = 0;
  const writes = ["1", "2", "3", "4"].map((frame) => writer.write(frame).then(() => done++));
  await macrotask();
  assertEquals(done, 2);
  assertEquals((await far.readable.getReader().read()).value, ["1", "2", "3"]);
  await Promise.all(writes);
  assertEquals(done, 4);
});

test("memoryTransportPair ends both ends when one closes, and reports which one did", async () => {
  const [near, far] = memoryTransportPair();
  await far.writable.getWriter().write("last");
  await near.writable.getWriter().write("unread");
  assertEquals(await near.close(), { kind: "stream", local: true });
  assertEquals(await far.closed, { kind: "stream", local: false });
  assertEquals(await collect(near), [["last"]]);
  assertEquals(await collect(far), [["unread"]]);
});

test("memoryTransportPair lets the peer continue after the writable was closed", async () => {
  const [near, far] = memoryTransportPair();
  await near.writable.close();
  assertEquals(await collect(far), []);
  const writer = far.writable.getWriter();
  await writer.write("still here");
  await writer.close();
  assertEquals(await collect(near), [["still here"]]);
  assertEquals((await near.closed).local, true);
  assertEquals((await far.closed).local, false);
});

test("memoryTransportPair discards frames for a reader that has cancelled", async () => {
  const [near, far] = memoryTransportPair({ highWaterMark: 1 });
  const writer = near.writable.getWriter();
  const pending = writer.write("1");
  await far.readable.cancel();
  await pending;
  for (let index = 0; index < 10; index++) await writer.write("x");
  assert((await near.close()).local);
});
