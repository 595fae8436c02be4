import type { BaseView } from "../../../src/client/items/item_views.ts";
import { itemsOfTurn } from "../../../src/client/items/turn_items.ts";
import { ActiveTurn, type TurnCompleted } from "../../../src/client/turns/active_turn.ts";
import type { TurnResult } from "../../../src/client/turns/turn_result.ts";
import {
  type ItemReader,
  TurnResultBuilder,
} from "../../../src/client/turns/turn_result_builder.ts";
import type { ServerNotification } from "../../../src/protocol/notification.ts";
import { fakeTurn } from "../../../testing.ts";
import type { ThreadItem } from "../../../protocol.ts";
import { TurnLostError } from "../../../errors.ts";
import { assertEquals, assertRejects, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { command, PLACE } from "../items/_items.ts";

function event(method: string, params: object): ServerNotification {
  return { method, params: { ...PLACE, ...params } } as unknown as ServerNotification;
}

function started(item: object): ServerNotification {
  return event("item/started", { item });
}

function completed(item: object): ServerNotification {
  return event("item/completed", { item });
}

function delta(kind: string, itemId: string, text: string, more = {}): ServerNotification {
  return event(`item/${kind}`, { itemId, delta: text, ...more });
}

function end(status: "completed" | "interrupted"): ServerNotification {
  return event("turn/completed", { turn: fakeTurn(PLACE.turnId, status) });
}

const MESSAGE = { type: "agentMessage", id: "m", text: "" };
const COMMAND = command("c");
const REASONING = { type: "reasoning", id: "r", summary: [], content: [] };
const CHANGE = { type: "fileChange", id: "f", changes: [], status: "inProgress" };
const PATCH = [{ path: "a.ts", kind: { type: "add" }, diff: "+" }];

/** The streamed events of one item of each kind. */
const STREAMED: readonly ServerNotification[] = [
  started(MESSAGE),
  delta("agentMessage/delta", "m", "The first "),
  delta("agentMessage/delta", "m", "half"),
  started(COMMAND),
  delta("commandExecution/outputDelta", "c", "one\n"),
  started(REASONING),
  delta("reasoning/summaryTextDelta", "r", "I think", { summaryIndex: 0 }),
  delta("commandExecution/outputDelta", "c", "two\n"),
  started(CHANGE),
  event("item/fileChange/patchUpdated", { itemId: "f", changes: PATCH }),
];

/** The same items with all of that content. */
const WHOLE: readonly object[] = [
  { ...MESSAGE, text: "The first half" },
  { ...COMMAND, aggregatedOutput: "one\ntwo\n" },
  { ...REASONING, summary: ["I think"] },
  { ...CHANGE, changes: PATCH },
];

async function resultOf(turn: ActiveTurn): Promise<TurnResult> {
  const outcome = await turn.outcome;
  if (outcome.kind !== "finished") throw new Error(`The turn is ${outcome.kind}`);
  return outcome.result;
}

/**
 * Runs a turn in each of the ways in which its events are delivered: unread, read, viewed, and viewed from the middle.
 */
async function everyWay(
  events: readonly ServerNotification[],
  check: (result: TurnResult, views: readonly BaseView[]) => void,
): Promise<void> {
  for (const way of ["unread", "kept nothing", "read", "viewed", "viewed late"]) {
    const turn = new ActiveTurn(PLACE.threadId, PLACE.turnId);
    const views: BaseView[] = [];
    const reader: ItemReader = {
      ended: false,
      push: (view) => void views.push(view),
      end: () => {},
    };
    if (way === "kept nothing") turn.log.keepNothing();
    if (way === "read") turn.log.open();
    if (way === "viewed") turn.readItems(reader);
    for (const [at, each] of events.entries()) {
      if (way === "viewed late" && at === 2) turn.readItems(reader);
      if (each.method === "turn/completed") turn.complete(each);
      else turn.accept(each);
    }
    const result = await resultOf(turn);
    check(result, views);
    if (way.startsWith("viewed")) {
      assertEquals(views.length, result.items.length);
      for (const [at, { item }] of views.entries()) assertStrictEquals(item, result.items[at]);
    }
  }
}

test("TurnResult.items keeps the streamed content of items that an interrupt cut off [R-87]", async () => {
  await everyWay([...STREAMED, end("interrupted")], (result, views) => {
    assertEquals(result.items as readonly object[], WHOLE);
    assertEquals(result.interruptedItems, ["m", "c", "r", "f"]);
    assertEquals(result.finalResponse, null); // a partial answer is not a response
    for (const { state } of views) assertEquals(state, "interrupted");
  });
});

test("TurnResult.items keeps the streamed content if the completion has none [R-87]", async () => {
  for (const nothing of [null, ""]) {
    const items = [
      { ...MESSAGE, text: nothing },
      { ...COMMAND, aggregatedOutput: nothing, exitCode: 0 },
      { ...REASONING, summary: nothing === null ? null : [] },
      { ...CHANGE, changes: nothing === null ? null : [] },
    ];
    const events = [...STREAMED, ...items.map(completed), end("completed")];
    await everyWay(events, (result) => {
      const [message, run, ...others] = WHOLE;
      assertEquals(
        result.items as readonly object[],
        [
          message,
          { ...run, exitCode: 0 },
          ...others,
        ] as readonly object[],
      );
      assertEquals([result.interruptedItems, result.finalResponse], [[], "The first half"]);
    });
  }
});

test("TurnResult.items prefers the content of completed items over what was streamed [R-87]", async () => {
  const items = [
    { ...MESSAGE, text: "The first half and the second" },
    { ...COMMAND, aggregatedOutput: "zero\none\ntwo\n", exitCode: 1 },
  ];
  await everyWay([...STREAMED.slice(0, 5), ...items.map(completed), end("completed")], (result) => {
    assertEquals(result.items as readonly object[], items);
  });
});

test("TurnResultBuilder closes an open item with the turn's own version, and keeps the streamed content", () => {
  const builder = new TurnResultBuilder(PLACE.threadId, PLACE.turnId);
  for (const each of STREAMED.slice(0, 3)) builder.observe(each);
  const turn = { ...fakeTurn("u", "completed"), items: [MESSAGE as unknown as ThreadItem] };
  assertEquals(builder.closeItems(turn), []);
  const outcome = builder.outcome(turn);
  assertEquals(outcome.kind === "finished" && outcome.result.finalResponse, "The first half");
});

test("TurnResult.backgroundItems has the commands that are open at the end of a completed turn alone [R-24]", async () => {
  for (const status of ["completed", "interrupted"] as const) {
    await everyWay([...STREAMED, end(status)], (result, views) => {
      const runsOn = status === "completed" ? ["c"] : [];
      assertEquals(result.backgroundItems, runsOn);
      assertEquals(
        result.interruptedItems,
        ["m", "c", "r", "f"].filter((id) => !runsOn.includes(id)),
      );
      for (const { id, state } of views) {
        assertEquals(state, runsOn.includes(id) ? "background" : "interrupted");
      }
    });
  }
});

test("a reader of items that has left is forgotten immediately, and its views keep changing", async () => {
  const turn = new ActiveTurn(PLACE.threadId, PLACE.turnId);
  const items = itemsOfTurn(turn, undefined, () => Promise.resolve());
  turn.accept(started(COMMAND));
  const { value: view } = await items.next();
  assertEquals(turn.readers, 1);
  await items.return();
  assertEquals([turn.readers, view?.state], [0, "inProgress"]);
  turn.accept(completed(COMMAND));
  assertEquals(view?.state, "completed");
});

test("a turn ends its items before their readers, whatever ends the turn", async () => {
  const turn = new ActiveTurn(PLACE.threadId, PLACE.turnId);
  const items = itemsOfTurn(turn, undefined, () => Promise.resolve());
  for (const id of ["a", "b"]) turn.accept(started(command(id)));
  const whole = command("a", { exitCode: 0 });
  turn.accept(completed(whole));
  turn.lose(new Error("gone"));
  const views = [(await items.next()).value, (await items.next()).value];
  assertEquals(views.map((view) => view?.state), ["completed", "interrupted"]);
  assertStrictEquals(views[0]?.item as object, whole as object);
  const error = await items.next().catch((error: unknown) => error);
  assertEquals((error as Error).message, "gone");
});

test("a turn ends, also if reading its own end throws [R-69]", async () => {
  const turn = new ActiveTurn(PLACE.threadId, PLACE.turnId);
  const items = itemsOfTurn(turn, undefined, () => Promise.resolve());
  const cause = new TypeError("unreadable");
  const params = {
    get turn(): never {
      throw cause;
    },
  };
  turn.complete({ method: "turn/completed", params } as unknown as TurnCompleted);
  const outcome = await turn.outcome;
  assertEquals(outcome.kind === "lost" && (outcome.error as Error).name, "TurnLostError");
  assertEquals(outcome.kind === "lost" && (outcome.error as Error).cause, cause);
  await assertRejects(() => items.next(), TurnLostError);
});
