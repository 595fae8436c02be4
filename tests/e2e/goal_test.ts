import { kill } from "node:process";
import {
  type ServerNotification,
  type Thread,
  TransportClosedError,
  TurnActiveError,
  TurnFailedError,
  type TurnHandle,
  type TurnResult,
  TurnTimeoutError,
} from "../../mod.ts";
import {
  deltas,
  failure,
  functionCall,
  type Gate,
  gate,
  message,
  type ModelServer,
  usage,
} from "../../testing.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "../_support/assert.ts";
import { collect } from "../_support/collect.ts";
import { test } from "../_support/test.ts";
import { count, ScriptedCodex } from "./_scripted_codex.ts";

/** Makes the model mark the goal as ended and then send a message. */
function end(model: ModelServer, text: string, status = "complete"): void {
  model.enqueue(
    functionCall("update_goal", { status }),
    usage({ inputTokens: 5, outputTokens: 1 }),
  );
  model.enqueue(message(text), usage({ inputTokens: 7, outputTokens: 2 }));
}

/** Returns every turn id in a list of events. */
function turnIds(events: readonly ServerNotification[]): unknown[] {
  const ids = events.flatMap(({ params }) => {
    const { turnId, turn } = params as { turnId?: string | null; turn?: { id: string } };
    return turnId ?? turn?.id ?? [];
  });
  return [...new Set(ids)];
}

function texts(result: TurnResult): string[] {
  return result.items.flatMap((item) => item.type === "agentMessage" ? [item.text] : []);
}

/** A thread with a goal whose second turn is running, held at a gate. */
async function continued(
  thread: Thread,
  model: ModelServer,
): Promise<{ readonly turn: TurnHandle; readonly hold: Gate }> {
  const hold = gate();
  model.enqueue(message("one"));
  model.enqueue(deltas(["two", hold]));
  const turn = await thread.turn("make it so", { goal: true });
  await hold.untilReached();
  return { turn, hold };
}

test("Thread.turn with goal combines automatic continuations into one turn: one start, one end, one id [R-32]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(message("one"), usage({ inputTokens: 10, outputTokens: 2 }));
  model.enqueue(message("two"), usage({ inputTokens: 20, outputTokens: 3 }));
  end(model, "three");
  const thread = await codex.threadStart();
  const turn = await thread.turn("make it so", { goal: true });
  const events = await collect(turn);
  const result = await turn.run();

  assertEquals([count(events, "turn/started"), count(events, "turn/completed")], [1, 1]);
  assertEquals(turnIds(events), [turn.id]);
  assertEquals(events.at(-1)?.method, "turn/completed");
  assertEquals([result.id, result.status], [turn.id, "completed"]);
  assertEquals(texts(result), ["one", "two", "three"]);
  assertEquals(result.finalResponse, "three");
  assertEquals([result.usage?.turn.totalTokens, result.usage?.turn.outputTokens], [50, 8]);
  assertEquals([result.goal?.status, result.goal?.objective], ["complete", "make it so"]);
  assertEquals(model.requests.length, 4);
  const [asked] = model.requests;
  assert([...asked?.functionOutputs().values() ?? []].includes("make it so"));
});

test("Thread.run with goal ends within the first turn if the goal does", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  end(model, "at once");
  const result = await thread.run("be quick", { goal: true });
  assertEquals([result.finalResponse, result.goal?.status], ["at once", "complete"]);
  model.enqueue(message("plain"));
  const plain = await thread.run("and now?");
  assertEquals([plain.finalResponse, plain.goal], ["plain", null]);
  assertEquals(model.requests.length, 3);
});

test("Thread.run with goal counts only its own tokens on a used thread", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  model.enqueue(message("before"), usage({ inputTokens: 100, outputTokens: 100 }));
  await thread.run("one");
  end(model, "after");
  const { usage: used } = await thread.run("two", { goal: true });
  assertEquals([used?.turn.totalTokens, used?.total.totalTokens], [15, 215]);
});

test("Thread.run with goal replaces an existing goal", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  await thread.goal.set("old", { status: "paused", tokenBudget: 1 });
  end(model, "done");
  const { goal } = await thread.run("new", { goal: true });
  assertEquals([goal?.objective, goal?.status, goal?.tokenBudget], ["new", "complete", null]);
});

test("TurnHandle.steer reaches the active continuation of a goal", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const { turn, hold } = await continued(await codex.threadStart(), model);
  end(model, "went left");
  await turn.steer("go left");
  hold.open();
  const result = await turn.run();
  assertEquals([result.finalResponse, result.goal?.status], ["went left", "complete"]);
  assertEquals(model.requests[2]?.lastUserText(), "go left");
});

test("TurnHandle.interrupt pauses a goal, interrupts its turn, and leaves the thread usable [R-32]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const { turn, hold } = await continued(thread, model);
  await turn.interrupt();
  const result = await turn.run();
  hold.open();
  assertEquals([result.status, result.goal?.status], ["interrupted", "paused"]);
  assertEquals((await thread.goal.get())?.status, "paused");
  await turn.interrupt();
  model.enqueue(message("still here"));
  assertEquals((await thread.run("hello")).finalResponse, "still here");
  assertEquals(model.requests.length, 3);
});

test("Thread.run with goal keeps the model's status blocked", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  end(model, "I cannot", "blocked");
  const result = await (await codex.threadStart()).run("try", { goal: true });
  assertEquals([result.status, result.goal?.status], ["completed", "blocked"]);
  assertEquals(result.finalResponse, "I cannot");
});

test("Thread.run with goal rejects if the goal is usageLimited", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(message("one"));
  const error = { type: "usage_limit_reached", message: "over", resets_at: 1 };
  model.enqueue(failure({ status: 429, body: { error } }));
  const thread = await codex.threadStart();
  const turn = await thread.turn("spend", { goal: true });
  const events = await collect(turn);
  const failed = await assertRejects(() => turn.run(), TurnFailedError<TurnResult>);
  assertEquals(failed.codexErrorInfo, "usageLimitExceeded");
  assertEquals([failed.turnId, failed.result.goal?.status], [turn.id, "usageLimited"]);
  assertEquals(texts(failed.result), ["one"]);
  assertEquals([count(events, "turn/started"), count(events, "turn/completed")], [1, 1]);
});

test("Thread.run with goal ends as budgetLimited at its tokenBudget", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  for (const text of ["one", "two", "three"]) {
    model.enqueue(message(text), usage({ inputTokens: 10, outputTokens: 2 }));
  }
  const result = await (await codex.threadStart()).run("spend", { goal: { tokenBudget: 20 } });
  assertEquals([result.status, result.goal?.status], ["completed", "budgetLimited"]);
  assertEquals([result.finalResponse, result.goal?.tokensUsed], ["two", 24]);
});

test("Thread.run with goal applies its settings to every turn of the goal", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(message("one"));
  end(model, "two");
  const thread = await codex.threadStart();
  await thread.run("think", { goal: true, model: "other-model", effort: "high" });
  assertEquals(model.requests.map((request) => request.model), Array(3).fill("other-model"));
});

test("leaving the stream of a goal early pauses it and frees the thread", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(message("one"));
  model.enqueue(deltas(["two", hold]));
  const turn = await thread.turn("make it so", { goal: true });
  for await (const text of turn.textStream()) if (text === "two") break;
  hold.open();
  assertEquals((await turn.run()).status, "interrupted");
  assertEquals((await thread.goal.get())?.status, "paused");
  model.enqueue(message("free"));
  assertEquals((await thread.run("next")).finalResponse, "free");
});

test("a turn with a goal rejects with signal.reason or TurnTimeoutError, and the goal is paused [R-29]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const reason = new Error("enough");
  const limits: readonly { signal?: AbortSignal; timeoutMs?: number }[] = [{}, {
    timeoutMs: 4_000,
  }];
  for (const { timeoutMs } of limits) {
    const hold = gate();
    const controller = new AbortController();
    model.enqueue(message("one"));
    model.enqueue(deltas(["two", hold]));
    const { signal } = controller;
    const running = thread.run("go", { goal: true, ...(timeoutMs ? { timeoutMs } : { signal }) });
    running.catch(() => {});
    await hold.untilReached();
    if (timeoutMs === undefined) controller.abort(reason);
    const error = await running.then(() => undefined, (rejection) => rejection);
    if (timeoutMs === undefined) assertEquals(error, reason);
    else assertInstanceOf(error, TurnTimeoutError);
    hold.open();
    assertEquals((await thread.goal.get())?.status, "paused");
  }
  model.enqueue(message("fine"));
  assertEquals((await thread.run("next")).finalResponse, "fine");
});

test("a turn with a goal rejects with TransportClosedError when the server exits", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const { turn, hold } = await continued(await codex.threadStart(), model);
  const ended = assertRejects(() => turn.run(), TransportClosedError);
  const streamed = assertRejects(() => collect(turn), TransportClosedError);
  kill(codex.pid as number, "SIGKILL");
  await Promise.all([ended, streamed]);
  hold.open();
});

test("Codex.close pauses a goal, which would otherwise continue when its thread is resumed [R-32]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const thread = await codex.threadStart();
  const { turn, hold } = await continued(thread, model);
  await codex.close();
  assertEquals((await turn.run()).status, "interrupted");
  hold.open();
  const { Codex } = await import("../../mod.ts");
  await using again = await Codex.start(scripted.options);
  const resumed = await again.threadResume(thread.id);
  assertEquals((await resumed.goal.get())?.status, "paused");
  assertEquals(model.requests.length, 2);
});

test("Thread.turn with goal is refused during a turn, and keeps the thread busy between turns", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(deltas(["busy", hold]));
  const plain = await thread.turn("go");
  await hold.untilReached();
  await assertRejects(() => thread.turn("goal", { goal: true }), TurnActiveError);
  hold.open();
  await plain.run();
  const { turn, hold: second } = await continued(thread, model);
  await assertRejects(() => thread.run("more"), TurnActiveError);
  await assertRejects(() => thread.run("other", { goal: true }), TurnActiveError);
  end(model, "done");
  second.open();
  await turn.run();
});
