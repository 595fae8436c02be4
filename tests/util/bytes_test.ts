import { decodeBase64, encodeBase64 } from "../../src/util/bytes.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const bytes = Uint8Array.from({ length: 100_003 }, (_, index) => (index * 97 + (index >> 8)) & 255);

test("encodeBase64 and decodeBase64 are inverses, whatever the length", () => {
  for (const length of [0, 1, 2, 3, 4, 255, 24_575, 24_576, 24_577, 100_003]) {
    const some = bytes.subarray(0, length);
    const text = encodeBase64(some);
    assertEquals(text.length, Math.ceil(length / 3) * 4);
    assertEquals(decodeBase64(text), some);
  }
  assertEquals(encodeBase64(new TextEncoder().encode("héllo")), "aMOpbGxv");
});

test("encodeBase64 and decodeBase64 work without native methods of the runtime", () => {
  const text = encodeBase64(bytes);
  const plain = bytes.slice();
  Object.defineProperty(plain, "toBase64", { value: undefined });
  assertEquals(encodeBase64(plain), text);
  const native = Object.getOwnPropertyDescriptor(Uint8Array, "fromBase64");
  Object.defineProperty(Uint8Array, "fromBase64", { value: undefined, configurable: true });
  try {
    assertEquals(decodeBase64(text), bytes);
    assertThrows(() => decodeBase64("???"), Error);
  } finally {
    if (native === undefined) delete (Uint8Array as { fromBase64?: unknown }).fromBase64;
    else Object.defineProperty(Uint8Array, "fromBase64", native);
  }
});

test("decodeBase64 rejects text that is not base64", () => {
  for (const text of ["???", "a", "aGVsbG8===="]) assertThrows(() => decodeBase64(text), Error);
});
