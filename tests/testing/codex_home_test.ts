import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { withTemporaryFolder, withVariables } from "../_support/surroundings.ts";
import { test } from "../_support/test.ts";
import { ScriptedModel, TemporaryCodexHome } from "../../testing.ts";

test("TemporaryCodexHome writes a config for the model and removes everything", async () => {
  await using home = await TemporaryCodexHome.create({
    modelUrl: "http://127.0.0.1:1/v1",
    model: 'odd "name"',
    sandboxMode: "workspace-write",
    requiresOpenaiAuth: true,
    features: { goals: false },
    rootToml: 'model_reasoning_effort = "low"',
    extraToml: "[tools]\nview_image = false",
  });
  const config = await readFile(join(home.path, "config.toml"), "utf8");
  for (
    const line of [
      'model = "odd \\"name\\""',
      'sandbox_mode = "workspace-write"',
      "requires_openai_auth = true",
      '"goals" = false',
      '"plugins" = false',
      'base_url = "http://127.0.0.1:1/v1"',
      "[tools]",
    ]
  ) assertStringIncludes(config, line);
  assert(config.indexOf("model_reasoning_effort") < config.indexOf("\n["));
  await writeFile(join(home.workspace, "file.txt"), "text");
  await home.remove();
  await home.remove();
  assert(!existsSync(home.path) && !existsSync(home.workspace));
});

test("TemporaryCodexHome stops the binary's search above the folders, unless the config sets it", async () => {
  await using home = await TemporaryCodexHome.create();
  const config = await readFile(join(home.path, "config.toml"), "utf8");
  const markers = /^project_root_markers = (.*)$/m;
  const names = JSON.parse(markers.exec(config)?.[1] ?? "") as string[];
  assertEquals(names[0], ".git");
  assert(existsSync(join(home.workspace, "..", names[1] ?? "none")));
  assertEquals(home.env.GIT_CEILING_DIRECTORIES, join(home.workspace, ".."));
  const rootToml = "project_root_markers = []";
  await using custom = await TemporaryCodexHome.create({ rootToml });
  const own = await readFile(join(custom.path, "config.toml"), "utf8");
  assertEquals(own.split("project_root_markers").length, 2);
});

test("TemporaryCodexHome turns off the skills of Codex, unless the config is about skills", async () => {
  for (const extraToml of [undefined, "[tools]", "[[skills.config]]", "[skills]"]) {
    await using home = await TemporaryCodexHome.create(
      extraToml === undefined ? {} : { extraToml },
    );
    const config = await readFile(join(home.path, "config.toml"), "utf8");
    const isOff = /^\[skills\.bundled\]\nenabled = false$/m.test(config);
    assertEquals(isOff, extraToml?.includes("skills") !== true, extraToml);
  }
});

test("TemporaryCodexHome copies the databases that a variable names, and nothing else", async () => {
  await withTemporaryFolder(async (folder) => {
    for (const name of ["a.sqlite", "a.sqlite-wal", "a.sqlite-shm", "auth.json"]) {
      await writeFile(join(folder, name), name);
    }
    await withVariables({ CODEX_TEST_DATABASES: folder }, async () => {
      await using home = await TemporaryCodexHome.create();
      assertEquals((await readdir(home.path)).sort(), ["a.sqlite", "a.sqlite-wal", "config.toml"]);
    });
    await withVariables({ CODEX_TEST_DATABASES: join(folder, "none") }, async () => {
      await assertRejects(() => TemporaryCodexHome.create(), Error, "none");
    });
    assertEquals((await readdir(folder)).filter((name) => name.startsWith("codex-test-")), []);
  });
});

test("TemporaryCodexHome configures no provider without a model's URL", async () => {
  await using home = await TemporaryCodexHome.create();
  const config = await readFile(join(home.path, "config.toml"), "utf8");
  assert(!config.includes("model_provider"));
});

test("ScriptedModel provides the options of a client and closes everything at once", async () => {
  const scripted = await ScriptedModel.start({ approvalPolicy: "on-request" });
  const { codexHome, cwd, env } = scripted.options;
  assertEquals(env.CODEX_HOME, codexHome);
  const config = await readFile(join(codexHome, "config.toml"), "utf8");
  assertStringIncludes(config, `base_url = "${scripted.model.url}"`);
  assertStringIncludes(config, 'approval_policy = "on-request"');
  assert(existsSync(cwd));
  await scripted.close();
  await scripted.close();
  assert(!existsSync(codexHome) && !existsSync(cwd));
});
