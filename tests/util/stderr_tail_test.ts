import { STDERR_TAIL_BYTES, StderrTail, TailBuffer, utf8Tail } from "../../src/util/stderr_tail.ts";
import { assert, assertEquals, assertLessOrEqual, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const KEY = "sk-Zm9vYmFyYmF6cXV4MTIzNDU2";

test("StderrTail decodes characters split between two writes [R-02]", () => {
  const tail = new StderrTail();
  for (const byte of encode("é中😀\n")) tail.push(Uint8Array.of(byte));
  assertEquals(tail.text(), "é中😀\n");
});

test("StderrTail redacts a secret split between two writes", () => {
  for (let cut = 0; cut <= KEY.length; cut++) {
    const tail = new StderrTail();
    tail.push(encode(`key ${KEY.slice(0, cut)}`));
    tail.push(encode(`${KEY.slice(cut)} end`));
    assertEquals(tail.text(), "key sk-[redacted] end");
  }
});

test("StderrTail never shows a partial secret at its limit", () => {
  // The redacted text is far below the limit, so the very start of the kept bytes is shown.
  for (const pair of ["Bearer Zm9vYmFyYmF6 ", "api_key = Zm9vYmFyYmF6 ", `${KEY} `, `${KEY}\n`]) {
    for (let after = 0; after <= pair.length; after++) {
      const tail = new StderrTail();
      tail.push(encode(pair.repeat(6_000)));
      tail.push(encode("y".repeat(after)));
      const text = tail.text();
      assert(!/Z|m9|mF/.test(text), `${after} bytes after ${pair}: ${text.slice(0, 60)}`);
    }
  }
});

test("StderrTail shows at most 64 KiB, without half a character", () => {
  const tail = new StderrTail();
  tail.push(encode("😀é".repeat(50_000)));
  const text = tail.text();
  assertLessOrEqual(encode(text).length, STDERR_TAIL_BYTES);
  assert(encode(text).length > STDERR_TAIL_BYTES - 8);
  assert(!text.includes("\ufffd"));
});

test("StderrTail drops colours and finds the secrets that they split [R-06]", () => {
  const tail = new StderrTail();
  const text =
    "\x1b[31mERROR\x1b[0m \x1b[3mapi_key\x1b[0m\x1b[2m=\x1b[0mabcdefghijk Bearer\x1b[0m abcdefghij " +
    "\x1b]8;;http://x\x07link\x1b]8;;\x1b\\ \x1b(B end";
  tail.push(new TextEncoder().encode(text));
  assertEquals(tail.text(), "ERROR api_key=[redacted] Bearer [redacted] link  end");
});

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test("TailBuffer keeps everything below its limit", () => {
  const buffer = new TailBuffer(8);
  assertEquals(decode(buffer.bytes()), "");
  buffer.push(encode("abc"));
  buffer.push(encode("defgh"));
  assertEquals(decode(buffer.bytes()), "abcdefgh");
  assertEquals(buffer.truncated, false);
});

test("TailBuffer keeps the last bytes, however they are split into chunks", () => {
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

test("TailBuffer copies its input", () => {
  const buffer = new TailBuffer(4);
  const chunk = encode("ab");
  buffer.push(chunk);
  chunk.fill(0);
  assertEquals(decode(buffer.bytes()), "ab");
});

test("TailBuffer rejects an invalid limit", () => {
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
