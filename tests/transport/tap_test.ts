import { memoryTransportPair } from "../../src/transport/memory_pair.ts";
import { tapTransport } from "../../src/transport/tap.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("tapTransport reports every frame in order, a sent one before its reply", async () => {
  const [near, far] = memoryTransportPair();
  const seen: string[] = [];
  const tapped = tapTransport(near, {
    onSend: (frame) => seen.push(`> ${frame}`),
    onReceive: (frame) => seen.push(`< ${frame}`),
  });
  const answering = (async () => {
    const writer = far.writable.getWriter();
    for await (const batch of far.readable) {
      for (const frame of batch) await writer.write(`reply ${frame}`);
    }
  })();
  const writer = tapped.writable.getWriter();
  const reader = tapped.readable.getReader();
  for (const frame of ["1", "2", "3"]) {
    const writing = writer.write(frame);
    assertEquals((await reader.read()).value, [`reply ${frame}`]);
    await writing;
  }
  await tapped.close();
  await answering;
  assertEquals(seen, ["> 1", "< reply 1", "> 2", "< reply 2", "> 3", "< reply 3"]);
});

test("tapTransport continues when the tap throws", async () => {
  const [near, far] = memoryTransportPair();
  const fail = (): never => {
    throw new Error("disk full");
  };
  const tapped = tapTransport(near, { onSend: fail, onReceive: fail });
  await tapped.writable.getWriter().write("out");
  assertEquals((await far.readable.getReader().read()).value, ["out"]);
  await far.writable.getWriter().write("in");
  assertEquals((await tapped.readable.getReader().read()).value, ["in"]);
  await tapped.close();
});

test("tapTransport keeps the name and the process id", async () => {
  const [near] = memoryTransportPair();
  assertEquals(tapTransport(near, {}).name, "memory");
  assertEquals("pid" in tapTransport(memoryTransportPair()[0], {}), false);
  const [withPid] = memoryTransportPair();
  assertEquals(tapTransport(Object.assign(withPid, { pid: 42 }), {}).pid, 42);
  await near.close();
});

test("tapTransport forwards a cancel to the transport", async () => {
  const [near, far] = memoryTransportPair({ highWaterMark: 1 });
  const tapped = tapTransport(near, {});
  const pending = far.writable.getWriter().write("unread");
  await tapped.readable.cancel();
  await pending;
  await tapped.close();
});
