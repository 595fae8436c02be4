import { DeltaRun } from "../../../src/client/events/delta_run.ts";
import type { ServerNotification } from "../../../src/protocol/notification.ts";
import { assert, assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { completed, delta, marker, textOf } from "../turns/_turn_events.ts";

function runOf(event: ServerNotification): DeltaRun {
  const run = DeltaRun.from(event);
  assert(run !== undefined);
  return run;
}

test("DeltaRun starts from a delta of an item alone", () => {
  assert(DeltaRun.from(delta("a")) !== undefined);
  assertEquals(DeltaRun.from(marker("other")), undefined);
  assertEquals(DeltaRun.from(completed()), undefined);
  const bare = { method: "test/no-params" } as unknown as ServerNotification;
  assertEquals(DeltaRun.from(bare), undefined);
});

test("DeltaRun joins many pieces in order, and gives an event of the same shape", () => {
  const pieces = Array.from({ length: 1_000 }, (_, index) => `${index},`);
  const [first = "", ...others] = pieces;
  const run = runOf(delta(first));
  for (const piece of others) assert(run.append(delta(piece)));
  run.complete();
  assertEquals(run.event, delta(pieces.join("")));
});

test("DeltaRun leaves the events of the wire as they came", () => {
  const [first, second] = [delta("a"), delta("b")];
  const run = runOf(first);
  run.append(second);
  run.complete();
  assertEquals(textOf(run.event), "ab");
  assertEquals([first, second].map(textOf), ["a", "b"]);
});

test("DeltaRun takes no delta of another item, method or part", () => {
  const run = runOf(delta("a"));
  const own = { threadId: "thread", turnId: "turn", itemId: "item", delta: "b" };
  const others: unknown[] = [
    delta("b", { itemId: "other" }),
    { method: "item/reasoning/textDelta", params: own },
    { method: "item/agentMessage/delta", params: { ...own, contentIndex: 1 } },
    { method: "item/agentMessage/delta", params: { ...own, summaryIndex: 0 } },
    { method: "item/agentMessage/delta", params: { ...own, delta: 1 } },
    { method: "item/agentMessage/delta" },
  ];
  for (const other of others) assertEquals(run.append(other as ServerNotification), false);
  run.complete();
  assertEquals(run.event, delta("a"));
});

test("DeltaRun tells deltas of its turn from those of another turn or thread", () => {
  const run = runOf(delta("a"));
  assert(run.isOfTurn(delta("b")));
  assert(!run.isOfTurn(delta("b", { turnId: "other" })));
  assert(!run.isOfTurn(delta("b", { threadId: "other" })));
  assert(!run.isOfTurn({ method: "test/none" } as unknown as ServerNotification));
});
