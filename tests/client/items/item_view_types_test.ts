/** Compile-time checks: this file does not compile if the types of item views are wrong. */
import type {
  ItemOf,
  ItemType,
  ItemView,
  LiveStream,
  SubAgent,
  Thread,
  TurnHandle,
  TurnPlan,
} from "../../../mod.ts";
import type { ItemState, TurnItemsOptions } from "../../../types.ts";
import type { ThreadItem } from "../../../protocol.ts";
import { assert } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Compiles only for the type `true`. */
function holds<_Fact extends true>(): void {}

/** Only compiled, never run. */
export async function narrowing(view: ItemView): Promise<void> {
  holds<Equal<typeof view.type, ThreadItem["type"]>>();
  holds<Equal<typeof view.state, ItemState>>();
  switch (view.type) {
    case "commandExecution": {
      holds<Equal<typeof view, ItemView<"commandExecution">>>();
      holds<Equal<typeof view.exitCode, number | null>>();
      holds<Equal<typeof view.item.command, string>>();
      for await (const chunk of view.output) holds<Equal<typeof chunk, string>>();
      const done = await view.done;
      holds<Equal<typeof done.aggregatedOutput, string | null>>();
      // @ts-expect-error -- a command has no text
      view.textStream();
      break;
    }
    case "agentMessage":
    case "plan":
      holds<Equal<typeof view.item.text, string>>();
      for await (const item of view.updates()) holds<Equal<typeof item.text, string>>();
      break;
    case "reasoning":
      for await (const piece of view.textStream()) holds<Equal<typeof piece, string>>();
      holds<Equal<typeof view.item.summary, string[]>>();
      break;
    case "fileChange":
      holds<Equal<typeof view.item.changes, ItemOf<"fileChange">["changes"]>>();
      break;
    case "mcpToolCall":
      holds<Equal<typeof view.progress, string | null>>();
      break;
    case "webSearch":
      void view.item.query;
      // @ts-expect-error -- a search has no output
      void view.output;
      break;
  }
  // @ts-expect-error -- before narrowing, only the common fields are known
  void view.item.command;
  // @ts-expect-error -- a view is read-only
  view.state = "completed";
}

/** Only compiled: every kind of item has a view whose item is of that kind. */
export function everyKind(): void {
  type Wrong = {
    [T in ItemType]: Equal<Extract<ItemView, { type: T }>, ItemView<T>> extends true
      ? Equal<ItemView<T>["item"], ItemOf<T>> extends true ? never : T
      : T;
  }[ItemType];
  holds<Equal<Wrong, never>>();
}

/** Only compiled, never run. */
export function streams(turn: TurnHandle): void {
  holds<Equal<ReturnType<typeof turn.commands>, LiveStream<ItemView<"commandExecution">>>>();
  holds<Equal<ReturnType<typeof turn.plans>, LiveStream<TurnPlan>>>();
  const both = turn.items({ types: ["plan", "reasoning"] });
  holds<Equal<typeof both, LiveStream<ItemView<"plan" | "reasoning">>>>();
  const every = turn.items();
  holds<Equal<typeof every, LiveStream<ItemView>>>();
  const options: TurnItemsOptions = { types: ["plan"], onLeave: "detach" };
  holds<Equal<ReturnType<typeof turn.items<ItemType>>, LiveStream<ItemView>>>();
  void turn.items(options);
  // @ts-expect-error -- there is no such kind
  void turn.items({ types: ["comand"] });
  // @ts-expect-error -- commands() does not accept kinds
  void turn.commands({ types: ["plan"] });
}

/** Only compiled: sub-agents are a stream of their own type, each with a normal turn. */
export async function agents(thread: Thread, turn: TurnHandle): Promise<void> {
  for await (const agent of turn.subAgents()) {
    holds<Equal<typeof agent, SubAgent>>();
    holds<Equal<typeof agent.turn, TurnHandle>>();
    holds<Equal<[typeof agent.threadId, typeof agent.parentThreadId], [string, string]>>();
  }
  holds<Equal<ReturnType<typeof thread.subAgents>, ReturnType<typeof turn.subAgents>>>();
}

test("ItemView and its streams have the expected types", () => {
  assert([narrowing, everyKind, streams, agents].length === 4);
});
