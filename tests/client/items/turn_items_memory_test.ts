import { plansOfTurn } from "../../../src/client/items/turn_items.ts";
import { ActiveTurn } from "../../../src/client/turns/active_turn.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { PLACE } from "./_items.ts";

/** A turn, and how many readers it has let go of. */
function openTurn(): { turn: ActiveTurn; released: () => number } {
  const turn = new ActiveTurn(PLACE.threadId, PLACE.turnId);
  let released = 0;
  const release = turn.log.release.bind(turn.log);
  turn.log.release = (reader) => {
    released++;
    release(reader);
  };
  return { turn, released: () => released };
}

const nothing = (): Promise<void> => Promise.resolve();

test("plansOfTurn releases an abandoned stream at once", async () => {
  const { turn, released } = openTurn();
  await plansOfTurn(turn, nothing).return();
  assertEquals(released(), 1);
});
