import { stringifyFrame } from "../../src/rpc/messages.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { fc } from "../_support/property.ts";

test("stringifyFrame replaces a lone surrogate in values and keys [R-07]", () => {
  assertEquals(
    stringifyFrame({ "k\udc00": ["a\ud800b", { v: "\udfff\ud83d\ude00\ud83d" }] }),
    '{"k\ufffd":["a\ufffdb",{"v":"\ufffd\u{1f600}\ufffd"}]}',
  );
});

test("stringifyFrame keeps text that only looks like an escaped surrogate [R-07]", () => {
  const message = { path: "C:\\ud800", text: "\\\\ud800 \\\ud800", pair: "\u{1f600}" };
  assertEquals(
    JSON.parse(stringifyFrame(message)),
    { ...message, text: "\\\\ud800 \\\ufffd" },
  );
});

test("stringifyFrame returns the well-formed message in one line, whatever the text [R-01] [R-07]", () => {
  const unit = fc.constantFrom(
    "\ud800",
    "\udbff",
    "\udc00",
    "\\",
    "u",
    "d800",
    '"',
    "\n",
    "\r",
    "a",
  );
  const text = fc.array(unit, { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(fc.property(text, text, (key, value) => {
    const frame = stringifyFrame({ [key]: [value] });
    assertEquals(JSON.parse(frame), { [key.toWellFormed()]: [value.toWellFormed()] });
    assert(!/[\n\r]/.test(frame));
  }));
});
