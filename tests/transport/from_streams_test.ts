import { MessageTooLargeError, TransportClosedError } from "../../src/errors/transport_errors.ts";
import { type StreamExit, transportFromStreams } from "../../src/transport/from_streams.ts";
import { Codex } from "../../mod.ts";
import { deferred } from "../../src/util/deferred.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "../_support/assert.ts";
import { fakeClock } from "../_support/fake_clock.ts";
import { test } from "../_support/test.ts";
import { collect, macrotask, within } from "../conformance/transport_suite.ts";

const encoder = new TextEncoder();

/** A byte stream controlled by the test that counts its pulls. */
function source(): {
  readonly readable: ReadableStream<Uint8Array>;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly seen: { pulls: number; cancelled: unknown };
} {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const seen: { pulls: number; cancelled: unknown } = { pulls: 0, cancelled: undefined };
  const readable = new ReadableStream<Uint8Array>({
    start: (given): void => void (controller = given),
    pull: (): void => void seen.pulls++,
    cancel: (reason): void => void (seen.cancelled = reason),
  }, { highWaterMark: 0 });
  return { readable, controller, seen };
}

/** Streams that never settle. */
function stuck(): {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
} {
  const never = (): Promise<never> => new Promise<never>(() => {});
  return {
    readable: new ReadableStream<Uint8Array>({ pull: never, cancel: never }),
    writable: new WritableStream<Uint8Array>({ write: never, close: never, abort: never }),
  };
}

test("transportFromStreams reports the error of the readable as cause, after the preceding frames", async () => {
  const { readable, controller } = source();
  const transport = transportFromStreams({ readable, writable: new WritableStream() });
  const error = new Error("connection reset");
  controller.enqueue(encoder.encode("1\n"));
  const reading = collect(transport);
  await macrotask();
  controller.error(error);
  assertEquals(await reading, [["1"]]);
  const close = await within(transport.closed);
  assertEquals(close.local, false);
  assertStrictEquals(close.cause, error);
});

test("transportFromStreams reports the error of the writable as cause, and reads the rest", async () => {
  const { readable, controller } = source();
  const error = new Error("EPIPE");
  const writable = new WritableStream<Uint8Array>({
    write(): void {
      throw error;
    },
  });
  const transport = transportFromStreams({ readable, writable });
  const writer = transport.writable.getWriter();
  writer.closed.catch(() => {});
  const refused = await assertRejects(() => writer.write("{}"), TransportClosedError);
  assertStrictEquals(refused.close.cause, error);
  controller.enqueue(encoder.encode("last words\n"));
  controller.close();
  assertEquals(await collect(transport), [["last words"]]);
  const close = await within(transport.closed);
  assertStrictEquals(close.cause, error);
  assertEquals(close.local, false);
});

test("transportFromStreams notices a writable that fails by itself", async () => {
  const { readable } = source();
  const error = new Error("gone");
  let fail!: (error: Error) => void;
  const writable = new WritableStream<Uint8Array>({
    start(controller): void {
      fail = (reason): void => controller.error(reason);
    },
  });
  const transport = transportFromStreams({ readable, writable }, { closeTimeoutMs: 0 });
  fail(error);
  assertStrictEquals((await within(transport.closed)).cause, error);
});

test("transportFromStreams ends with MessageTooLargeError over maxMessageBytes [R-03]", async () => {
  const { readable, controller, seen } = source();
  const transport = transportFromStreams({ readable, writable: new WritableStream() }, {
    maxMessageBytes: 8,
  });
  controller.enqueue(encoder.encode("small\nmuch too large"));
  assertEquals(await collect(transport), [["small"]]);
  const { cause } = await within(transport.closed);
  assertInstanceOf(cause, MessageTooLargeError);
  assertStrictEquals(seen.cancelled, cause);
});

test("transportFromStreams ends with the TypeError of a frame that contains a newline", async () => {
  const { readable } = source();
  const transport = transportFromStreams({ readable, writable: new WritableStream() }, {
    closeTimeoutMs: 0,
  });
  const error = await assertRejects(
    () => transport.writable.getWriter().write("a\nb"),
    TransportClosedError,
  );
  assertInstanceOf(error.close.cause, TypeError);
  await within(transport.closed);
});

test("transportFromStreams closes within closeTimeoutMs when neither stream settles", async () => {
  using clock = fakeClock();
  const transport = transportFromStreams(stuck(), { closeTimeoutMs: 50 });
  const writer = transport.writable.getWriter();
  writer.closed.catch(() => {});
  const writes = Promise.allSettled([writer.write("1"), writer.write("2"), writer.close()]);
  const reading = transport.readable.getReader().read();
  await macrotask(); // the first write is in flight now
  const close = await within(transport.close());
  assertEquals(clock.elapsedMs, 50);
  assertEquals(close, { kind: "stream", local: true });
  assertEquals((await within(reading)).done, true);
  assert((await within(writes)).every(({ status }) => status === "rejected"));
});

test("transportFromStreams closes immediately when forced, even while it is closing", async () => {
  using clock = fakeClock();
  const transport = transportFromStreams(stuck(), { closeTimeoutMs: 60_000 });
  const gentle = transport.close();
  await macrotask();
  const forced = transport.close({ force: true });
  assertStrictEquals(await within(forced), await within(gentle));
  assertEquals(clock.elapsedMs, 0);
});

test("transportFromStreams reads no more than one batch ahead", async () => {
  const { readable, controller, seen } = source();
  const transport = transportFromStreams({ readable, writable: new WritableStream() });
  for (let index = 0; index < 5; index++) controller.enqueue(encoder.encode(`${index}\n`));
  await macrotask();
  assertEquals(controller.desiredSize, -4, "one chunk was taken");
  const reader = transport.readable.getReader();
  await reader.read();
  await macrotask();
  assertEquals(controller.desiredSize, -3);
  assertEquals(seen.pulls, 0);
  await reader.cancel();
  await transport.close({ force: true });
});

test("transportFromStreams propagates the backpressure of the writable", async () => {
  const release: (() => void)[] = [];
  const writable = new WritableStream<Uint8Array>({
    write: (): Promise<void> => new Promise((resolve) => release.push(resolve)),
  });
  const transport = transportFromStreams({ readable: source().readable, writable }, {
    closeTimeoutMs: 0,
  });
  const writer = transport.writable.getWriter();
  writer.closed.catch(() => {});
  let done = 0;
  const first = writer.write("1").then(() => done++);
  const second = writer.write("2").then(() => done++);
  await macrotask();
  assertEquals(done, 0);
  release.shift()?.();
  await first;
  await macrotask();
  assertEquals(done, 1);
  release.shift()?.();
  await second;
  await transport.close();
});

test("transportFromStreams receives what the peer still sends while it closes, within a limit", async () => {
  const { readable, controller } = source();
  const transport = transportFromStreams({ readable, writable: new WritableStream() }, {
    closeTimeoutMs: 50,
  });
  for (let index = 0; index < 200; index++) controller.enqueue(encoder.encode(`${index}\n`));
  await within(transport.close());
  const frames = (await collect(transport)).flat();
  assertEquals(frames, Array.from({ length: 64 }, (_, index) => String(index)));
});

test("transportFromStreams ends when the writable is aborted, with the reason as cause", async () => {
  const { readable } = source();
  const transport = transportFromStreams({ readable, writable: new WritableStream() }, {
    closeTimeoutMs: 0,
  });
  const reason = new Error("never mind");
  await transport.writable.abort(reason);
  const close = await within(transport.closed);
  assertEquals(close.local, true);
  assertStrictEquals(close.cause, reason);
});

test("transportFromStreams has the given name, and rejects invalid limits", async () => {
  const transport = transportFromStreams(stuck(), { name: "ssh" });
  assertEquals(transport.name, "ssh");
  await transport.close({ force: true });
  assertThrows(() => transportFromStreams(stuck(), { maxMessageBytes: -1 }), RangeError);
  assertThrows(() => transportFromStreams(stuck(), { closeTimeoutMs: -1 }), RangeError);
});

test("transportFromStreams over a process reports its exit code, signal and stderr in errors", async () => {
  const ends: readonly (readonly [StreamExit, string, number | null, string | null])[] = [
    [{ code: 3 }, "exited with code 3", 3, null],
    [{ code: 137, signal: "SIGKILL" }, "was ended by SIGKILL", null, "SIGKILL"],
  ];
  for (const [exit, words, code, signal] of ends) {
    const stdout = source();
    const stderr = source();
    const exited = deferred<StreamExit>();
    const codex = new Codex({
      connect: () =>
        Promise.resolve(transportFromStreams(
          { readable: stdout.readable, writable: new WritableStream() },
          { exited: exited.promise, stderr: stderr.readable },
        )),
    });
    const starting = codex.connect();
    starting.catch(() => {});
    await macrotask();
    stderr.controller.enqueue(encoder.encode("Error: no login, token=sk-12345678901234567890\n"));
    stderr.controller.close();
    stdout.controller.close();
    exited.resolve(exit);
    const error = await assertRejects(() => starting, TransportClosedError, words);
    assertEquals([error.exitCode, error.signal], [code, signal]);
    assert(error.stderrTail.startsWith("Error: no login"), error.stderrTail);
    assert(!error.stderrTail.includes("sk-1"), error.stderrTail);
    assert(error.message.includes("no login"), error.message);
    await codex.close();
  }
});

test("transportFromStreams ends with its process, although its streams stay open", async () => {
  using clock = fakeClock();
  for (const fails of [false, true]) {
    const { readable, controller } = source();
    const exited = deferred<StreamExit>();
    const stderr = source();
    const transport = transportFromStreams(
      { readable, writable: new WritableStream() },
      { exited: exited.promise, stderr: stderr.readable, closeTimeoutMs: 500 },
    );
    const reading = collect(transport);
    controller.enqueue(encoder.encode("last\n"));
    const failure = new Error("spawn failed");
    if (fails) exited.reject(failure);
    else exited.resolve({ code: 0 });
    await clock.advance(499);
    let isClosed = false;
    void transport.closed.then(() => isClosed = true);
    await macrotask();
    assertEquals(isClosed, false);
    await clock.advance(1);
    await clock.advance(500); // stderr stays open too
    assertEquals(await reading, [["last"]]);
    const close = await within(transport.closed);
    assertEquals(close, {
      kind: "process",
      local: false,
      code: fails ? null : 0,
      signal: null,
      stderrTail: "",
      ...(fails ? { cause: failure } : {}),
    });
  }
});

test("transportFromStreams checks the promise of the exit, and closes a process by the end of its input", async () => {
  const streams = new TransformStream<Uint8Array, Uint8Array>();
  assertThrows(
    () => transportFromStreams(streams, { exited: {} as never }),
    TypeError,
    '"exited" must be a promise',
  );
  const exited = deferred<StreamExit>();
  const { readable, controller } = source();
  const transport = transportFromStreams({
    readable,
    writable: new WritableStream({
      close(): void { // the process reads the end of its stdin
        controller.close();
        exited.resolve({ code: 0 });
      },
    }),
  }, { exited: exited.promise });
  const { kind, local, code } = await within(transport.close()) as { kind: string } & StreamExit & {
    local: boolean;
  };
  assertEquals([kind, local, code], ["process", true, 0]);
});
