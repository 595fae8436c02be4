import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Codex } from "../../mod.ts";
import { StructuredOutputError } from "../../errors.ts";
import { message, ScriptedModel, shellCommand } from "../../testing.ts";
import { assertEquals, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { scriptCommand } from "../process/_current.ts";

/** Answers every prompt and command that a hook is asked about; a program, so that it runs the same on each system. */
const HOOK = `process.stdin.on("data", (data) => {
  if (!String(data).includes("secret")) return;
  console.log(JSON.stringify({ decision: "block", reason: "no secrets" }));
});
`;

test("TurnResult.hooks and the error of a typed output say why a hook blocked the prompt or a step [R-89]", async () => {
  await using scripted = await ScriptedModel.start();
  const { model, options } = scripted;
  await trustHook(options.codexHome, async () => {
    await using codex = await Codex.start(options);
    const { data } = await codex.request("hooks/list", {});
    return data.flatMap(({ hooks }) => hooks);
  });
  await using codex = await Codex.start(options);
  const thread = await codex.threadStart();
  const result = await thread.run("a secret");
  assertEquals([result.status, result.finalResponse, result.items.length], ["completed", null, 0]);
  const [hook] = result.hooks;
  assertEquals([hook?.eventName, hook?.status], ["userPromptSubmit", "blocked"]);
  assertEquals(hook?.entries, [{ kind: "feedback", text: "no secrets" }]);

  const output = {
    type: "object",
    properties: {},
    required: [],
    additionalProperties: false,
  } as const;
  await assertRejects(
    () => thread.run("a secret", { output }),
    StructuredOutputError,
    "blocked it: no secrets",
  );
  model.enqueue(shellCommand("echo secret > written")).enqueue(message("I could not."));
  const { items, hooks: [prompted, step], ...outcome } = await thread.run("go on");
  assertEquals([outcome.status, outcome.finalResponse], ["completed", "I could not."]);
  assertEquals([prompted?.status, step?.eventName, step?.status], [
    ...["completed", "preToolUse", "blocked"],
  ]);
  assertEquals(step?.entries, [{ kind: "feedback", text: "no secrets" }]);
  // The step has no item: only its hook tells of it.
  assertEquals(items.map(({ type }) => type), ["userMessage", "agentMessage"]);
  model.enqueue(message("hello"));
  const { finalResponse, hooks } = await thread.run("hi");
  assertEquals([finalResponse, hooks.map(({ status }) => status)], ["hello", ["completed"]]);
});

/** Writes a hook of prompts and commands into the home, and marks it as trusted: others do not run. */
async function trustHook(
  home: string,
  list: () => Promise<readonly { readonly key: string; readonly currentHash: string }[]>,
): Promise<void> {
  const program = join(home, "hook.cjs");
  await writeFile(program, HOOK);
  const command = scriptCommand(program, "-A").map((word) => `"${word}"`).join(" ");
  const entry = [{ hooks: [{ type: "command", command }] }];
  const hooks = { UserPromptSubmit: entry, PreToolUse: entry };
  await writeFile(join(home, "hooks.json"), JSON.stringify({ hooks }));
  const trusted = (await list()).map(({ key, currentHash }) => {
    return `\n[hooks.state.${JSON.stringify(key)}]\ntrusted_hash = "${currentHash}"\n`;
  });
  await writeFile(join(home, "config.toml"), trusted.join(""), { flag: "a" });
}
