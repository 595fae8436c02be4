import { plansOfTurn } from "../../../src/client/items/turn_items.ts";
import { ActiveTurn } from "../../../src/client/turns/active_turn.ts";
import type { ServerNotification } from "../../../src/protocol/notification.ts";
import type { FakeMessage } from "../../../testing.ts";
import { assertEquals, assertLess } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { memoryInUse } from "../_memory_in_use.ts";
import { about, command, finished, PLACE, started } from "./_items.ts";

/** A turn that counts the readers it has released. */
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

test("plansOfTurn releases an abandoned stream immediately", async () => {
  const { turn, released } = openTurn();
  await plansOfTurn(turn, nothing).return();
  assertEquals(released(), 1);
});

test("a turn keeps no output of a finished command beyond what its item reports", () => {
  const turn = new ActiveTurn(PLACE.threadId, PLACE.turnId);
  turn.log.keepNothing();
  const accept = (message: FakeMessage): void => turn.accept(message as ServerNotification);
  const before = memoryInUse();
  for (let index = 0; index < 10; index++) {
    const id = `command ${index}`;
    accept(started(command(id)));
    for (let piece = 0; piece < 100; piece++) {
      const delta = `${piece}${"-".repeat(20_000)}`.split("").join("");
      accept(about(id, "commandExecution/outputDelta", { delta }));
    }
    accept(finished(command(id, { status: "completed", aggregatedOutput: "the last lines" })));
  }
  assertLess(memoryInUse() - before, 5_000_000); // 20 MB were streamed
  assertEquals(turn.ended, false);
});
