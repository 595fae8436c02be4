import type { Codex, Thread } from "../../mod.ts";
import { InternalRpcError } from "../../errors.ts";
import { fakeThreadStart } from "../../testing.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { type Fixture, open } from "./_fixture.ts";

/** Makes the server answer a method with an unusual reply and returns how the call fails. */
async function unreadable(
  { server, codex, thread }: Fixture,
  method: string,
  reply: unknown,
  call: (codex: Codex, thread: Thread) => Promise<unknown>,
): Promise<string> {
  server.on(method, (_params, request) => request.reply(reply));
  const error = await assertRejects(() => call(codex, thread), InternalRpcError);
  assertEquals([error.code, error.method, error.data], ["unreadable_reply", method, reply]);
  return error.message;
}

test("Thread.turn and review reject with typed errors if the reply names no turn, and release the thread [R-69] [R-70]", async () => {
  await using fixture = await open();
  for (const reply of [null, {}, { turn: null }, { turn: {} }, { turn: { id: 5 } }]) {
    const message = await unreadable(
      fixture,
      "turn/start",
      reply,
      (_codex, thread) => thread.turn("hi"),
    );
    assertEquals(message, 'Cannot read the reply to "turn/start": it has no "turn.id"');
    await unreadable(
      fixture,
      "review/start",
      reply,
      (_codex, thread) => thread.review({ type: "uncommittedChanges" }),
    );
  }
});

test("Codex.threadStart, threadResume and threadFork reject with typed errors if the reply names no thread [R-69] [R-70]", async () => {
  await using fixture = await open();
  for (const reply of [null, {}, { thread: null }, { thread: { id: 5 } }]) {
    await unreadable(fixture, "thread/start", reply, (codex) => codex.threadStart());
    await unreadable(fixture, "thread/resume", reply, (codex) => codex.threadResume("thread-9"));
    await unreadable(fixture, "thread/fork", reply, (codex) => codex.threadFork("thread-9"));
  }
});

test("Thread.run rejects with a typed error if the reply to its resume names no thread [R-63] [R-69]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  server.notify("thread/closed", { threadId: thread.id });
  await unreadable(fixture, "thread/resume", {}, () => thread.run("hi"));
  server.on("thread/resume", () => fakeThreadStart(thread.id));
  await (await thread.turn("hi")).interrupt();
});

test("Codex.loginChatgpt rejects with a typed error if the reply lacks required fields [R-69] [R-70]", async () => {
  await using fixture = await open();
  const login = "account/login/start";
  for (const reply of [null, {}, { loginId: "login-1" }, { authUrl: "https://example.com" }]) {
    await unreadable(fixture, login, reply, (codex) => codex.loginChatgpt());
    await unreadable(fixture, login, reply, (codex) => codex.loginChatgptDeviceCode());
  }
});

test("Goal.get and Goal.set reject with typed errors if the reply holds no goal [R-69] [R-70]", async () => {
  await using fixture = await open();
  for (const reply of [null, {}, { goal: 5 }, { goal: {} }]) {
    await unreadable(fixture, "thread/goal/get", reply, (_codex, thread) => thread.goal.get());
    await unreadable(fixture, "thread/goal/set", reply, (_codex, thread) => thread.goal.set("x"));
    await unreadable(fixture, "thread/goal/set", reply, (_codex, thread) => thread.goal.pause());
  }
});
