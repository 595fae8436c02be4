/** The account over a fake server: keys stay secret, tokens are refreshed, and reads are sent. */
import {
  type ChatgptTokens,
  type CodexOptions,
  type Diagnostic,
  TransportClosedError,
} from "../../../mod.ts";
import { InvalidParamsError, InvalidRequestError } from "../../../errors.ts";
import { FakeAppServer, type FakeMessage, type FakeReply, notification } from "../../../testing.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { clientOf, type Connected, count, reasonOf } from "../_fixture.ts";

const KEY = "my own+key/0001";
const REFRESH = "account/chatgptAuthTokens/refresh";
const TOKENS: ChatgptTokens = { accessToken: "a.b.c", chatgptAccountId: "account-1" };

async function open(options: CodexOptions = {}): Promise<Connected> {
  const server = new FakeAppServer();
  server.on("account/login/start", ({ type }) => ({ type }));
  const client = clientOf(server, options);
  await client.codex.connect();
  return client;
}

/** Asks the client for new tokens. */
function ask(server: FakeAppServer, previousAccountId = "account-1"): Promise<FakeReply> {
  return server.request(REFRESH, { reason: "unauthorized", previousAccountId });
}

function show(value: unknown): string {
  if (!(value instanceof Error)) return JSON.stringify(value);
  const { message, stack, cause, ...fields } = value;
  return [message, stack, JSON.stringify(fields), cause === undefined ? "" : show(cause)].join(" ");
}

test("Codex.loginApiKey sends the key once and returns no handle", async () => {
  await using fixture = await open();
  assertEquals(await fixture.codex.loginApiKey(KEY), undefined);
  const { params } = await fixture.server.nextRequest("account/login/start");
  assertEquals(params, { type: "apiKey", apiKey: KEY });
});

test("Codex.loginApiKey rejects an invalid key before sending, without quoting it", async () => {
  await using fixture = await open();
  for (const key of ["", "  \n", undefined, null, 5, { key: KEY }, [KEY]]) {
    const error = await assertRejects(() => fixture.codex.loginApiKey(key as never), TypeError);
    assertStringIncludes(error.message, "API key");
    assert(!error.message.includes(KEY));
  }
  assertEquals(count(fixture.server, "account/login/start"), 0);
});

test("Codex.loginApiKey keeps the key out of the server's error [R-06]", async () => {
  await using fixture = await open();
  fixture.server.on("account/login/start", () => {
    const data = { tried: [KEY, { nested: `Bearer ${KEY}` }], [KEY]: 1 };
    throw { code: -32600, message: `Invalid request: invalid type: ${KEY}`, data };
  });
  const error = await reasonOf(fixture.codex.loginApiKey(KEY));
  assertInstanceOf(error, InvalidParamsError);
  assertEquals(error.message, "Invalid request: invalid type: [redacted]");
  assertEquals(error.data, {
    tried: ["[redacted]", { nested: "Bearer [redacted]" }],
    "[redacted]": 1,
  });
  assert(!show(error).includes(KEY));
});

test("Codex.loginApiKey keeps the API key out of diagnostics and of the exit's error [R-06]", async () => {
  const key = "sk-proj-0123456789abcdef";
  const diagnostics: Diagnostic[] = [];
  await using fixture = await open({ onDiagnostic: (diagnostic) => diagnostics.push(diagnostic) });
  const { server, codex } = fixture;
  server.on("account/login/start", () => {
    server.sendRaw(`panicked at apiKey ${key}`, `{"apiKey":"${key}"}`);
    server.exit({ code: 101, stderrTail: `Authorization: Bearer ${key}\nkey ${key}` });
    return new Promise(() => {});
  });
  const error = await reasonOf(codex.loginApiKey(key));
  assertInstanceOf(error, TransportClosedError);
  assertEquals(diagnostics.map(({ kind }) => kind), ["malformedMessage", "malformedMessage"]);
  assert(!diagnostics.map(show).join().includes(key));
});

test("Codex.loginApiKey keeps a key of any form out of the exit's error [R-06]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  server.on("account/login/start", () => {
    server.exit({ code: 101, stderrTail: `panicked at ${KEY}` });
    return new Promise(() => {});
  });
  const error = await reasonOf(codex.loginApiKey(KEY));
  assertInstanceOf(error, TransportClosedError);
  assertEquals([error.exitCode, error.stderrTail], [101, "panicked at [redacted]"]);
  assert(!show(error).includes(KEY));
});

test("Codex.loginChatgptTokens sends the tokens, and rejects invalid ones before sending", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  for (
    const tokens of [{}, { ...TOKENS, accessToken: " " }, { ...TOKENS, chatgptAccountId: 5 }, "x"]
  ) await assertRejects(() => codex.loginChatgptTokens(tokens as never), TypeError);
  const onTokenRefresh = "yes" as never;
  await assertRejects(() => codex.loginChatgptTokens({ ...TOKENS, onTokenRefresh }), TypeError);
  assertEquals(count(server, "account/login/start"), 0);
  await codex.loginChatgptTokens({ ...TOKENS, chatgptPlanType: "pro" });
  const { params } = await server.nextRequest("account/login/start");
  assertEquals(params, { type: "chatgptAuthTokens", ...TOKENS, chatgptPlanType: "pro" });
});

test("Codex.loginChatgptTokens answers refreshes with its handler, even before the reply [R-80]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  let asked: Promise<FakeReply> | undefined;
  server.on("account/login/start", () => {
    asked = ask(server); // before the reply
    return { type: "chatgptAuthTokens" };
  });
  const seen: unknown[] = [];
  await codex.loginChatgptTokens({
    ...TOKENS,
    onTokenRefresh: (params) => {
      seen.push(params);
      return { ...TOKENS, accessToken: "d.e.f" };
    },
  });
  assertEquals((await asked)?.result, { ...TOKENS, accessToken: "d.e.f", chatgptPlanType: null });
  assertEquals(seen, [{ reason: "unauthorized", previousAccountId: "account-1" }]);
});

test("Codex.loginChatgptTokens restores the previous handler if the login fails", async () => {
  await using fixture = await open({
    handlers: { [REFRESH]: () => ({ ...TOKENS, accessToken: "old", chatgptPlanType: null }) },
  });
  const { server, codex } = fixture;
  server.on("account/login/start", () => {
    throw { code: -32600, message: `no such token ${TOKENS.accessToken}` };
  });
  const login = codex.loginChatgptTokens({ ...TOKENS, onTokenRefresh: () => TOKENS });
  const error = await reasonOf(login);
  assertInstanceOf(error, InvalidRequestError);
  assertEquals(error.message, "no such token [redacted]");
  assertEquals(((await ask(server)).result as FakeMessage).accessToken, "old");
});

test("Codex.handle shares one token refresh among concurrent requests [R-80]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  let calls = 0;
  let answer = (_tokens: ChatgptTokens): void => {};
  codex.handle(REFRESH, async () => {
    calls++;
    const tokens = await new Promise<ChatgptTokens>((resolve) => answer = resolve);
    return { ...tokens, chatgptPlanType: null };
  });
  const asking = [ask(server), ask(server), ask(server)];
  server.on("account/read", () => ({ account: null }));
  await codex.account(); // all three were delivered
  assertEquals(calls, 1);
  answer(TOKENS);
  for (const reply of await Promise.all(asking)) {
    assertEquals(reply.result, { ...TOKENS, chatgptPlanType: null });
  }
});

test("Codex declines a token refresh whose handler throws or returns no tokens", async () => {
  const diagnostics: Diagnostic[] = [];
  await using fixture = await open({ onDiagnostic: (diagnostic) => diagnostics.push(diagnostic) });
  const { server, codex } = fixture;
  assertEquals((await ask(server)).error?.code, -32000);
  for (const tokens of [undefined, { ...TOKENS, accessToken: "" }]) {
    await codex.loginChatgptTokens({ ...TOKENS, onTokenRefresh: () => tokens as never });
    assertEquals((await ask(server)).error?.code, -32000);
  }
  assertEquals(diagnostics.map(({ kind }) => kind), [
    "unhandledRequest",
    "callbackError",
    "callbackError",
  ]);
});

test("Codex.account, logout, rateLimits and usage send their params and nothing else", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  for (
    const method of [
      "account/read",
      "account/logout",
      "account/rateLimits/read",
      "account/usage/read",
    ]
  ) server.on(method, () => ({ account: null, rateLimits: {}, summary: {} }));
  const request = { timeoutMs: 5_000, signal: new AbortController().signal };
  await codex.account({ refreshToken: true, ...request });
  await codex.account({ refreshToken: undefined });
  await codex.logout(request);
  await codex.rateLimits({ excludeResetCreditDetails: true, ...request });
  await codex.usage({ threadId: "thread-1", ...request });
  const sent = server.received.filter(({ method }) => String(method).startsWith("account/"));
  assertEquals(sent.map(({ method, params }) => [method, params]), [
    ["account/read", { refreshToken: true }],
    ["account/read", {}],
    ["account/logout", {}],
    ["account/rateLimits/read", { excludeResetCreditDetails: true }],
    ["account/usage/read", { threadId: "thread-1" }],
  ]);
});

test("Codex.on reports account/updated with its typed payload", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const modes: (string | null)[] = [];
  const stop = codex.on("account/updated", ({ authMode, planType }) => {
    modes.push(authMode, planType);
  });
  server.on("account/logout", () => ({}));
  server.sendBatch([notification("account/updated", { authMode: "chatgpt", planType: "plus" })]);
  await codex.logout();
  stop();
  server.sendBatch([notification("account/updated", { authMode: null, planType: null })]);
  await codex.logout();
  assertEquals(modes, ["chatgpt", "plus"]);
});
