import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  ApprovalMode,
  Codex,
  type ServerNotification,
  TurnActiveError,
  TurnTimeoutError,
} from "../../mod.ts";
import { NoActiveTurnError, TurnMismatchError, TurnNotSteerableError } from "../../errors.ts";
import { deltas, gate, message, ScriptedModel, shellCommand } from "../../testing.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { count, ScriptedCodex } from "./_scripted_codex.ts";

test("turn.steer adds input to the same turn and makes a second model request", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const hold = gate();
  model.enqueue(message("first"), hold);
  model.enqueue(message("second"));
  const turn = await (await codex.threadStart()).turn("begin");
  const events: ServerNotification[] = [];
  for await (const event of turn) {
    events.push(event);
    // A steer cuts the model's stream: wait until the server has all of the first message.
    if (completedTexts([event]).includes("first")) {
      await turn.steer("go left");
      hold.open();
    }
  }
  assertEquals(completedTexts(events), ["first", "second"]);
  assert(events.every(({ params }) => !hasTurnId(params) || params.turnId === turn.id));
  assertEquals(count(events, "turn/completed"), 1);
  assertEquals(model.requests.length, 2);
  assertEquals(model.requests[1]?.lastUserText(), "go left");
});

test("turn.interrupt ends the turn as interrupted, and the next run works [R-28]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(deltas(["begin", hold]));
  const turn = await thread.turn("go");
  await hold.untilReached();
  await Promise.all([turn.interrupt(), turn.interrupt()]);
  const result = await turn.run();
  assertEquals(result.status, "interrupted");
  await turn.interrupt();
  hold.open();
  model.enqueue(message("again"));
  assertEquals((await thread.run("next")).finalResponse, "again");
});

test("turn.interrupt and an abort end a turn that the server has not started to run [R-28] [R-29]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  for (let n = 0; n < 3; n++) {
    model.enqueue(deltas(["begin", hold]));
    const turn = await thread.turn("go");
    await turn.interrupt();
    assertEquals((await turn.run()).status, "interrupted");
    const controller = new AbortController();
    model.enqueue(deltas(["begin", hold]));
    const aborted = await thread.turn("go", { signal: controller.signal });
    controller.abort(new Error("no longer wanted"));
    await assertRejects(() => aborted.run(), Error, "no longer wanted");
    const { thread: read } = await codex.request("thread/read", { threadId: thread.id });
    assertEquals(read.status.type, "idle");
  }
  hold.open();
});

test("turn.interrupt ends a running command", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(shellCommand("sleep 30"));
  const turn = await (await codex.threadStart()).turn("wait");
  for await (const event of turn.stream({ onLeave: "detach" })) {
    if (event.method === "item/started" && event.params.item.type === "commandExecution") break;
  }
  await turn.interrupt();
  assertEquals((await turn.run()).status, "interrupted");
});

test("turn.steer and turn.interrupt reject with typed errors [R-27]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  model.enqueue(message("over"));
  const over = await thread.turn("one");
  await over.run();
  await assertRejects(() => over.steer("too late"), NoActiveTurnError);
  await over.interrupt();

  const hold = gate();
  model.enqueue(deltas(["x", hold]));
  const running = await thread.turn("two");
  await hold.untilReached();
  const mismatch = await assertRejects(() => over.steer("wrong turn"), TurnMismatchError);
  assertEquals([mismatch.expected, mismatch.actual], [over.id, running.id]);
  await running.interrupt();
  hold.open();
});

test("steering a review rejects with TurnNotSteerableError [R-27]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(deltas(["x", hold]));
  const { turn } = await codex.request("review/start", {
    threadId: thread.id,
    target: { type: "custom", instructions: "look" },
  });
  await hold.untilReached();
  const steer = { threadId: thread.id, expectedTurnId: turn.id, input: [] };
  const error = await assertRejects(
    () =>
      codex.request("turn/steer", {
        ...steer,
        input: [{ type: "text", text: "x", text_elements: [] }],
      }),
    TurnNotSteerableError,
  );
  assertEquals(error.turnKind, "review");
  hold.open();
});

test("a second turn on a busy thread rejects with TurnActiveError, and nothing is sent", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(deltas(["x", hold]));
  const turn = await thread.turn("one");
  await hold.untilReached();
  await assertRejects(() => thread.run("two"), TurnActiveError);
  hold.open();
  assertEquals((await turn.run()).finalResponse, "x");
  assertEquals(model.requests.length, 1);
});

test("thread.run with a signal interrupts the turn, then rejects with its reason [R-29]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(deltas(["x", hold]));
  const controller = new AbortController();
  const reason = { why: "the user left" };
  const run = thread.run("one", { signal: controller.signal });
  const settled = run.then(() => "finished", (error: unknown) => error);
  await hold.untilReached();
  controller.abort(reason);
  assertStrictEquals(await settled, reason);
  hold.open();
  model.enqueue(message("free"));
  assertEquals((await thread.run("next")).finalResponse, "free");
});

test("thread.run with timeoutMs interrupts the turn and rejects with TurnTimeoutError [R-10]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  // On a loaded machine the timeout may expire before the model is asked.
  model.enqueueFor("one", deltas(["x", hold])).enqueueFor("next", message("free"));
  const error = await assertRejects(() => thread.run("one", { timeoutMs: 500 }), TurnTimeoutError);
  assertEquals(error.timeoutMs, 500);
  hold.open();
  assertEquals((await thread.run("next")).finalResponse, "free");
});

test("leaving a turn's loop early interrupts it [R-30]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(deltas(["x", hold]));
  const turn = await thread.turn("one");
  for await (const event of turn) {
    if (event.method === "item/agentMessage/delta") break;
  }
  assertEquals((await turn.run()).status, "interrupted");
  hold.open();
});

test("leaving a turn's loop with onLeave detach lets the turn continue [R-30]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(deltas(["x", hold, "y"]));
  const turn = await thread.turn("one");
  for await (const piece of turn.textStream({ onLeave: "detach" })) {
    if (piece === "x") break;
  }
  hold.open();
  assertEquals((await turn.run()).finalResponse, "xy");
});

test("codex.threadResume opens a thread in a new process, with its history", async () => {
  await using scripted = await ScriptedModel.start();
  const { model } = scripted;
  model.enqueue(message("first answer"));
  const first = await Codex.start(scripted.options);
  const { id } = await runOne(first, "first question");
  await first.close();

  await using second = await Codex.start(scripted.options);
  const thread = await second.threadResume(id);
  assertEquals(thread.id, id);
  model.enqueue(message("second answer"));
  assertEquals((await thread.run("second question")).finalResponse, "second answer");
  assertEquals(model.requests[1]?.userTexts().slice(-2), ["first question", "second question"]);
  const assistant = model.requests[1]?.inputItems.filter((item) => item.role === "assistant");
  assertEquals(assistant?.length, 1);
});

test("an approval without a handler is declined, and the turn continues [R-33] [R-34]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted } = session;
  const thread = await codex.threadStart({ approvalMode: ApprovalMode.ask });
  const target = join(scripted.home.workspace, "escaped.txt");
  const patch = ["*** Begin Patch", "*** Add File: escaped.txt", "+x", "*** End Patch"];
  model.enqueue(shellCommand(`echo x > ${target}`, { escalate: "please", callId: "call-1" }));
  model.enqueue(shellCommand(["apply_patch <<'EOF'", ...patch, "EOF"].join("\n")));
  model.enqueue(message("so be it"));
  const result = await thread.run("write");
  assertEquals(result.finalResponse, "so be it");
  const asked = result.items.flatMap((item) =>
    item.type === "commandExecution" || item.type === "fileChange" ? [[item.type, item.status]] : []
  );
  assertEquals(asked, [["commandExecution", "declined"], ["fileChange", "declined"]]);
  assert(!existsSync(target));
});

test("codex.handle answers an approval, and the command runs", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const asked: string[] = [];
  codex.handle("item/commandExecution/requestApproval", ({ command }) => {
    asked.push(command ?? "");
    return { decision: "accept" };
  });
  const thread = await codex.threadStart({ approvalMode: ApprovalMode.ask });
  model.enqueue(shellCommand("echo approved", { escalate: "please" }));
  model.enqueue(message("thanks"));
  const result = await thread.run("write");
  const command = result.items.find((item) => item.type === "commandExecution");
  assert(command?.type === "commandExecution");
  assertEquals([command.status, command.exitCode], ["completed", 0]);
  assertEquals(asked.length, 1);
});

test("a handler that never answers delays nothing on another thread [R-39]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  let fired = false;
  const asked = new Promise<void>((resolve) => {
    codex.handle("item/commandExecution/requestApproval", (_params, { signal }) => {
      signal.addEventListener("abort", () => fired = true);
      resolve();
      return new Promise(() => {});
    });
  });
  const stuck = await codex.threadStart({ approvalMode: ApprovalMode.ask });
  model.enqueueFor("stuck", shellCommand("echo x", { escalate: "please" }));
  const waiting = await stuck.turn("stuck");
  await asked;
  model.enqueueFor("other", message("free"));
  assertEquals((await (await codex.threadStart()).run("other")).finalResponse, "free");
  await waiting.interrupt();
  assertEquals((await waiting.run()).status, "interrupted");
  await codex.close();
  assert(fired, "the handler's signal fired");
});

function completedTexts(events: readonly ServerNotification[]): string[] {
  return events.flatMap((event) =>
    event.method === "item/completed" && event.params.item.type === "agentMessage"
      ? [event.params.item.text]
      : []
  );
}

function hasTurnId(params: unknown): params is { readonly turnId: string } {
  return typeof (params as { turnId?: unknown } | undefined)?.turnId === "string";
}

async function runOne(codex: Codex, input: string): Promise<{ readonly id: string }> {
  const thread = await codex.threadStart();
  await thread.run(input);
  return thread;
}
