import { existsSync } from "node:fs";
import { assert, assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import {
  deltas,
  disconnect,
  failure,
  gate,
  message,
  reasoning,
  ScriptedModel,
  shellCommand,
  usage,
} from "../../testing.ts";
import type { ScriptedModelOptions } from "../../testing.ts";
import { RawClient } from "./_raw_client.ts";
import type { Json } from "./_raw_client.ts";

interface Item {
  readonly type: string;
  readonly text?: string;
  readonly phase?: string | null;
  readonly aggregatedOutput?: string;
}
interface Turn {
  readonly id: string;
  readonly status: string;
  readonly error: { readonly codexErrorInfo: unknown } | null;
}

/** A thread on the real binary with a scripted model. */
class Session implements AsyncDisposable {
  readonly scripted: ScriptedModel;
  readonly client: RawClient;
  readonly threadId: string;

  constructor(scripted: ScriptedModel, client: RawClient, threadId: string) {
    this.scripted = scripted;
    this.client = client;
    this.threadId = threadId;
  }

  static async start(options: ScriptedModelOptions = {}): Promise<Session> {
    const scripted = await ScriptedModel.start(options);
    const client = await RawClient.start(scripted.options);
    const { thread } = await client.call("thread/start", {}) as { thread: { id: string } };
    return new Session(scripted, client, thread.id);
  }

  async turn(text: string): Promise<string> {
    const params = { threadId: this.threadId, input: [{ type: "text", text }] };
    const { turn } = await this.client.call("turn/start", params) as unknown as { turn: Turn };
    return turn.id;
  }

  async completed(turnId: string): Promise<Turn> {
    const matches = (params: Json): boolean => (params.turn as Turn).id === turnId;
    const { turn } = await this.client.waitFor("turn/completed", matches);
    return turn as Turn;
  }

  params(method: string): Json[] {
    return this.client.messages.filter((m) => m.method === method).map((m) => m.params ?? {});
  }

  items(type: string): Item[] {
    return this.params("item/completed").map(({ item }) => item as Item)
      .filter((item) => item.type === type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    await this.scripted.close();
  }
}

test("ScriptedModel lets the real binary run a turn with deltas, phases and usage", async () => {
  await using session = await Session.start();
  const { model } = session.scripted;
  model.enqueue(
    reasoning("because"),
    message("a remark", { phase: "commentary" }),
    deltas(["he", "llo"], { phase: "final_answer" }),
    usage({ inputTokens: 7, cachedInputTokens: 2, outputTokens: 3, reasoningOutputTokens: 1 }),
  );
  const turn = await session.completed(await session.turn("Say hello"));
  assertEquals(turn.status, "completed");
  const said = session.params("item/agentMessage/delta").map(({ delta }) => delta);
  assertEquals(said, ["a remark", "he", "llo"]);
  assertEquals(session.items("agentMessage").map(({ text, phase }) => [text, phase]), [
    ["a remark", "commentary"],
    ["hello", "final_answer"],
  ]);
  const counts = session.params("thread/tokenUsage/updated").at(-1)?.tokenUsage as { last: Json };
  assertEquals([counts.last.inputTokens, counts.last.cachedInputTokens], [7, 2]);
  assertEquals([counts.last.outputTokens, counts.last.reasoningOutputTokens], [3, 1]);
  assertEquals(model.requests.length, 1);
  const request = await model.nextRequest();
  assertEquals([request.model, request.threadId], ["mock-model", session.threadId]);
  assertEquals(request.lastUserText(), "Say hello");
  assert(request.tools.includes("exec_command"));
  assert(request.developerTexts().length > 0);
  assertEquals([model.unexpected, model.otherRequests], [[], []]);
});

test("shellCommand really runs, and its output reaches the model", async () => {
  await using session = await Session.start();
  const { model, home } = session.scripted;
  model.enqueue(shellCommand("pwd; echo 4$((1 + 1))", { callId: "call-1" }));
  model.enqueue(message("done"));
  await session.completed(await session.turn("Run it"));
  const output = model.requests[1]?.functionOutputs().get("call-1") ?? "";
  assertStringIncludes(output, `${home.workspace}\n42\n`);
  assertEquals(session.items("commandExecution")[0]?.aggregatedOutput, `${home.workspace}\n42\n`);
});

test("failure fails a turn of the real binary", async () => {
  await using session = await Session.start();
  session.scripted.model.enqueue(failure({ status: 500 }));
  const turn = await session.completed(await session.turn("hi"));
  assertEquals([turn.status, turn.error?.codexErrorInfo], ["failed", "internalServerError"]);
  assertEquals(session.params("error").map(({ willRetry }) => willRetry), [false]);
});

test("disconnect cuts the stream after the deltas reached the real binary", async () => {
  await using session = await Session.start();
  session.scripted.model.enqueue(deltas(["par"]), disconnect());
  const turn = await session.completed(await session.turn("hi"));
  assertEquals(turn.status, "failed");
  assertEquals(session.params("item/agentMessage/delta").map(({ delta }) => delta), ["par"]);
});

test("gate holds a turn of the real binary while it is steered", async () => {
  await using session = await Session.start();
  const { model } = session.scripted;
  const hold = gate();
  model.enqueue(message("first"), hold);
  model.enqueue(message("second"));
  const turnId = await session.turn("Begin");
  await hold.untilReached();
  await session.client.waitFor("item/completed", ({ item }) => (item as Item).text === "first");
  const steer = {
    threadId: session.threadId,
    expectedTurnId: turnId,
    input: [{ type: "text", text: "Now this" }],
  };
  assertEquals(await session.client.call("turn/steer", steer), { turnId });
  hold.open();
  assertEquals((await session.completed(turnId)).status, "completed");
  assertEquals(session.items("agentMessage").map(({ text }) => text), ["first", "second"]);
  assertEquals(model.requests[1]?.lastUserText(), "Now this");
});

test("gate holds a turn of the real binary while it is interrupted", async () => {
  await using session = await Session.start();
  const { model } = session.scripted;
  model.enqueue(deltas(["he", gate(), "llo"]));
  const turnId = await session.turn("Begin");
  await session.client.waitFor("item/agentMessage/delta");
  await session.client.call("turn/interrupt", { threadId: session.threadId, turnId });
  assertEquals((await session.completed(turnId)).status, "interrupted");
  model.enqueue(message("again"));
  assertEquals((await session.completed(await session.turn("Go on"))).status, "completed");
});

test("ModelServer.enqueueFor serves two threads of the real binary at once", async () => {
  await using session = await Session.start();
  const { model } = session.scripted;
  const { client, threadId } = session;
  const { thread } = await client.call("thread/start", {}) as { thread: { id: string } };
  const other = new Session(session.scripted, client, thread.id);
  const hold = gate();
  model.enqueueFor((request) => request.threadId === other.threadId, hold, message("to B"));
  model.enqueueFor("from A", message("to A"));
  const b = await other.turn("from B");
  await hold.untilReached();
  await session.completed(await session.turn("from A"));
  hold.open();
  await other.completed(b);
  const answers = session.params("item/completed")
    .filter(({ item }) => (item as Item).type === "agentMessage")
    .map((params) => [params.threadId, (params.item as Item).text]);
  assertEquals(answers, [[threadId, "to A"], [other.threadId, "to B"]]);
});

test("ScriptedModel leaves no folder behind after the binary has just run", async () => {
  const session = await Session.start();
  session.scripted.model.enqueue(message("hi"));
  await session.completed(await session.turn("hi"));
  await session[Symbol.asyncDispose]();
  assert(!existsSync(session.scripted.home.path));
  assert(!existsSync(session.scripted.home.workspace));
});
