import * as fc from "fast-check";
import { GrowingText } from "../../../src/client/items/growing_text.ts";
import { liveItem } from "../../../src/client/items/live_kinds.ts";
import { agentMessage } from "../../../testing.ts";
import { assert, assertEquals, assertLess } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

test("GrowingText gives every reader what is new, whenever it reads", () => {
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

test("GrowingText passes over what is no text", () => {
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

test("GrowingText.settle gives readers the rest where the whole goes on from the pieces", () => {
  const text = new GrowingText();
  const reader = text.reader();
  text.append("one ");
  assertEquals(reader(), "one ");
  text.settle("one two");
  assert(!text.append("late"));
  assertEquals([reader(), reader(), text.text, text.reader()()], ["two", "", "one two", "one two"]);
});

test("GrowingText.settle gives the whole to who has read nothing, where the pieces were others", () => {
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

test(
  "GrowingText takes linear time for one who reads every piece and one who reads at the end",
  () => {
    const time = (pieces: number): number => {
      const text = new GrowingText();
      const readers = [text.reader(), text.reader()] as const;
      let letters = 0;
      const start = performance.now();
      for (let index = 0; index < pieces; index++) {
        text.append("a few letters ");
        letters += readers[0]().length;
        if (index % 300 === 0) letters += readers[1]().length; // always a block behind
      }
      letters += text.text.length;
      assert(letters >= pieces * 28 - 300 * 14);
      return performance.now() - start;
    };
    const best = (pieces: number): number => Math.min(time(pieces), time(pieces), time(pieces));
    time(50_000);
    // 16 times as long, were it not for the machine; squared, 256.
    assertLess(best(400_000), 80 * best(25_000) + 30);
  },
  { timeoutMs: 30_000 },
);

test("LiveItem takes linear time for a UI that looks at the item after every delta", async () => {
  const time = async (deltas: number): Promise<number> => {
    const live = liveItem(agentMessage("m", ""), { threadId: "t", turnId: "u" });
    const updates = live.updates();
    const params = { threadId: "t", turnId: "u", itemId: "m", delta: "a few letters " };
    const start = performance.now();
    let length = 0;
    for (let index = 0; index < deltas; index++) {
      live.fold({ method: "item/agentMessage/delta", params });
      const { value } = await updates.next();
      length = (value as { readonly text: string }).text.length;
    }
    assert(length === 14 * deltas);
    return performance.now() - start;
  };
  const best = async (deltas: number): Promise<number> =>
    Math.min(await time(deltas), await time(deltas), await time(deltas));
  await time(20_000);
  assertLess(await best(160_000), 80 * await best(10_000) + 30);
}, { timeoutMs: 30_000 });
