import { drainPipe } from "../../src/process/drain_pipe.ts";
import { deferred } from "../../src/util/deferred.ts";
import { PushStream, type Sink } from "../../src/util/push_stream.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { until } from "./_current.ts";

function pipe(): {
  readable: ReadableStream<Uint8Array>;
  push: (byte: number) => void;
  end: () => void;
  cancelled: () => boolean;
} {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let cancelled = false;
  const readable = new ReadableStream<Uint8Array>({
    start: (given): void => void (controller = given),
    cancel: (): void => void (cancelled = true),
  });
  return {
    readable,
    push: (byte) => controller.enqueue(Uint8Array.of(byte)),
    end: () => controller.close(),
    cancelled: () => cancelled,
  };
}

test("drainPipe reads to the end of the pipe", async () => {
  const { readable, push, end } = pipe();
  const seen: number[] = [];
  const drained = drainPipe(readable, {
    exited: new Promise(() => {}),
    onChunk: ([byte = 0]) => void seen.push(byte),
  });
  push(1);
  push(2);
  end();
  await drained;
  assertEquals(seen, [1, 2]);
});

test("drainPipe reads only when there is room, until the exit [R-14]", async () => {
  const { readable, push, end } = pipe();
  const exited = deferred<void>();
  const seen: number[] = [];
  const gate = deferred<void>();
  const drained = drainPipe(readable, {
    exited: exited.promise,
    room: () => gate.promise,
    onChunk: ([byte = 0]) => void seen.push(byte),
  });
  for (let byte = 0; byte < 100; byte++) push(byte);
  end();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(seen, []);
  exited.resolve();
  gate.resolve();
  await drained;
  assertEquals(seen.length, 100);
});

test("drainPipe waits for 250 ms of silence after each chunk after the exit, then stops [R-14]", async () => {
  using clock = fakeClock();
  const { readable, push, cancelled } = pipe();
  const seen: number[] = [];
  const drained = drainPipe(readable, {
    exited: Promise.resolve(),
    onChunk: ([byte = 0]) => void seen.push(byte),
  });
  // Each arrives well after the last one, and the three together take longer than one silence.
  for (const byte of [1, 2, 3]) {
    await clock.advance(201);
    push(byte);
  }
  await drained;
  assertEquals(seen, [1, 2, 3]);
  assert(cancelled());
  // It counts in ticks of 50 ms.
  assertEquals(clock.elapsedMs, 900);
});

// In real time, because the test blocks the event loop.
test("drainPipe does not mistake a blocked event loop for silence", async () => {
  const { readable, push, end } = pipe();
  const seen: number[] = [];
  const drained = drainPipe(readable, {
    exited: Promise.resolve(),
    onChunk: ([byte = 0]) => void seen.push(byte),
  });
  await new Promise((resolve) => setTimeout(resolve, 60));
  const blockedUntil = performance.now() + 400;
  while (performance.now() < blockedUntil);
  setTimeout(() => (push(7), end()), 30);
  await drained;
  assertEquals(seen, [7]);
});

test("drainPipe ends although a grandchild keeps writing", async () => {
  using clock = fakeClock();
  const { readable, push, cancelled } = pipe();
  const writing = setInterval(() => cancelled() || push(1), 20);
  await drainPipe(readable, { exited: Promise.resolve(), onChunk: () => {} });
  clearInterval(writing);
  assert(cancelled());
  assertEquals(clock.elapsedMs, 3_000);
});

test("drainPipe treats a failing pipe as ended", async () => {
  const readable = new ReadableStream<Uint8Array>({
    start: (controller): void => controller.error(new Error("EIO")),
  });
  await drainPipe(readable, { exited: Promise.resolve(), onChunk: () => {} });
  await until(() => true);
});

test("drainPipe reads a pipe of bytes into its own buffer, which it uses again", async () => {
  const sizes: (number | undefined)[] = [];
  const seen: string[] = [];
  const chunks = ["one", "two", "three"].map((text) => new TextEncoder().encode(text));
  const readable = new ReadableStream({
    type: "bytes",
    pull(controller): void {
      const view = controller.byobRequest?.view ?? undefined;
      sizes.push(view?.byteLength);
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      if (view instanceof Uint8Array && chunk !== undefined) view.set(chunk);
      controller.byobRequest?.respond(chunk?.length ?? 0);
    },
  });
  await drainPipe(readable, {
    exited: new Promise(() => {}),
    onChunk: (chunk) => void seen.push(new TextDecoder().decode(chunk)),
  });
  assertEquals(seen, ["one", "two", "three"]);
  assertEquals(sizes, Array(4).fill(64 * 1024));
});

test("drainPipe has a pipe push its chunks if its consumer never makes it wait", async () => {
  let push: Sink<Uint8Array> | undefined;
  let end = (): void => {};
  const readable = new PushStream<Uint8Array>({
    start: (controller): void => void (end = () => controller.close()),
    push: (sink): boolean => {
      push = sink;
      return true;
    },
  });
  const seen: number[] = [];
  const drained = drainPipe(readable, {
    exited: new Promise(() => {}),
    isPushed: () => true,
    onChunk: ([byte = 0]) => void seen.push(byte),
  });
  push?.(Uint8Array.of(1));
  push?.(Uint8Array.of(2));
  assertEquals(seen, [1, 2]); // in the same turn: no promise between
  end();
  await drained;
});
