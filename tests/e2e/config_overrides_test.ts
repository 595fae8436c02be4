import { writeFile } from "node:fs/promises";
import type { ConfigOverrides } from "../../src/config/config_overrides.ts";
import { assertEquals, assertObjectMatch } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { current, withFolder } from "../process/_current.ts";
import { ask, initialize } from "../process/_dialogue.ts";

test("the real binary understands configArgs, including dotted keys and quotes [R-56]", async () => {
  const text = 'a "b" \\ \n \x7f \u2028 é😀 = # \'';
  const config = await readConfig({
    model: text,
    model_context_window: 1000,
    "model_providers.plain.name": "P",
    model_providers: { "my.own provider": { name: "Q", base_url: "http://127.0.0.1:1/v1" } },
    'mcp_servers."a.b"': { command: "c", args: ["x", "y z"], enabled: false, env: { "A.B": "1" } },
    "mcp_servers.filed.tool_timeout_sec": 1.5,
    hide_agent_reasoning: true,
  });
  assertEquals(config["model"], text);
  assertEquals(config["model_context_window"], 1000);
  assertEquals(config["hide_agent_reasoning"], true);
  assertObjectMatch(config["model_providers"] as object, {
    plain: { name: "P" },
    "my.own provider": { name: "Q", base_url: "http://127.0.0.1:1/v1" },
    filed: { name: "F" },
  });
  assertObjectMatch(config["mcp_servers"] as object, {
    "a.b": { command: "c", args: ["x", "y z"], enabled: false, env: { "A.B": "1" } },
    filed: { command: "f", tool_timeout_sec: 1.5 },
  });
});

/** Returns the configuration that the real binary reads from overrides and a small `config.toml`. */
function readConfig(configOverrides: ConfigOverrides): Promise<Record<string, unknown>> {
  return withFolder(async (codexHome) => {
    const file = '[model_providers.filed]\nname="F"\n[mcp_servers.filed]\ncommand="f"\n';
    await writeFile(`${codexHome}/config.toml`, file);
    const env = { CODEX_APP_SERVER_DISABLE_MANAGED_CONFIG: "1" };
    await using transport = await current.stdio({ codexHome, configOverrides, env })();
    await initialize(transport);
    const answer = await ask(transport, "config/read", { includeLayers: false });
    return answer["config"] as Record<string, unknown>;
  });
}
