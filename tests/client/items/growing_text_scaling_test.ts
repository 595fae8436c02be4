import { GrowingText } from "../../../src/client/items/growing_text.ts";
import { itemView } from "../../../src/client/items/item_views.ts";
import { agentMessage } from "../../../testing.ts";
import { assert, assertLess } from "../../_support/assert.ts";
import { cpuRatio, times } from "../../_support/cpu_time.ts";
import { test } from "../../_support/test.ts";

/** Makes one reader read every piece, and another a block now and then. */
function growText(pieces: number): void {
  const text = new GrowingText();
  const readers = [text.reader(), text.reader()] as const;
  let letters = 0;
  for (let index = 0; index < pieces; index++) {
    text.append("a few letters ");
    letters += readers[0]().length;
    if (index % 300 === 0) letters += readers[1]().length; // always a block behind
  }
  letters += text.text.length;
  assert(letters >= pieces * 28 - 300 * 14);
}

/** Makes a user interface look at the item after every delta. */
async function growItem(deltas: number): Promise<void> {
  const live = itemView(agentMessage("m", ""), { threadId: "t", turnId: "u" });
  const updates = live.updates();
  const params = { threadId: "t", turnId: "u", itemId: "m", delta: "a few letters " };
  let length = 0;
  for (let index = 0; index < deltas; index++) {
    live.fold({ method: "item/agentMessage/delta", params });
    const { value } = await updates.next();
    length = (value as { readonly text: string }).text.length;
  }
  assert(length === 14 * deltas);
}

for (
  const [name, grow, most] of [
    [
      "GrowingText takes linear time for one who reads every piece and one who reads at the end",
      growText,
      32_000,
    ],
    [
      "BaseView takes linear time for a UI that looks at the item after every delta",
      growItem,
      32_000,
    ],
  ] as const
) {
  test(name, async () => {
    const ratio = await cpuRatio({
      whole: () => grow(most),
      inParts: () => times(32, () => grow(most / 32)),
      limit: 5, // quadratic work would take 32 times as long
    });
    assertLess(ratio, 5);
  }, { timeoutMs: 120_000 });
}
