import { type JsrFacts, jsrFacts, scoreOf } from "../../scripts/_release/jsr_score.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const best: JsrFacts = {
  hasReadme: true,
  hasExamples: true,
  undescribed: [],
  symbols: 10,
  undocumented: [],
  isFast: true,
};

function points(facts: JsrFacts): number[] {
  return scoreOf(facts).map(({ points }) => points);
}

test("scoreOf counts points as JSR does, with symbols by their share", () => {
  assertEquals(points(best), [2, 1, 1, 5, 5]);
  assertEquals(points({ ...best, undocumented: ["a", "b"] }), [2, 1, 1, 5, 5]);
  assertEquals(points({ ...best, undocumented: ["a", "b", "c", "d", "e", "f"] }), [2, 1, 1, 2, 5]);
  assertEquals(
    points({ ...best, hasReadme: false, hasExamples: false, undescribed: ["x"], isFast: false }),
    [0, 0, 0, 5, 0],
  );
});

test(
  "the package has all JSR points that its sources decide, and documents every symbol [R-83]",
  async () => {
    const facts = await jsrFacts();
    assertEquals(scoreOf(facts).filter(({ points, of }) => points < of), []);
    assertEquals(facts.undocumented, []);
    assert(facts.symbols > 300, `${facts.symbols} symbols`);
  },
  { timeoutMs: 240_000 },
);
