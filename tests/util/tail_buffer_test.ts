import { TailBuffer, utf8Tail } from "../../src/util/tail_buffer.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test("TailBuffer keeps everything below its limit", () => {
  const buffer = new TailBuffer(8);
  assertEquals(decode(buffer.bytes()), "");
  buffer.push(encode("abc"));
  buffer.push(encode("defgh"));
  assertEquals(decode(buffer.bytes()), "abcdefgh");
  assertEquals(buffer.truncated, false);
});

test("TailBuffer keeps the last bytes, however they are cut into chunks", () => {
  const all = encode(
    Array.from({ length: 300 }, (_, index) => String.fromCharCode(97 + index % 26)).join(""),
  );
  for (const chunkSize of [1, 3, 7, 8, 9, 64, 300]) {
    const buffer = new TailBuffer(8);
    for (let at = 0; at < all.length; at += chunkSize) {
      buffer.push(all.subarray(at, at + chunkSize));
    }
    assertEquals(decode(buffer.bytes()), decode(all.subarray(-8)), `chunks of ${chunkSize}`);
    assertEquals(buffer.truncated, true);
  }
});

test("TailBuffer copies what it is given", () => {
  const buffer = new TailBuffer(4);
  const chunk = encode("ab");
  buffer.push(chunk);
  chunk.fill(0);
  assertEquals(decode(buffer.bytes()), "ab");
});

test("TailBuffer refuses a limit that is no size", () => {
  for (const limit of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => new TailBuffer(limit), RangeError, "limitBytes");
  }
});

test("utf8Tail never splits a character", () => {
  const bytes = encode("aé中😀z");
  for (let limit = 1; limit <= bytes.length; limit++) {
    const tail = decode(utf8Tail(bytes, limit));
    assertEquals("aé中😀z".endsWith(tail), true, `${limit}: ${tail}`);
  }
});
