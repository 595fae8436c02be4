import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedModel } from "../../testing.ts";
import { Codex } from "../../mod.ts";

/** An MCP server whose only tool has the secret in its name. */
const SERVER = `
import { createInterface } from "node:readline";
const send = (message) => console.log(JSON.stringify({ jsonrpc: "2.0", ...message }));
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  const { protocolVersion } = params ?? {};
  const serverInfo = { name: "probe", version: "1" };
  const tool = { name: "tool_" + process.env.PROBE_SECRET, inputSchema: { type: "object" } };
  if (method === "initialize") {
    send({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
  } else if (method === "tools/list") send({ id, result: { tools: [tool] } });
  else if (id !== undefined) send({ id, error: { code: -32601, message: "unknown" } });
}
`;

test("mcpServers reach the real binary beside those in config.toml, with secrets in the environment [R-56]", async () => {
  const extraToml = '[mcp_servers.stored]\nurl = "http://127.0.0.1:9/"\nenabled = false\n';
  await using scripted = await ScriptedModel.start({ extraToml });
  const script = join(scripted.home.workspace, "server.mjs");
  await writeFile(script, SERVER);
  await using codex = await Codex.start({
    ...scripted.options,
    configOverrides: { "mcp_servers.given": { url: "http://127.0.0.1:9/", enabled: false } },
    mcpServers: {
      probe: { command: "node", args: [script], env: { PROBE_SECRET: "s3cret" } },
      "remote.one": {
        url: "http://127.0.0.1:9/",
        bearerToken: "t0ken",
        headers: { "X-Key": "k3y" },
        enabled: false,
      },
    },
  });
  const { config } = await codex.request("config/read", {});
  const servers = (config as unknown as {
    readonly mcp_servers: Record<string, Record<string, unknown>>;
  }).mcp_servers;
  assertEquals(Object.keys(servers).sort(), ["given", "probe", "remote.one", "stored"]);
  assertEquals(servers.probe?.env_vars, ["PROBE_SECRET"]);
  assertEquals(
    servers["remote.one"]?.bearer_token_env_var,
    "CODEX_SDK_MCP_1_BEARER_TOKEN",
  );
  assertEquals(/s3cret|t0ken|k3y/.test(JSON.stringify(config)), false);
  const { data } = await codex.request("mcpServerStatus/list", {});
  const probe = data.find(({ name }) => name === "probe");
  assertEquals(Object.keys(probe?.tools ?? {}), ["tool_s3cret"]);
});
