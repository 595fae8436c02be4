import { MessageTooLargeError } from "../../src/errors/transport_errors.ts";
import { encodeFrame, frameStream } from "../../src/framing/frames.ts";
import {
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("encodeFrame returns UTF-8 and one newline", () => {
  assertEquals(
    encodeFrame('"\u00e9\u2028\u{1f600}"'),
    Uint8Array.of(0x22, 0xc3, 0xa9, 0xe2, 0x80, 0xa8, 0xf0, 0x9f, 0x98, 0x80, 0x22, 0x0a),
  );
});

test("encodeFrame replaces a raw lone surrogate", () => {
  assertEquals(encodeFrame('"\ud800"'), Uint8Array.of(0x22, 0xef, 0xbf, 0xbd, 0x22, 0x0a));
});

test("encodeFrame rejects a frame that contains a newline", () => {
  assertThrows(() => encodeFrame('{\n"id": 1}'), TypeError, "newline");
});

const encoder = new TextEncoder();

/** A source that counts its pulls and records the reason of its cancellation. */
function sourceOf(...chunks: (string | Error)[]): {
  readonly stream: ReadableStream<Uint8Array>;
  readonly seen: { pulls: number; cancelled: unknown };
} {
  const seen: { pulls: number; cancelled: unknown } = { pulls: 0, cancelled: undefined };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller): void {
      const chunk = chunks[seen.pulls++];
      if (chunk === undefined) controller.close();
      else if (typeof chunk === "string") controller.enqueue(encoder.encode(chunk));
      else controller.error(chunk);
    },
    cancel(reason): void {
      seen.cancelled = reason;
    },
  }, { highWaterMark: 0 });
  return { stream, seen };
}

test("frameStream returns one batch per chunk that completed a line, and none for others", async () => {
  const batches: (readonly string[])[] = [];
  const { stream } = sourceOf("1\n2\n3", "", "x", "4\n", "\n", "5");
  for await (const batch of frameStream(stream)) batches.push(batch);
  assertEquals(batches, [["1", "2"], ["3x4"], [""], ["5"]]);
});

test("frameStream reads a chunk only when a batch is requested", async () => {
  const { stream, seen } = sourceOf("1\n", "2\n", "3\n");
  const reader = frameStream(stream).getReader();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(seen.pulls, 0);
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(seen.pulls, 1);
  await reader.cancel();
});

test("frameStream forwards a cancel to the source", async () => {
  const { stream, seen } = sourceOf("1\n", "2\n");
  const reader = frameStream(stream).getReader();
  await reader.read();
  await reader.cancel("enough");
  assertEquals(seen.cancelled, "enough");
});

test("frameStream fails with the source's own error, after the preceding batches", async () => {
  const error = new Error("broken pipe");
  const reader = frameStream(sourceOf("1\n2", error).stream).getReader();
  assertEquals((await reader.read()).value, ["1"]);
  assertStrictEquals(await assertRejects(() => reader.read(), Error), error);
});

test("frameStream fails a large line after the preceding lines, and cancels the source [R-03]", async () => {
  const { stream, seen } = sourceOf("1\n2\n12345", "6\n");
  const reader = frameStream(stream, { maxMessageBytes: 4 }).getReader();
  assertEquals((await reader.read()).value, ["1", "2"]);
  const error = await assertRejects(() => reader.read(), MessageTooLargeError);
  assertEquals(error.limitBytes, 4);
  assertStrictEquals(seen.cancelled, error);
  assertEquals(seen.pulls, 1, "the failure does not wait for another chunk");
});
