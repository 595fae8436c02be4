import { completeLength } from "../../src/framing/utf8_boundary.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("completeLength leaves out a code point that is cut, of every length", () => {
  for (const character of ["\u00e9", "\u4e2d", "\u{1f600}"]) {
    const bytes = new TextEncoder().encode(`a${character}`);
    assertEquals(completeLength(bytes), bytes.length);
    for (let end = 2; end < bytes.length; end++) {
      assertEquals(completeLength(bytes.subarray(0, end)), 1);
    }
  }
});

test("completeLength takes bytes that no later byte can complete", () => {
  for (const bytes of [[], [0x41], [0x80], [0x80, 0x80, 0x80, 0x80], [0xc3, 0x41], [0xe2, 0x0a]]) {
    assertEquals(completeLength(Uint8Array.from(bytes)), bytes.length);
  }
});
