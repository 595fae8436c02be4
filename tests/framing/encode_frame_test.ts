import { encodeFrame } from "../../src/framing/encode_frame.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("encodeFrame gives UTF-8 and one newline", () => {
  assertEquals(
    encodeFrame('"\u00e9\u2028\u{1f600}"'),
    Uint8Array.of(0x22, 0xc3, 0xa9, 0xe2, 0x80, 0xa8, 0xf0, 0x9f, 0x98, 0x80, 0x22, 0x0a),
  );
});

test("encodeFrame replaces a raw lone surrogate", () => {
  assertEquals(encodeFrame('"\ud800"'), Uint8Array.of(0x22, 0xef, 0xbf, 0xbd, 0x22, 0x0a));
});

test("encodeFrame refuses a frame that holds a newline", () => {
  assertThrows(() => encodeFrame('{\n"id": 1}'), TypeError, "newline");
});
