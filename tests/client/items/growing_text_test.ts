import { GrowingText } from "../../../src/client/items/growing_text.ts";
import { assert, assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { fc } from "../../_support/property.ts";

test("GrowingText gives every reader the new text, whenever it reads", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 600 }), fc.constantFrom("a", "b", "text"))),
      (steps) => {
        const text = new GrowingText();
        const readers = { a: text.reader(), b: text.reader() };
        const read = { a: "", b: "" };
        let sent = "";
        for (const step of steps) {
          if (step === "text") assertEquals(text.text, sent);
          else if (typeof step === "string") read[step as "a"] += readers[step as "a"]();
          else {
            for (let count = step; count > 0; count--) {
              const piece = `${sent.length},`;
              sent += piece;
              text.append(piece);
            }
          }
        }
        for (const name of ["a", "b"] as const) assertEquals(read[name] + readers[name](), sent);
        assertEquals(text.reader()(), sent);
        assertEquals(text.text, sent);
      },
    ),
    { numRuns: 60 },
  );
});

test("GrowingText ignores non-strings", () => {
  const text = new GrowingText();
  assertEquals([undefined, null, 5, "", {}].map((piece) => text.append(piece)), [
    false,
    false,
    false,
    false,
    false,
  ]);
  assertEquals(text.text, "");
});

test("GrowingText.settle gives readers the rest if the final text continues the pieces", () => {
  const text = new GrowingText();
  const reader = text.reader();
  text.append("one ");
  assertEquals(reader(), "one ");
  text.settle("one two");
  assert(!text.append("late"));
  assertEquals([reader(), reader(), text.text, text.reader()()], ["two", "", "one two", "one two"]);
});

test("GrowingText.settle gives the final text to readers that have read nothing, if the pieces differ from it", () => {
  const text = new GrowingText();
  const early = text.reader();
  const idle = text.reader();
  for (const piece of ["3\n", "4\n"]) text.append(piece);
  assertEquals(early(), "3\n4\n");
  text.settle("1\n2\n3\n4\n");
  assertEquals([early(), idle(), idle()], ["", "1\n2\n3\n4\n", ""]);
  assertEquals(text.text, "1\n2\n3\n4\n");

  const shorter = new GrowingText();
  const read = shorter.reader();
  shorter.append("draft of an answer");
  shorter.settle("done");
  assertEquals([read(), read(), shorter.text], ["done", "", "done"]);
});
