import { Codex, type Thread } from "../../mod.ts";
import { InternalRpcError } from "../../errors.ts";
import { FakeAppServer, fakeThreadStart, fakeTurn, notification } from "../../testing.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { finish, type Fixture, open, settled } from "./_fixture.ts";

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

/** Replies that no call can read. */
const GARBAGE: readonly unknown[] = [null, 5, "x", true, [], [{}]];

/** Every call that reads a reply, with its method and with objects that lack what it reads. */
const READERS: readonly (readonly [
  method: string,
  call: (codex: Codex, thread: Thread) => Promise<unknown>,
  lacking?: readonly unknown[],
])[] = [
  ["model/list", (codex) => codex.models(), [{}, { data: { a: 1 } }, { data: [5] }, {
    data: [],
    nextCursor: 5,
  }]],
  ["thread/list", (codex) => codex.threadList(), [{}, { data: 5 }]],
  ["thread/list", (codex) => codex.threads().next(), [{}, { data: { a: 1 } }, { data: [null] }]],
  ["thread/loaded/list", (codex) => codex.loadedThreads(), [{}, { data: [{ id: "a" }] }]],
  ["thread/turns/list", (_codex, thread) => thread.turns().next(), [{}, { data: "x" }]],
  ["thread/items/list", (_codex, thread) => thread.items().next(), [{}, { data: "x" }]],
  ["thread/read", (_codex, thread) => thread.read(), [{}, { thread: 5 }]],
  ["account/read", (codex) => codex.account(), [{}, { account: 5 }]],
  ["account/rateLimits/read", (codex) => codex.rateLimits(), [{}, { rateLimits: 5 }]],
  ["account/rateLimits/read", (codex) => codex.watchRateLimits(), [{}, { rateLimits: 5 }]],
  ["account/usage/read", (codex) => codex.usage(), [{}, { summary: null }]],
  ["account/logout", (codex) => codex.logout()],
  ["account/login/start", (codex) => codex.loginApiKey("sk-1"), [{}, { type: 5 }]],
  [
    "account/login/start",
    (codex) => codex.loginChatgptTokens({ accessToken: "secret-token", chatgptAccountId: "me" }),
    [{}, { type: 5 }],
  ],
  ["thread/archive", (codex) => codex.threadArchive("thread-9")],
  ["thread/unarchive", (codex) => codex.threadUnarchive("thread-9")],
  ["thread/delete", (codex) => codex.threadDelete("thread-9")],
  ["thread/name/set", (_codex, thread) => thread.setName("name")],
  ["thread/settings/update", (_codex, thread) => thread.set({ model: "m" })],
  [
    "thread/backgroundTerminals/list",
    (_codex, thread) => thread.backgroundTerminals(),
    [{}, { data: [5] }, { data: [], nextCursor: 5 }],
  ],
  ["thread/backgroundTerminals/clean", (_codex, thread) => thread.stopBackgroundTerminals()],
  ["thread/revert", (_codex, thread) => thread.revert("turn-9")],
  ["thread/goal/clear", (_codex, thread) => thread.goal.clear(), [{}, { cleared: "yes" }]],
  ["thread/goal/get", (_codex, thread) => thread.run("x", { goal: true }), [{ goal: 5 }]],
  ["fs/readFile", (codex) => codex.fs.read("/a"), [{}, { dataBase64: 5 }]],
  ["fs/readDirectory", (codex) => codex.fs.list("/a"), [{}, { entries: 5 }, { entries: [5] }]],
  ["fs/getMetadata", (codex) => codex.fs.stat("/a"), [{}, { isFile: "yes" }]],
  ["fs/writeFile", (codex) => codex.fs.writeText("/a", "")],
  ["fs/createDirectory", (codex) => codex.fs.mkdir("/a")],
  ["fs/copy", (codex) => codex.fs.copy("/a", "/b")],
  ["fs/remove", (codex) => codex.fs.remove("/a")],
  ["fs/watch", (codex) => codex.fs.watch("/a")],
  ["command/exec", (codex) => codex.exec(["a"]).output(), [{}, { exitCode: "0" }]],
  [
    "config/read",
    (codex) => codex.config.read({ includeLayers: true }),
    [{}, { config: {}, origins: {}, layers: null }],
  ],
  ["config/batchWrite", (codex) => codex.config.write({ model: "a" }), [{}, { status: 5 }]],
  [
    "configRequirements/read",
    (codex) => codex.config.requirements(),
    [{}, { requirements: 5 }],
  ],
  [
    "permissionProfile/list",
    (codex) => codex.config.permissionProfiles(),
    [{}, { data: [5], nextCursor: null }],
  ],
  [
    "fuzzyFileSearch",
    (codex) => codex.search.files("a", { roots: ["/a"] }).next(),
    [{}, { files: [5] }],
  ],
  ["thread/search/stream", (codex) => codex.search.threads("a").next(), [{}, { data: [5] }]],
];

test("every call rejects with a typed error if it cannot read the reply [R-69] [R-70] [R-118]", async () => {
  await using fixture = await open();
  fixture.server.on("fs/unwatch", () => ({}));
  for (const [method, call, lacking = []] of READERS) {
    for (const reply of [...GARBAGE, ...lacking]) {
      fixture.server.on(method, (_params, request) => request.reply(reply));
      const named = method === "thread/search/stream" ? "thread/search" : method;
      const error = await assertRejects(
        () => call(fixture.codex, fixture.thread),
        InternalRpcError,
        `Cannot read the reply to "${named}"`,
      );
      assertEquals([error.code, error.method], ["unreadable_reply", named]);
    }
  }
});

test("a steer rejects with a typed error if it cannot read the reply [R-118]", async () => {
  await using fixture = await open();
  const turn = await fixture.thread.turn("hi");
  for (const reply of GARBAGE) {
    await unreadable(fixture, "turn/steer", reply, () => turn.steer("more"));
  }
});

test("Codex.connect rejects with a typed error if the reply to initialize is not an object [R-118]", async () => {
  for (const reply of GARBAGE) {
    await using server = new FakeAppServer();
    server.on("initialize", (_params, request) => request.reply(reply));
    await using codex = new Codex({ connect: server.connect });
    const error = await assertRejects(() => codex.connect(), InternalRpcError);
    assertEquals([error.code, error.method], ["unreadable_reply", "initialize"]);
  }
});

test("a start that asks about a foreign turn survives a reply that it cannot read [R-118]", async () => {
  await using fixture = await open();
  const { server, thread } = fixture;
  for (const reply of [...GARBAGE, {}, { thread: 5 }]) {
    const turn = fakeTurn("other");
    server.sendBatch([notification("turn/started", { threadId: thread.id, turn })]);
    server.on("thread/read", (_params, request) => request.reply(reply));
    await settled(fixture);
    await finish(server, await thread.turn("hi"));
  }
});
