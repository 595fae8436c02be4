import { printable } from "../../mod.ts";
import { assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { fc } from "../_support/property.ts";

test("printable shows control codes and escape sequences [R-106]", () => {
  const texts: Record<string, string> = {
    "echo EVIL > f #\r\x1b[2K$ ls": "echo EVIL > f #\\r\\x1b[2K$ ls",
    "\x1b]0;title\x07": "\\x1b]0;title\\x07",
    "a\bb\x7f\0": "a\\x08b\\x7f\\x00",
    "\x9b2J": "\\x9b2J",
    "\u2028\u2029\x85": "\\u2028\\u2029\\x85",
  };
  for (const [text, shown] of Object.entries(texts)) assertEquals(printable(text), shown);
});

test("printable shows what has no width or changes the direction [R-106]", () => {
  assertEquals(printable("a\u200bb\u200d\ufeff\u00ad"), "a\\u200bb\\u200d\\ufeff\\xad");
  assertEquals(printable("\u202egnp.exe\u2066\u061c"), "\\u202egnp.exe\\u2066\\u061c");
  assertEquals(printable("\u{e0041}\u{e0100}\u3164"), "\\u{e0041}\\u{e0100}\\u3164");
  assertEquals(printable("x\ufe0f y\ud800"), "x\\ufe0f y\\ud800");
});

test("printable keeps ordinary text, newlines and tabs", () => {
  const text = "Zeile 1\n\tZeile 2: äé 漢字 😀 ⚠\ufe0f \\x1b $'\\n'";
  assertEquals(printable(text), text);
  assertEquals(printable("a\n\tb\r\n", { oneLine: true }), "a\\n\\tb\\r\\n");
});

/** Characters that a terminal obeys or does not show, checked by number and not by the pattern under test. */
function isHidden(code: number): boolean {
  return code < 32 && code !== 9 && code !== 10 || code >= 127 && code < 160 ||
    code === 0xad || code === 0x61c || code === 0xfeff || code >= 0x200b && code <= 0x200f ||
    code >= 0x2028 && code <= 0x202e || code >= 0x2060 && code <= 0x206f ||
    code >= 0xd800 && code <= 0xdfff || code >= 0xe0000 && code <= 0xe0fff;
}

test("printable leaves no control code in any string, and changes nothing twice [R-106]", () => {
  const hidden = fc.integer({ min: 0, max: 0x10ffff }).filter(isHidden)
    .map((code) => String.fromCodePoint(code));
  const anything = fc.string({ unit: "binary" });
  const text = fc.array(fc.oneof(hidden, anything, fc.constantFrom("\x1b[", "⚠\ufe0f", "\ufe0f")))
    .map((parts) => parts.join(""));
  fc.assert(fc.property(text, fc.boolean(), (before, oneLine) => {
    const after = printable(before, { oneLine });
    const left = [...after].filter((one) => isHidden(one.codePointAt(0) ?? 0));
    assertEquals([left, printable(after, { oneLine })], [[], after]);
    if (oneLine) assertEquals(/[\n\t]/.test(after), false);
  }));
});

test("printable changes every code point that is hidden", () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    const one = String.fromCodePoint(code);
    if (isHidden(code) && printable(one) === one) throw new Error(`kept ${code.toString(16)}`);
  }
});

test("printable refuses what is not text, and unknown options", () => {
  const call = printable as (text: unknown, options?: unknown) => string;
  assertThrows(() => call(null), TypeError, "needs a string, got null");
  assertThrows(() => call("x", 1), TypeError, "options of printable() must be an object");
  assertThrows(() => call("x", { oneline: true }), TypeError, 'did you mean "oneLine"?');
  assertThrows(() => call("x", { oneLine: 1 }), TypeError, "must be a boolean");
});
