import { GrowingText } from "../../../src/client/items/growing_text.ts";
import { liveItem } from "../../../src/client/items/live_kinds.ts";
import { agentMessage } from "../../../testing.ts";
import { assert, assertLess } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

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
