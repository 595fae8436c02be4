import { InternalRpcError, InvalidStateError } from "../../../errors.ts";
import { FakeAppServer, notification } from "../../../testing.ts";
import type { McpServers } from "../../../mod.ts";
import type { McpToolCall } from "../../../types.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { clientOf, type Connected, reasonOf } from "../_fixture.ts";

const LIST = "mcpServerStatus/list";
const CALL: McpToolCall = { threadId: "thread-1", server: "docs", tool: "search" };

async function open(): Promise<Connected> {
  const client = clientOf(new FakeAppServer(), { onElicitation: () => new Promise(() => {}) });
  await client.codex.connect();
  return client;
}

/** The params of the requests with a method. */
function sent({ server }: Connected, method: string): unknown[] {
  return server.received.filter((one) => one.method === method).map(({ params }) => params);
}

test("Codex.mcp.list reads every page and sends its options with each", async () => {
  await using client = await open();
  const { server, codex } = client;
  const pages = [
    { data: [{ name: "a", tools: {} }], nextCursor: "2" },
    { data: [{ name: "b", tools: {} }], nextCursor: null },
  ];
  server.on(LIST, () => pages.shift());
  const servers = await codex.mcp.list({ threadId: "t", detail: "toolsAndAuthOnly" });
  assertEquals(servers.map(({ name }) => name), ["a", "b"]);
  const params = { threadId: "t", detail: "toolsAndAuthOnly" };
  assertEquals(sent(client, LIST), [params, { ...params, cursor: "2" }]);
});

test("Codex.mcp rejects replies that it cannot read, and arguments that name nothing [R-118]", async () => {
  await using client = await open();
  const { server, codex: { mcp } } = client;
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    [LIST]: () => mcp.list(),
    "mcpServer/tool/call": () => mcp.callTool(CALL),
    "mcpServer/resource/read": () => mcp.readResource({ server: "docs", uri: "docs://a" }),
    "mcpServer/oauth/login": () => mcp.login("docs"),
    "config/mcpServer/reload": () => mcp.reload(),
    "config/read": () => mcp.remove("docs"),
  };
  for (const [method, call] of Object.entries(calls)) {
    for (const reply of method.endsWith("reload") ? [null, 5] : [null, {}, { data: [{}] }]) {
      server.on(method, (_params, request) => request.reply(reply));
      const error = await assertRejects(call, InternalRpcError);
      assertEquals([error.code, error.method], ["unreadable_reply", method]);
    }
  }
  const before = server.received.length;
  const bad = [
    mcp.callTool({ ...CALL, tool: "" }),
    mcp.callTool({ ...CALL, threadId: undefined as never }),
    mcp.readResource({ server: "docs", uri: "" }),
    mcp.login(""),
    mcp.remove(""),
    mcp.login("docs", { expiresMs: -1 }).catch((error) => {
      throw new TypeError(String(error));
    }),
  ];
  for (const call of bad) await assertRejects(() => call, TypeError);
  assertEquals(server.received.length, before);
});

test("Codex.mcp.add writes what is no secret, and what no other layer defines [R-113]", async () => {
  await using client = await open();
  const { server, codex: { mcp } } = client;
  const layer = (type: string, mcp_servers: unknown): unknown => ({
    name: { type },
    config: { mcp_servers },
  });
  const layers = [layer("sessionFlags", { given: {} }), layer("user", { docs: {} })];
  server.on("config/read", () => ({ config: {}, origins: {}, layers }));
  server.on("config/batchWrite", () => ({ status: "ok" }));
  server.on("config/mcpServer/reload", () => ({}));
  const docs = { command: "docs", startupTimeoutMs: 1_500, config: { env_vars: ["KEY"] } };
  await mcp.add({ docs, "a.b": { url: "https://a.example.com", cwd: undefined } as never });
  await mcp.remove("docs");
  const mergeStrategy = "replace";
  assertEquals(sent(client, "config/batchWrite"), [
    {
      edits: [
        {
          keyPath: 'mcp_servers."docs"',
          value: { command: "docs", startup_timeout_sec: 1.5, env_vars: ["KEY"] },
          mergeStrategy,
        },
        { keyPath: 'mcp_servers."a.b"', value: { url: "https://a.example.com" }, mergeStrategy },
      ],
    },
    { edits: [{ keyPath: 'mcp_servers."docs"', value: null, mergeStrategy }] },
  ]);
  assertEquals(sent(client, "config/mcpServer/reload").length, 2);
  const secrets: McpServers = {
    env: { command: "a", env: { KEY: "s3cret" } },
    bearerToken: { url: "https://a.example.com", bearerToken: "s3cret" },
    headers: { url: "https://a.example.com", headers: { "x-key": "s3cret" } },
  };
  for (const [name, server] of Object.entries(secrets)) {
    const { message } = await assertRejects(() => mcp.add({ [name]: server }), TypeError);
    assertStringIncludes(message, `Cannot store "${name}"`);
    assertEquals(message.includes("s3cret"), false);
  }
  await assertRejects(() => mcp.add({ given: { command: "x" } }), InvalidStateError);
  await assertRejects(() => mcp.remove("given"), InvalidStateError);
  assertEquals(sent(client, "config/batchWrite").length, 2);
});

test("a question outside of turns ends with the last call that may have asked it [R-35]", async () => {
  await using client = await open();
  const { server, codex } = client;
  const running = [1, 2].map(() => server.defer("mcpServer/tool/call"));
  const ask = (fields: object): Promise<unknown> =>
    server.request("mcpServer/elicitation/request", {
      ...{ threadId: "thread-1", turnId: null, serverName: "docs", environmentId: null },
      ...{ mode: "form", _meta: null, message: "Which?", requestedSchema: {} },
      ...fields,
    });
  const states = (): string[] => codex.openRequests().map(({ state }) => state);
  const before = ask({ message: "asked before" });
  await arrived(client);
  const calls = [codex.mcp.callTool(CALL), codex.mcp.callTool(CALL)];
  await Promise.all(running.map((call) => call.arrived()));
  const during = ask({});
  const others = [ask({ serverName: "other" }), ask({ threadId: "other" }), ask({ turnId: "u" })];
  await arrived(client);
  assertEquals(states().length, 5);
  running[0]?.reply({ content: [] });
  await calls[0];
  assertEquals(states().length, 5);
  running[1]?.fail({ code: -32603, message: "gone" });
  await reasonOf(calls[1] as Promise<unknown>);
  assertEquals((await during as { result: unknown }).result, {
    ...{ action: "cancel", content: null, _meta: null },
  });
  assertEquals(states().length, 4);
  for (const request of codex.openRequests()) request.decline();
  await Promise.all([before, ...others]);
});

test("Codex.mcp.login waits for its own login, and cancelling it ends the wait [R-79]", async () => {
  await using client = await open();
  const { server, codex } = client;
  let logins = 0;
  server.on("mcpServer/oauth/login", () => ({
    authorizationUrl: `http://127.0.0.1/${++logins}`,
    loginId: `login-${logins}`,
  }));
  const options = { scopes: ["read"], expiresMs: 1_001, threadId: "thread-1" };
  await using first = await codex.mcp.login("docs", options);
  await using second = await codex.mcp.login("docs");
  await using third = await codex.mcp.login("docs");
  assertEquals([first.authUrl, first.loginId], ["http://127.0.0.1/1", "login-1"]);
  server.sendBatch([
    notification("mcpServer/oauthLogin/completed", {
      ...{ name: "docs", threadId: null, loginId: "login-2", success: true },
    }),
    notification("mcpServer/oauthLogin/completed", {
      ...{ name: "docs", threadId: null, loginId: "login-1", success: false, error: "refused" },
    }),
  ]);
  assertEquals((await second.wait()).success, true);
  const { success, error } = await first.wait();
  assertEquals([success, error], [false, "refused"]);
  const waiting = third.wait();
  assertEquals([await third.cancel(), await third.cancel()], ["canceled", "notFound"]);
  assertEquals((await waiting).error, "The login was cancelled");
  assertEquals(sent(client, "mcpServer/oauth/login")[0], {
    ...{ name: "docs", scopes: ["read"], timeoutSecs: 2, threadId: "thread-1" },
  });
  assertEquals(sent(client, "account/login/cancel"), []);
});

/** Waits until everything sent so far has been delivered. */
async function arrived({ server, codex }: Connected): Promise<void> {
  server.on("thread/loaded/list", () => ({ data: [], nextCursor: null }));
  await codex.loadedThreads();
}
