import type { Sandbox, ThreadResumeOptions } from "../../../mod.ts";
import { SettingsNotAppliedError } from "../../../errors.ts";
import type { SandboxPolicy } from "../../../protocol.ts";
import { type FakeMessage, fakeThreadStart, notification } from "../../../testing.ts";
import { assertEquals, assertRejects, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { count, finish, type Fixture, open, settled, THREAD } from "../_fixture.ts";

const READ_ONLY: SandboxPolicy = { type: "readOnly", networkAccess: false };
const WORKSPACE: SandboxPolicy = {
  type: "workspaceWrite",
  writableRoots: ["/more"],
  networkAccess: true,
  excludeTmpdirEnvVar: true,
  excludeSlashTmp: false,
};
const PLAIN: SandboxPolicy = {
  ...WORKSPACE,
  writableRoots: [],
  networkAccess: false,
  excludeTmpdirEnvVar: false,
};

/** An open thread whose server ignores the settings of a resume, as it does while a thread is loaded. */
async function loaded(sandbox: SandboxPolicy): Promise<Fixture> {
  const fixture = await open({}, { sandbox });
  fixture.server.on("thread/resume", ({ threadId }) => ({
    ...fakeThreadStart(String(threadId)),
    sandbox,
  }));
  fixture.server.on("thread/fork", ({ threadId }) => fakeThreadStart(`fork of ${threadId}`));
  fixture.server.on("thread/settings/update", () => ({}));
  return fixture;
}

function sent({ server }: Fixture, method: string): FakeMessage[] {
  return server.received.filter((message) => message.method === method)
    .map(({ params }) => params as FakeMessage);
}

test("Codex.threadResume applies the settings to a thread that is open here [R-91]", async () => {
  await using fixture = await loaded({ type: "dangerFullAccess" });
  const { codex, thread } = fixture;
  const again = await codex.threadResume(THREAD, {
    sandbox: "readOnly",
    approvalMode: "denyAll",
    model: "other",
    cwd: "/elsewhere",
    personality: "friendly",
    serviceTier: null,
  });
  assertStrictEquals(again, thread);
  assertEquals(sent(fixture, "thread/settings/update"), [{
    threadId: THREAD,
    sandboxPolicy: READ_ONLY,
    approvalPolicy: "never",
    model: "other",
    cwd: "/elsewhere",
    personality: "friendly",
  }]);
  const { settings } = thread;
  assertEquals([settings.sandbox, settings.model, settings.approvalPolicy, settings.cwd], [
    READ_ONLY,
    "other",
    "never",
    "/elsewhere",
  ]);
  await codex.threadResume(THREAD);
  assertEquals(count(fixture.server, "thread/settings/update"), 1);
});

test("Codex.threadResume applies the settings to a thread that another client has loaded [R-91]", async () => {
  await using fixture = await loaded({ type: "dangerFullAccess" });
  const { codex, server } = fixture;
  const other = await codex.threadResume("other", { sandbox: "readOnly", model: "fake-model" });
  assertEquals(sent(fixture, "thread/settings/update"), [
    { threadId: "other", sandboxPolicy: READ_ONLY, model: "fake-model" },
  ]);
  assertEquals(other.settings.sandbox, READ_ONLY);
  await codex.threadResume("same", { sandbox: "fullAccess", model: "fake-model" });
  assertEquals(count(server, "thread/settings/update"), 1); // the server has applied these
});

test("Codex.threadResume does not take another way to write a setting for one that was ignored [R-91]", async () => {
  await using fixture = await loaded(WORKSPACE);
  const { codex, server } = fixture;
  const config = { model_verbosity: "low" };
  for (const writableRoots of [["/more/"], ["/more", "/more"]]) {
    await codex.threadResume("stored", {
      config,
      sandbox: { type: "workspaceWrite", writableRoots },
    });
    await (await codex.threadResume("stored")).close();
  }
  assertEquals(count(server, "thread/settings/update"), 0);
  await codex.threadResume("stored", { config, serviceTier: "fast", sandbox: "workspace" });
  assertEquals(sent(fixture, "thread/settings/update"), [
    { threadId: "stored", serviceTier: "fast" },
  ]);
  for (const writableRoots of [["/less"], ["/more", "/less"], []]) {
    const sandbox: Sandbox = { type: "workspaceWrite", writableRoots };
    await assertRejects(
      () => codex.threadResume("other", { config, sandbox }),
      SettingsNotAppliedError,
    );
  }
});

test("Codex.threadResume refuses settings that a loaded thread cannot take over [R-91]", async () => {
  await using fixture = await loaded(READ_ONLY);
  const { codex, server } = fixture;
  for (
    const [name, options] of Object.entries<ThreadResumeOptions>({
      config: { config: { model_verbosity: "low" } },
      baseInstructions: { baseInstructions: "be brief" },
      developerInstructions: { developerInstructions: "be brief" },
      modelProvider: { modelProvider: "other" },
    })
  ) {
    const error = await assertRejects(
      () => codex.threadResume(THREAD, options),
      SettingsNotAppliedError,
      `Cannot apply "${name}" to thread "${THREAD}"`,
    );
    assertEquals([error.settings, error.threadId], [[name], THREAD]);
  }
  assertEquals(count(server, "thread/resume"), 0);
  await codex.threadResume(THREAD, { modelProvider: "fake", config: null });
});

test("Codex.threadResume accepts the settings that a thread was opened with [R-91]", async () => {
  await using fixture = await loaded(WORKSPACE);
  const { codex, server } = fixture;
  const config = { model_verbosity: "low" };
  const options: ThreadResumeOptions = {
    config,
    baseInstructions: "be brief",
    developerInstructions: "be kind",
    sandbox: { type: "workspaceWrite", networkAccess: true },
  };
  const started = await codex.threadStart(options);
  const stored = await codex.threadResume("stored", options);
  const forked = await codex.threadFork("stored", options);
  for (const thread of [started, stored, forked]) {
    assertStrictEquals(await codex.threadResume(thread.id, options), thread);
    assertStrictEquals(await codex.threadResume(thread.id, { config: { ...config } }), thread);
    for (const other of [{ config: {} }, { baseInstructions: "" }]) {
      await assertRejects(() => codex.threadResume(thread.id, other), SettingsNotAppliedError);
    }
  }
  // It is loaded again, with other settings.
  server.sendBatch([notification("thread/closed", { threadId: "stored" })]);
  await settled(fixture);
  await codex.threadResume("stored", { config: {} });
  await codex.threadResume("stored", { config: {} });
  await assertRejects(() => codex.threadResume("stored", { config }), SettingsNotAppliedError);
});

test("Codex.threadResume rejects if the server refuses the settings, and the thread keeps its own [R-91]", async () => {
  await using fixture = await loaded({ type: "dangerFullAccess" });
  const { codex, server, thread } = fixture;
  server.on("thread/settings/update", () => {
    throw { code: -32600, message: "not allowed" };
  });
  await assertRejects(
    () => codex.threadResume(THREAD, { sandbox: "readOnly" }),
    Error,
    "not allowed",
  );
  assertEquals(thread.settings.sandbox, { type: "dangerFullAccess" });
});

test("Codex.threadResume leaves no subscription behind when it fails after the reply [R-91]", async () => {
  await using fixture = await loaded({ type: "dangerFullAccess" });
  const { codex, server } = fixture;
  server.on("thread/settings/update", () => {
    throw { code: -32600, message: "not allowed" };
  });
  const options = { sandbox: "readOnly" } as const;
  await assertRejects(
    () => codex.threadResume("other", { ...options, config: { model_verbosity: "low" } }),
    SettingsNotAppliedError,
  );
  await assertRejects(() => codex.threadResume("another", options), Error, "not allowed");
  await assertRejects(() => codex.threadResume(THREAD, options), Error, "not allowed");
  await settled(fixture);
  // The handle of the thread that is open here needs its own.
  assertEquals(sent(fixture, "thread/unsubscribe"), [
    { threadId: "other" },
    { threadId: "another" },
  ]);
});

test("TurnOptions.sandbox keeps what the thread's sandbox of that type had beside it [R-92]", async () => {
  await using fixture = await loaded(WORKSPACE);
  const { server, thread } = fixture;
  const presets: readonly Sandbox[] = ["workspace", "readOnly", "workspaceWrite", "fullAccess", {
    type: "workspaceWrite",
    networkAccess: false,
    writableRoots: undefined,
  }];
  for (const sandbox of presets) await finish(server, await thread.turn("hi", { sandbox }));
  assertEquals(sent(fixture, "turn/start").map(({ sandboxPolicy }) => sandboxPolicy), [
    WORKSPACE,
    READ_ONLY,
    WORKSPACE,
    { type: "dangerFullAccess" },
    { ...WORKSPACE, networkAccess: false },
  ]);
});

test("TurnOptions.sandbox has the defaults if the thread never had such a sandbox [R-92]", async () => {
  await using fixture = await loaded(READ_ONLY);
  const { server, thread } = fixture;
  await finish(server, await thread.turn("hi", { sandbox: "workspace" }));
  await finish(
    server,
    await thread.turn("hi", { sandbox: { type: "workspaceWrite", networkAccess: true } }),
  );
  assertEquals(sent(fixture, "turn/start").map(({ sandboxPolicy }) => sandboxPolicy), [
    PLAIN,
    { ...PLAIN, networkAccess: true },
  ]);
});

test("Codex.threadStart sends a sandbox with network and writable folders [R-92]", async () => {
  await using fixture = await loaded(READ_ONLY);
  const { codex } = fixture;
  const sandbox: Sandbox = { type: "workspaceWrite", networkAccess: true, writableRoots: ["/a"] };
  await codex.threadStart({
    sandbox,
    config: {
      sandbox_workspace_write: { network_access: false, exclude_slash_tmp: true },
      "sandbox_workspace_write.writable_roots": ["/b"],
      model_verbosity: "low",
    },
  });
  await codex.threadStart({ sandbox: { type: "workspaceWrite" } });
  const [, first, second] = sent(fixture, "thread/start");
  assertEquals([first?.sandbox, first?.config], ["workspace-write", {
    model_verbosity: "low",
    sandbox_workspace_write: {
      network_access: true,
      exclude_slash_tmp: true,
      writable_roots: ["/a"],
    },
  }]);
  assertEquals([second?.sandbox, second?.config], ["workspace-write", undefined]);
});

test("A sandbox object is checked before anything is sent [R-92]", async () => {
  await using fixture = await loaded(READ_ONLY);
  const { codex, server, thread } = fixture;
  const frames = server.received.length;
  const wrong: readonly [unknown, string][] = [
    [{ type: "readOnly" }, '"sandbox" must be one of "readOnly"'],
    [{ type: "workspaceWrite", network: true }, 'cannot have "network", only "networkAccess"'],
    [{ type: "workspaceWrite", networkAccess: "yes" }, "must be true or false"],
    [{ type: "workspaceWrite", writableRoots: "/a" }, "must be an array of paths"],
    [{ type: "workspaceWrite", writableRoots: [""] }, "must be an array of paths"],
  ];
  for (const [sandbox, message] of wrong) {
    const options = { sandbox: sandbox as Sandbox };
    await assertRejects(() => codex.threadStart(options), TypeError, message);
    await assertRejects(() => thread.run("hi", options), TypeError, message);
    await assertRejects(() => thread.run("hi", { ...options, goal: true }), TypeError, message);
  }
  assertEquals(server.received.length, frames);
});
