import { Sandbox } from "../../mod.ts";
import { SettingsNotAppliedError } from "../../errors.ts";
import { message } from "../../testing.ts";
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
