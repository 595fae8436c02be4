import { configArgs, type ConfigOverrides } from "../../src/config/config_overrides.ts";
import { type McpServers, mcpSettings } from "../../src/config/mcp_servers.ts";
import { connectStdio } from "../../src/process/stdio.ts";
import { assert, assertEquals, assertThrows } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

const SERVERS: McpServers = {
  files: {
    command: "mcp-files",
    args: ["--root", "/srv"],
    cwd: "/srv",
    env: { FILES_KEY: "s3cret", UNSET: undefined },
    startupTimeoutMs: 1_500,
    toolTimeoutMs: 60_000,
    disabledTools: ["drop"],
    config: { required: true, env: { LEVEL: "debug" } },
  },
  "my.search": {
    url: "https://mcp.example.com/",
    bearerToken: "t0ken",
    headers: { "X-Key": "k3y" },
    enabled: false,
    enabledTools: ["search"],
  },
};

test("mcpSettings encodes commands and URLs, and passes every secret through the environment", () => {
  const { overrides, env } = mcpSettings(SERVERS, { model: "gpt-5" });
  const args = configArgs(overrides);
  assertEquals(args, [
    "--config",
    'shell_environment_policy={set={FILES_KEY="",CODEX_SDK_MCP_1_HEADER_0="",' +
    'CODEX_SDK_MCP_1_BEARER_TOKEN=""}}',
    "--config",
    'model="gpt-5"',
    "--config",
    'mcp_servers={files={command="mcp-files",args=["--root","/srv"],cwd="/srv",' +
    'env_vars=["FILES_KEY"],disabled_tools=["drop"],startup_timeout_sec=1.5,tool_timeout_sec=60,' +
    'required=true,env={LEVEL="debug"}},"my.search"={url="https://mcp.example.com/",' +
    'bearer_token_env_var="CODEX_SDK_MCP_1_BEARER_TOKEN",' +
    'env_http_headers={X-Key="CODEX_SDK_MCP_1_HEADER_0"},enabled=false,enabled_tools=["search"]}}',
  ]);
  assertEquals(env, {
    FILES_KEY: "s3cret",
    CODEX_SDK_MCP_1_HEADER_0: "k3y",
    CODEX_SDK_MCP_1_BEARER_TOKEN: "t0ken",
  });
  assert(!/s3cret|t0ken|k3y/.test(args.join()));
});

test("mcpSettings merges the servers into configOverrides, as an object or as strings", () => {
  const servers: McpServers = { b: { command: "b" } };
  const joined = configArgs(mcpSettings(servers, { "mcp_servers.a": { command: "a" } }).overrides);
  assertEquals(joined, ["--config", 'mcp_servers={a={command="a"},b={command="b"}}']);
  assertEquals(configArgs(mcpSettings(servers, ['model="m"']).overrides), [
    "--config",
    'model="m"',
    "--config",
    'mcp_servers={b={command="b"}}',
  ]);
  assertThrows(() => mcpSettings(servers, ['mcp_servers.a.command="a"']), TypeError);
  assertEquals(mcpSettings(undefined, ["a=1"]), { overrides: ["a=1"], env: {}, hidden: [] });
});

test("mcpSettings rejects a variable that would need two values, without showing them", () => {
  const one: McpServers = { a: { command: "a", env: { KEY: "s3cret" } } };
  assertEquals(mcpSettings(one, undefined, { KEY: "s3cret" }).env, { KEY: "s3cret" });
  const clash = assertThrows(() => mcpSettings(one, undefined, { KEY: "other" }), TypeError);
  assert(/"a" needs a different value of the variable "KEY"/.test(clash.message), clash.message);
  assert(!/s3cret|other"/.test(clash.message), clash.message);
  const two: McpServers = { ...one, b: { command: "b", env: { KEY: "t0ken" } } };
  assertThrows(() => mcpSettings(two, undefined), TypeError, '"b"');
});

test("connectStdio rejects servers of the wrong type, without showing a secret", () => {
  const bad: unknown[] = [
    5,
    null,
    { a: null },
    { a: {} },
    { a: { command: "" } },
    { a: { url: 5 } },
    { a: { url: "https://x/", bearerToken: "" } },
    { a: { url: "https://x/", headers: { "X-Key": 51423 } } },
    { a: { command: "a", env: { KEY: 51423 } } },
  ];
  for (const mcpServers of bad) {
    const host = (): never => {
      throw new Error("nothing is started");
    };
    const error = assertThrows(
      () => connectStdio(host, { mcpServers: mcpServers as McpServers }),
      TypeError,
    );
    assert(!error.message.includes("51423"), error.message);
  }
  connectStdio(() => undefined as never, { launchArgsOverride: ["x"], mcpServers: SERVERS });
});

test("mcpSettings hides the variables of servers beside what the caller sets, in every form [R-113]", () => {
  const servers: McpServers = { a: { command: "a", env: { KEY: "s3cret", PATH: "/bin" } } };
  const argsFor = (overrides?: ConfigOverrides, of: McpServers = servers): string[] =>
    configArgs(mcpSettings(of, overrides).overrides).filter((arg) => arg.startsWith("shell"));
  const policy = "shell_environment_policy";
  assertEquals(mcpSettings(servers, undefined).hidden, ["KEY"]); // commands need their PATH
  assertEquals(argsFor(), [`${policy}={set={KEY=""}}`]);
  assertEquals(argsFor({ [policy]: { inherit: "core", set: { A: "1" } } }), [
    `${policy}={set={KEY="",A="1"},inherit="core"}`,
  ]);
  assertEquals(argsFor({ [`${policy}.set`]: { KEY: "own" } }), [`${policy}={set={KEY="own"}}`]);
  assertEquals(argsFor([`${policy}={inherit="core"}`]), [
    `${policy}={inherit="core"}`,
    `${policy}.set.KEY=""`,
  ]);
  assertEquals(argsFor([`${policy}.set.KEY="own"`]), [`${policy}.set.KEY="own"`]);
  const odd: McpServers = { a: { command: "a", env: { "MY.KEY": "s3cret" } } };
  assertEquals(argsFor({}, odd), [`${policy}={set={"MY.KEY"=""}}`]);
  assertThrows(() => mcpSettings(odd, []), TypeError, "as an object");
});
