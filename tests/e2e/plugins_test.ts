/** The recipes for plugins, hooks and apps, which have no calls of their own. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { message } from "../../testing.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** No request leaves this machine: nothing listens there. */
const NOWHERE = "http://127.0.0.1:9";

async function write(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
}

test("the recipes for plugins, hooks and apps work on the real binary", async () => {
  await using session = await ScriptedCodex.start(
    { env: { HTTPS_PROXY: NOWHERE, HTTP_PROXY: NOWHERE, ALL_PROXY: NOWHERE } },
    { features: { plugins: true } },
  );
  const { codex, model, scripted: { home } } = session;
  const market = join(home.workspace, "market");
  const marketplacePath = join(market, ".agents", "plugins", "marketplace.json");
  const source = { source: "local", path: "./plugins/greeter" };
  const plugin = join(market, "plugins", "greeter");
  await write(marketplacePath, { name: "local", plugins: [{ name: "greeter", source }] });
  await write(join(plugin, ".codex-plugin", "plugin.json"), { name: "greeter", version: "1.0.0" });
  await write(
    join(plugin, "skills", "greet", "SKILL.md"),
    "---\nname: greet\ndescription: Greets.\n---\nSay hello.\n",
  );
  const { marketplaces } = await codex.request("plugin/list", { cwds: [market] });
  const greeter = { marketplacePath, pluginName: "greeter" };
  assertEquals(marketplaces[0]?.plugins.map(({ id, installed }) => [id, installed]), [
    ["greeter@local", false],
  ]);
  const read = await codex.request("plugin/read", greeter);
  assertEquals(read.plugin.skills.map(({ name }) => name), ["greeter:greet"]);
  await codex.request("plugin/install", greeter);
  assertEquals((await codex.skills.get("greeter:greet", { forceReload: true })).type, "skill");
  await codex.request("plugin/uninstall", { pluginId: "greeter@local" });
  assertEquals((await codex.skills.list({ forceReload: true })).skills, []);

  const hooks = { UserPromptSubmit: [{ hooks: [{ type: "command", command: "echo seen" }] }] };
  await write(join(home.path, "hooks.json"), { hooks });
  const list = async () => (await codex.request("hooks/list", {})).data[0]?.hooks[0];
  const hook = await list();
  assertEquals(hook?.trustStatus, "untrusted");
  await codex.request("config/value/write", {
    keyPath: `hooks.state.${JSON.stringify(hook?.key)}`,
    value: { trusted_hash: hook?.currentHash ?? "" },
    mergeStrategy: "upsert",
  });
  assertEquals((await list())?.trustStatus, "trusted");
  const thread = await codex.threadStart();
  model.enqueue(message("hello"));
  const result = await thread.run("hi");
  assertEquals(result.hooks.map(({ entries }) => entries[0]?.text), ["seen"]);

  assertEquals((await codex.request("app/list", {})).data, []);
  assertEquals((await codex.request("app/read", { appIds: ["x"] })).missingAppIds, ["x"]);
});
