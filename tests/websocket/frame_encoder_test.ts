import { FrameEncoder } from "../../src/websocket/frame_encoder.ts";
import { assert, assertEquals, assertNotEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { type ClientFrame, RawServer } from "./_raw_server.ts";

const MIB = 1024 ** 2;

/** Reads encoded frames as a server does. */
async function read(frames: Iterable<Uint8Array>): Promise<ClientFrame[]> {
  const server = new RawServer();
  const writer = server.streams.writable.getWriter();
  const writing = (async () => {
    for (const frame of frames) await writer.write(frame);
    await writer.close();
  })();
  const all: ClientFrame[] = [];
  for (;;) {
    const frame = await server.frame();
    if (frame === undefined) break;
    all.push(frame);
  }
  await writing;
  return all;
}

test("FrameEncoder masks frames of every length [R-107]", async () => {
  const encoder = new FrameEncoder();
  for (const length of [0, 1, 2, 3, 4, 5, 7, 125, 126, 127, 65_535, 65_536, 65_537]) {
    const text = Array.from({ length }, (_, at) => String.fromCharCode(33 + at % 90)).join("");
    const [only, ...others] = await read(encoder.message(encoder.bytesOf(text)));
    assertEquals([only?.isLast, only?.opcode, only?.isMasked, others.length], [true, 1, true, 0]);
    assertEquals(new TextDecoder().decode(only?.payload), text, `${length} bytes`);
  }
});

test("FrameEncoder uses a new mask for each frame [R-107]", () => {
  const encoder = new FrameEncoder();
  const masks = Array.from({ length: 600 }, () => {
    return encoder.control(9, new Uint8Array(0)).slice(2, 6).join();
  });
  assert(new Set(masks).size > 590, "masks are random");
  assertNotEquals(masks[0], masks[1]);
});

test("FrameEncoder fragments messages above 16 MiB, and no others [R-107]", () => {
  const encoder = new FrameEncoder();
  const headers = (length: number): number[] =>
    [...encoder.message(new Uint8Array(length))].map((frame) => frame[0] ?? 0);
  assertEquals(headers(16 * MIB), [0x81]);
  assertEquals(headers(16 * MIB + 1), [0x01, 0x00, 0x00, 0x00, 0x80]);
  const sizes = [...encoder.message(new Uint8Array(17 * MIB))].map(({ length }) => length - 14);
  assertEquals([Math.max(...sizes), sizes.reduce((sum, size) => sum + size)], [4 * MIB, 17 * MIB]);
});

test("FrameEncoder writes close codes, and none for 1005 [R-107]", async () => {
  const encoder = new FrameEncoder();
  const frames = await read([encoder.close(1002), encoder.close(1005)]);
  assertEquals(frames.map(({ opcode, payload }) => [opcode, ...payload]), [[8, 3, 234], [8]]);
});
