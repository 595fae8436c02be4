import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InvalidStateError } from "../../errors.ts";
import { message } from "../../testing.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** Writes a skill; without a description, the server cannot read it. */
async function write(folder: string, name: string, description?: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  const lines = [
    `name: ${name}`,
    ...(description === undefined ? [] : [`description: ${description}`]),
  ];
  const file = join(path, "SKILL.md");
  await writeFile(file, `---\n${lines.join("\n")}\n---\nThe body of ${name}.\n`);
  return file;
}

test("codex.skills lists, enables and finds skills, which the model then gets", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model, scripted: { home } } = session;
  const greet = await write(join(home.path, "skills"), "greet", "Greets people.");
  const bad = await write(join(home.workspace, ".agents", "skills"), "bad");
  const { cwd, skills, errors } = await codex.skills.list({ forceReload: true });
  assertEquals(cwd, home.workspace);
  assertEquals(skills.map(({ name, path, enabled }) => [name, path, enabled]), [
    ["greet", greet, true],
  ]);
  assertEquals(errors.map(({ path }) => path), [bad]);

  await codex.skills.disable("greet");
  await assertRejects(() => codex.skills.get("greet"), InvalidStateError, "it is disabled");
  await codex.skills.enable("greet");
  const thread = await codex.threadStart();
  model.enqueue(message("hello"));
  await thread.run(["Greet them.", await codex.skills.get("greet")]);
  assertStringIncludes(JSON.stringify(model.requests[0]?.inputItems), "The body of greet.");

  const more = join(home.workspace, "more");
  await write(more, "extra", "From elsewhere.");
  const changed = new Promise<void>((resolve) => codex.on("skills/changed", () => resolve()));
  await codex.skills.setExtraRoots([more]);
  await changed;
  const names = (await codex.skills.list()).skills.map(({ name }) => name);
  assertEquals(names.sort(), ["extra", "greet"]);
});
