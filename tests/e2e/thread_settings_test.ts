import { existsSync } from "node:fs";
import { join } from "node:path";
import { Sandbox } from "../../mod.ts";
import { SettingsNotAppliedError } from "../../errors.ts";
import { message, shellCommand } from "../../testing.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

test("codex.threadResume with a stricter sandbox applies it to a thread that is open here [R-91]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart({ sandbox: Sandbox.fullAccess, approvalMode: "ask" });
  model.enqueue(message("stored"));
  await thread.run("hi");
  await codex.threadResume(thread.id, { sandbox: Sandbox.readOnly, approvalMode: "denyAll" });
  assertEquals([thread.settings.sandbox.type, thread.settings.approvalPolicy], [
    "readOnly",
    "never",
  ]);
  await assertRejects(
    () => codex.threadResume(thread.id, { config: { model_verbosity: "low" } }),
    SettingsNotAppliedError,
  );
  // What the server has, not what this client remembers.
  await thread.close();
  const again = await codex.threadResume(thread.id);
  assertEquals([again.settings.sandbox.type, again.settings.approvalPolicy], ["readOnly", "never"]);
});

test("a sandbox with network keeps it when a turn names the preset [R-92]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted: { options: { cwd } } } = session;
  const more = `${cwd}-more`;
  const thread = await codex.threadStart({
    sandbox: { type: "workspaceWrite", networkAccess: true, writableRoots: [more] },
  });
  const policy = (): unknown => {
    const { sandbox } = thread.settings;
    return sandbox.type === "workspaceWrite" && [sandbox.networkAccess, sandbox.writableRoots];
  };
  assertEquals(policy(), [true, [more]]);
  for (const sandbox of [Sandbox.readOnly, Sandbox.workspace, Sandbox.workspaceWrite]) {
    model.enqueue(message("ok"));
    await thread.run("hi", { sandbox });
    assertEquals(thread.settings.sandbox.type === "readOnly", sandbox === Sandbox.readOnly);
  }
  assertEquals(policy(), [true, [more]]);
  model.enqueue(message("ok"));
  await thread.run("hi", { sandbox: { type: "workspaceWrite", networkAccess: false } });
  assertEquals(policy(), [false, [more]]);
});

test("a workspace sandbox stays when the thread is unloaded or forked, although the configuration is weaker [R-91]", async () => {
  await using session = await ScriptedCodex.start({}, { sandboxMode: "danger-full-access" });
  const { codex, model, scripted } = session;
  const probe = join(scripted.home.path, "probe"); // outside the workspace, in no writable folder of the sandbox
  const sandbox = {
    type: "workspaceWrite",
    networkAccess: true,
    excludeSlashTmp: true,
    excludeTmpdirEnvVar: true,
  } as const;
  const thread = await codex.threadStart({ sandbox, approvalMode: "denyAll" });
  model.enqueue(message("stored"));
  await thread.run("hi");
  await codex.request("thread/archive", { threadId: thread.id });
  await codex.request("thread/unarchive", { threadId: thread.id });
  model.enqueue(shellCommand(`touch ${probe}`)).enqueue(message("tried"));
  await thread.run("again");
  const { sandbox: kept } = thread.settings;
  assertEquals(kept.type === "workspaceWrite" && kept.networkAccess, true);
  assertEquals(existsSync(probe), false);

  await codex.threadArchive(thread.id);
  assertEquals((await codex.threadUnarchive(thread.id)).settings.sandbox, kept);
  model.enqueue(shellCommand(`touch ${probe}`)).enqueue(message("tried"));
  await thread.run("again");
  assertEquals(existsSync(probe), false);

  const fork = await codex.threadFork(thread.id);
  assertEquals(fork.settings.sandbox, kept);
  model.enqueue(shellCommand(`touch ${probe}`)).enqueue(message("tried"));
  await fork.run("again");
  assertEquals(existsSync(probe), false);
});
