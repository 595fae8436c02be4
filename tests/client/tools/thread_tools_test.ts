import { tool } from "../../../mod.ts";
import type { Tool } from "../../../mod.ts";
import type { ServerRequestHandlers } from "../../../types.ts";
import { fakeThreadStart, fakeTurn, turnEvents } from "../../../testing.ts";
import { assert, assertEquals, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { reasonOf, settled, THREAD, TURN } from "../_fixture.ts";
import { openGoals } from "../goals/_goal_fixture.ts";
import { type Answered, call, type ToolFixture, withTools } from "./_tools.ts";

/** A tool called `do` that returns which one it is. */
function saying(text: string, name = "do"): Tool<unknown> {
  return tool({ name, description: "Says it.", run: () => text });
}

/** Makes the server open any thread again, as itself or as a fork. */
function resumes({ server }: ToolFixture): void {
  server.on("thread/resume", ({ threadId }) => fakeThreadStart(String(threadId)));
  server.on("thread/fork", ({ threadId }) => fakeThreadStart(`fork of ${threadId}`));
}

async function said(fixture: ToolFixture, threadId: string, name = "do"): Promise<unknown> {
  const { success, text } = await fixture.call(name, {}, { threadId });
  return success ? text : undefined;
}

test("threadResume serves the tools by name and does not send them [R-41]", async () => {
  await using fixture = await withTools([]);
  resumes(fixture);
  const { codex, server } = fixture;
  await codex.threadResume("stored", { tools: [saying("again")] });
  const { params } = await server.nextRequest("thread/resume");
  assertEquals(params, { threadId: "stored", excludeTurns: true });
  assertEquals(await said(fixture, "stored"), "again");
  assertEquals(await said(fixture, THREAD), undefined);
});

test("threadResume of an open thread keeps its tools, or replaces them with given ones [R-41]", async () => {
  await using fixture = await withTools([saying("first")]);
  resumes(fixture);
  const { codex, thread } = fixture;
  assertStrictEquals(await codex.threadResume(THREAD), thread);
  assertEquals(await said(fixture, THREAD), "first");
  await codex.threadResume(THREAD, { tools: [saying("second"), saying("more", "more")] });
  assertEquals(await said(fixture, THREAD), "second");
  assertEquals(await said(fixture, THREAD, "more"), "more");
  await codex.threadResume(THREAD, { tools: [] });
  assertEquals(await said(fixture, THREAD), undefined);
});

test("a closed thread releases its tools", async () => {
  await using fixture = await withTools([saying("mine")]);
  resumes(fixture);
  await fixture.thread.close();
  assertEquals(await said(fixture, THREAD), undefined);
  await fixture.codex.threadResume(THREAD);
  assertEquals(await said(fixture, THREAD), undefined);
});

test("a thread keeps its tools when the SDK reloads it [R-41] [R-63]", async () => {
  await using fixture = await withTools([saying("still here")]);
  resumes(fixture);
  const { server, thread } = fixture;
  server.notify("thread/closed", { threadId: THREAD });
  await settled(fixture);
  server.on("turn/start", (_params, request) => {
    request.reply({ turn: fakeTurn(TURN) });
    server.sendBatch(turnEvents({ threadId: THREAD, turnId: TURN }));
  });
  await thread.run("go on");
  const [resumed] = server.received.filter(({ method }) => method === "thread/resume");
  assert(resumed !== undefined);
  assertEquals(await said(fixture, THREAD), "still here");
});

test("threadFork has the tools of an open thread, or its own [R-41]", async () => {
  await using fixture = await withTools([saying("inherited")]);
  resumes(fixture);
  const { codex } = fixture;
  await codex.threadFork(THREAD);
  assertEquals(await said(fixture, `fork of ${THREAD}`), "inherited");
  await codex.threadFork("stored", { tools: [saying("own")] });
  assertEquals(await said(fixture, "fork of stored"), "own");
  await codex.threadFork("plain");
  assertEquals(await said(fixture, "fork of plain"), undefined);
});

test("a call that arrives with the reply to thread/resume is served and has its thread", async () => {
  await using fixture = await withTools([]);
  const { server, codex } = fixture;
  const own = tool({
    name: "do",
    description: "d",
    run: (_args, { thread }) => thread.name ?? thread.id,
  });
  const calls: Promise<Answered>[] = [];
  server.on("thread/resume", (_params, request) => {
    calls.push(call(server, "do", {}, { threadId: "s" })); // before the reply
    request.reply(fakeThreadStart("s"));
    calls.push(call(server, "do", {}, { threadId: "s" }));
  });
  await codex.threadResume("s", { tools: [own] });
  assertEquals((await Promise.all(calls)).map(({ text }) => text), ["s", "s"]);
});

test("a failed resume leaves no tools behind", async () => {
  await using fixture = await withTools([]);
  const { server, codex } = fixture;
  server.defer("thread/resume").fail({ code: -32600, message: "no rollout found for thread id s" });
  await reasonOf(codex.threadResume("s", { tools: [saying("lost")] }));
  assertEquals(await said(fixture, "s"), undefined);
});

test("a tool takes precedence over a raw handler of its thread, but not over one of its turn [R-40]", async () => {
  await using fixture = await withTools([]);
  const raw = (text: string): ServerRequestHandlers => ({
    "item/tool/call": ({ tool: name }) =>
      name === "pass" ? undefined : { success: true, contentItems: [{ type: "inputText", text }] },
  });
  const { codex } = fixture;
  const tools = [saying("of the tool"), saying("passed", "pass")];
  const thread = await codex.threadStart({ tools, handlers: raw("of the thread") });
  assertEquals(await said(fixture, thread.id), "of the tool");
  assertEquals(await said(fixture, thread.id, "other"), "of the thread");
  await thread.turn("go", { handlers: raw("of the turn") });
  assertEquals(await said(fixture, thread.id), "of the turn");
  assertEquals(await said(fixture, thread.id, "pass"), "passed");
});

test("a tool called in a turn of a goal gets the turn that represents the goal", async () => {
  await using goals = await openGoals();
  const turns: unknown[] = [];
  const run: Tool<unknown>["run"] = (_args, { turn, turnId }) => void turns.push([turn, turnId]);
  goals.server.on("thread/resume", () => fakeThreadStart(THREAD));
  const tools = [tool({ name: "do", description: "d", run })];
  await goals.codex.threadResume(THREAD, { tools });
  const turn = await goals.begin();
  await call(goals.server, "do");
  assertEquals(turns.length, 1);
  const [[handle, turnId] = []] = turns as [unknown, string][];
  assertStrictEquals(handle, turn);
  assertEquals(turnId, TURN);
});
