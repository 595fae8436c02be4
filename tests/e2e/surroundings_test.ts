/** Files around the test kit's folders do not affect a turn. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { message, shellCommand } from "../../testing.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import {
  diffAdds,
  makeRepository,
  withTemporaryFolder,
  withVariables,
} from "../_support/surroundings.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const PATCH = `apply_patch <<'EOF'
*** Begin Patch
*** Add File: a.txt
+hello
*** End Patch
EOF
`;

/** Files that the agent would read from parent folders. */
const FOREIGN = {
  "AGENTS.md": "FOREIGN instructions",
  ".codex/config.toml": 'developer_instructions = "FOREIGN settings"',
  ".agents/skills/foreign/SKILL.md": "---\nname: foreign\ndescription: FOREIGN skill\n---\n",
};

/** Runs a turn that writes a file, and checks that only the test kit's own settings apply. */
async function writeInTurn(): Promise<void> {
  await using session = await ScriptedCodex.start({}, { sandboxMode: "workspace-write" });
  const { codex, model, scripted: { home } } = session;
  const thread = await codex.threadStart({ sandbox: "workspace", approvalMode: "denyAll" });
  model.enqueue(shellCommand(PATCH)).enqueue(message("written"));
  const { diff, finalResponse } = await thread.run("write a file");
  assertEquals(finalResponse, "written");
  assert(diffAdds(diff ?? "", join(home.workspace, "a.txt")));
  for (const { body } of model.requests) assert(!JSON.stringify(body).includes("FOREIGN"));
  assertEquals((await thread.read()).thread.gitInfo, null);
  assertEquals((await codex.account()).account, null);
}

test("ScriptedModel isolates its turns in a plain folder [R-102]", async () => {
  await withTemporaryFolder(writeInTurn);
});

test("ScriptedModel isolates its turns from a surrounding git repository with instructions, skills and settings [R-102]", async () => {
  await withTemporaryFolder(async (folder) => {
    await makeRepository(folder);
    for (const [file, text] of Object.entries(FOREIGN)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    await writeInTurn();
  });
});

test("ScriptedModel isolates its turns from a store and keys in the environment [R-102]", async () => {
  await withTemporaryFolder(async (folder) => {
    const keys = { CODEX_API_KEY: "FOREIGN", OPENAI_API_KEY: "FOREIGN" };
    const home = join(folder, "store");
    await mkdir(home);
    await withVariables({ ...keys, CODEX_HOME: home, CODEX_SQLITE_HOME: home }, writeInTurn);
    assertEquals(await readdir(home), []);
  });
});
