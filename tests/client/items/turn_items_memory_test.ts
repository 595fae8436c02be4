import type { ServerNotification } from "../../../src/protocol/notification.ts";
import { itemsOfTurn, plansOfTurn } from "../../../src/client/items/turn_items.ts";
import { ActiveTurn } from "../../../src/client/turns/active_turn.ts";
import { assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { command, next, PLACE } from "./_items.ts";

function event(method: string): ServerNotification {
  return { method, params: { ...PLACE, item: command("c") } } as unknown as ServerNotification;
}

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

test("itemsOfTurn releases an abandoned stream once its yielded views have ended", async () => {
  const { turn, released } = openTurn();
  const items = itemsOfTurn(turn, undefined, nothing);
  turn.accept(event("item/started"));
  const view = await next(items);
  await items.return();
  assertEquals([released(), view.state], [0, "inProgress"]);
  turn.accept(event("item/completed"));
  assertEquals([released(), view.state], [1, "completed"]);
});

test("plansOfTurn releases an abandoned stream at once", async () => {
  const { turn, released } = openTurn();
  await plansOfTurn(turn, nothing).return();
  assertEquals(released(), 1);
});
