import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { scriptCommand } from "../process/_current.ts";
import { message, ScriptedModel, shellCommand } from "../../testing.ts";
import { Codex, type CodexOptions, type ThreadStartOptions } from "../../mod.ts";

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
  const [command = "", ...args] = scriptCommand(script, "-A");
  await using codex = await Codex.start({
    ...scripted.options,
    configOverrides: { "mcp_servers.given": { url: "http://127.0.0.1:9/", enabled: false } },
    mcpServers: {
      probe: { command, args, env: { PROBE_SECRET: "s3cret" } },
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

/** What a command of the agent finds of the variables: of its own environment, then of all processes it sees. */
const LOOK = "env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'";

test("no command of the agent reads the secrets of MCP servers, whatever the caller sets, and the servers get them [R-113]", async () => {
  const extraToml =
    '[shell_environment_policy]\nexclude = ["FROM_TOML"]\nset = { KEPT = "kept" }\n';
  const policy = "shell_environment_policy";
  const overrides: readonly CodexOptions["configOverrides"][] = [
    undefined,
    { [policy]: { set: { OWN: "own" } } },
    { [`${policy}.set`]: { OWN: "own" }, [`${policy}.inherit`]: "all" },
    [`${policy}={set={OWN="own"}}`],
    [`${policy}.set.OWN="own"`, `${policy}.inherit="all"`],
  ];
  const threads: readonly ThreadStartOptions["config"][] = [
    undefined,
    { [policy]: { inherit: "all", set: { OWN: "own" } } },
    { [`${policy}.set`]: { OWN: "own" } },
    { [`${policy}.set.OWN`]: "own", [`${policy}.inherit`]: "all" },
  ];
  for (const configOverrides of overrides) {
    await using scripted = await ScriptedModel.start({
      extraToml,
      features: { shell_snapshot: true },
    });
    const script = join(scripted.home.workspace, "server.mjs");
    await writeFile(script, SERVER);
    const [command = "", ...args] = scriptCommand(script, "-A");
    await using codex = await Codex.start({
      ...scripted.options,
      env: { ...scripted.options.env, FROM_TOML: "h1dden" },
      configOverrides,
      mcpServers: {
        probe: { command, args, env: { PROBE_SECRET: "s3cret" } },
        remote: {
          url: "http://127.0.0.1:9/",
          bearerToken: "t0ken",
          headers: { "X-Key": "k3y" },
          enabled: false,
        },
      },
    });
    for (const config of configOverrides === undefined ? threads : threads.slice(0, 2)) {
      const thread = await codex.threadStart({ config, sandbox: "readOnly" });
      scripted.model.enqueue(shellCommand(LOOK));
      scripted.model.enqueue(message("done"));
      const { items } = await thread.run("look");
      const command = items.find(({ type }) => type === "commandExecution");
      assert(command?.type === "commandExecution" && command.exitCode !== null);
      const found = command.aggregatedOutput ?? "";
      const where = JSON.stringify([configOverrides, config]);
      assert(!/s3cret|t0ken|k3y|h1dden/.test(found), `${where}: ${found}`);
      const own = configOverrides !== undefined || config !== undefined ? ["OWN=own"] : [];
      for (const line of ["KEPT=kept", "PROBE_SECRET=", ...own]) {
        assert(found.split("\n").includes(line), `${where} has no ${line}: ${found}`);
      }
    }
    const snapshots = join(scripted.home.path, "shell_snapshots");
    for (const file of await readdir(snapshots).catch(() => [])) {
      assert(!/s3cret|t0ken|k3y|h1dden/.test(await readFile(join(snapshots, file), "utf8")), file);
    }
    const { data } = await codex.request("mcpServerStatus/list", {});
    const probe = data.find(({ name }) => name === "probe");
    assertEquals(Object.keys(probe?.tools ?? {}), ["tool_s3cret"]);
  }
});
