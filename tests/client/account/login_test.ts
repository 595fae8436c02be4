/** Logins over a fake server: routing by login id, races, limits and ends. */
import {
  type ChatgptLoginHandle,
  type CodexOptions,
  RequestTimeoutError,
  TransportClosedError,
} from "../../../mod.ts";
import { InvalidRequestError } from "../../../errors.ts";
import { FakeAppServer, type FakeMessage, notification } from "../../../testing.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { clientOf, type Connected, count, countingSignal, reasonOf } from "../_fixture.ts";

/** A server that starts `login-1`, `login-2` and so on, and a client connected to it. */
async function open(options: CodexOptions = {}): Promise<Connected> {
  const server = new FakeAppServer();
  let logins = 0;
  server.on("account/login/start", ({ type }) => started(`login-${++logins}`, String(type)));
  server.on("account/login/cancel", ({ loginId }, request) => {
    request.reply({ status: "canceled" });
    server.sendBatch([completion(String(loginId), { success: false, error: "cancelled" })]);
  });
  const client = clientOf(server, options);
  await client.codex.connect();
  return client;
}

function started(loginId: string, type: string = "chatgpt"): FakeMessage {
  const shown = type === "chatgpt"
    ? { authUrl: "http://127.0.0.1/authorize" }
    : { verificationUrl: "http://127.0.0.1/device", userCode: "CODE" };
  return { type, loginId, ...shown };
}

function completion(loginId: string | null, fields: FakeMessage = {}): FakeMessage {
  const params = { loginId, success: true, error: null, onboardingEntrypoint: null, ...fields };
  return notification("account/login/completed", params);
}

/** The logins that the server was asked to cancel. */
function cancelled(server: FakeAppServer): unknown[] {
  const requests = server.received.filter(({ method }) => method === "account/login/cancel");
  return requests.map(({ params }) => (params as { loginId: unknown }).loginId);
}

/** Returns whether a promise has settled once everything that was sent has been delivered. */
async function isOpen({ server, codex }: Connected, promise: Promise<unknown>): Promise<boolean> {
  let open = true;
  promise.then(() => open = false, () => open = false);
  server.on("account/read", () => ({ account: null }));
  await codex.account();
  return open;
}

test("Codex.loginChatgpt returns the login id and the URL for the browser", async () => {
  await using fixture = await open();
  const login = await fixture.codex.loginChatgpt({
    appBrand: "codex",
    codexStreamlinedLogin: true,
  });
  assertEquals([login.loginId, login.authUrl], ["login-1", "http://127.0.0.1/authorize"]);
  const { params } = await fixture.server.nextRequest("account/login/start");
  assertEquals(params, { type: "chatgpt", appBrand: "codex", codexStreamlinedLogin: true });
});

test("Codex.loginChatgptDeviceCode returns the URL and the code to enter", async () => {
  await using fixture = await open();
  const login = await fixture.codex.loginChatgptDeviceCode();
  assertEquals([login.verificationUrl, login.userCode], ["http://127.0.0.1/device", "CODE"]);
  const { params } = await fixture.server.nextRequest("account/login/start");
  assertEquals(params, { type: "chatgptDeviceCode" });
});

test("Codex.loginChatgpt rejects options that are not an object, before sending", async () => {
  await using fixture = await open();
  await assertRejects(() => fixture.codex.loginChatgpt("codex" as never), TypeError, "options");
  await assertRejects(() => fixture.codex.account([] as never), TypeError, "options");
  assertEquals(count(fixture.server, "account/login/start"), 0);
});

test("LoginHandle.wait resolves only with the completion of its own login [R-79]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const first = await codex.loginChatgpt();
  const second = await codex.loginChatgpt();
  const [waitFirst, waitSecond] = [first.wait(), second.wait()];
  server.sendBatch([completion(null), completion("login-9"), completion("login-2")]);
  assertEquals((await waitSecond).loginId, "login-2");
  assert(await isOpen(fixture, waitFirst));
  server.sendBatch([completion("login-1", { success: false, error: "replaced" })]);
  const { success, error } = await waitFirst;
  assertEquals([success, error], [false, "replaced"]);
});

test("LoginHandle.wait resolves with a completion that arrived before the call [R-79]", async () => {
  await using fixture = await open();
  const login = await fixture.codex.loginChatgpt();
  fixture.server.sendBatch([completion("login-1")]);
  const early = login.wait();
  assert((await early).success);
  assertEquals(await login.wait(), await early);
  assertEquals(await login.wait(), await early);
});

test("LoginHandle.wait resolves with a completion that arrived before the start's reply [R-79]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  for (const order of ["before", "after"] as const) {
    server.on("account/login/start", (_params, request) => {
      const reply = { id: request.id, result: started(order) };
      const end = completion(order, { success: false, error: order });
      server.sendBatch(order === "before" ? [end, reply] : [reply, end]);
      return new Promise(() => {});
    });
    const login = await codex.loginChatgpt();
    assertEquals((await login.wait()).error, order);
  }
});

test("LoginHandle.wait reports success only for true", async () => {
  await using fixture = await open();
  const login = await fixture.codex.loginChatgpt();
  fixture.server.sendBatch([
    notification("account/login/completed", { loginId: "login-1", success: "yes" }),
  ]);
  assertEquals(await login.wait(), {
    loginId: "login-1",
    success: false,
    error: null,
    onboardingEntrypoint: null,
  });
});

test("LoginHandle.cancel returns canceled, and wait resolves with the failed completion [R-79]", async () => {
  await using fixture = await open();
  const login = await fixture.codex.loginChatgpt();
  assertEquals(await login.cancel(), "canceled");
  const { success, error } = await login.wait();
  assertEquals([success, error], [false, "cancelled"]);
});

test("LoginHandle.cancel returns notFound if the server has no such login", async () => {
  await using fixture = await open();
  fixture.server.on("account/login/cancel", () => ({ status: "notFound" }));
  const login = await fixture.codex.loginChatgpt();
  assertEquals(await login.cancel(), "notFound");
});

test("LoginHandle.wait cancels the login when its signal fires, and rejects with the reason [R-79]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const login = await codex.loginChatgpt();
  const { controller, listeners } = countingSignal();
  const waiting = reasonOf(login.wait({ signal: controller.signal }));
  const other = login.wait();
  const reason = new Error("enough");
  controller.abort(reason);
  assertStrictEquals(await waiting, reason);
  assertEquals(cancelled(server), ["login-1"]);
  assertEquals((await other).success, false);
  assertEquals(listeners(), 0);
  // The login has ended: nothing is left to cancel.
  assertStrictEquals(await reasonOf(login.wait({ signal: controller.signal })), reason);
  assertEquals(cancelled(server), ["login-1"]);
});

test("LoginHandle.wait with a signal that has already fired cancels the login too [R-79]", async () => {
  await using fixture = await open();
  const login = await fixture.codex.loginChatgpt();
  const reason = new Error("too late");
  const signal = AbortSignal.abort(reason);
  assertStrictEquals(await reasonOf(login.wait({ signal })), reason);
  assertEquals(cancelled(fixture.server), ["login-1"]);
});

test("LoginHandle.wait leaves no listener on the signal of a login that ended", async () => {
  await using fixture = await open();
  const login = await fixture.codex.loginChatgpt();
  const { controller, listeners } = countingSignal();
  const waiting = login.wait({ signal: controller.signal });
  fixture.server.sendBatch([completion("login-1")]);
  await waiting;
  assertEquals(listeners(), 0);
});

test("LoginHandle.wait cancels the login when it times out", async () => {
  await using fixture = await open();
  const login = await fixture.codex.loginChatgpt();
  const error = await reasonOf(login.wait({ timeoutMs: 20 }));
  assertInstanceOf(error, RequestTimeoutError);
  assertEquals(error.timeoutMs, 20);
  assertEquals(cancelled(fixture.server), ["login-1"]);
  await assertRejects(() => login.wait({ timeoutMs: -1 }), RangeError, "timeoutMs");
});

test("LoginHandle.wait leaves no listener when it times out and the server never reports the end", async () => {
  await using fixture = await open();
  fixture.server.on("account/login/cancel", () => ({ status: "notFound" }));
  const login = await fixture.codex.loginChatgpt();
  const { controller, listeners } = countingSignal();
  const { signal } = controller;
  await assertRejects(() => login.wait({ timeoutMs: 5, signal }), RequestTimeoutError);
  assertEquals(listeners(), 0);
});

test("LoginHandle cancels an unfinished login at the end of its block, but not a finished one [R-79]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  {
    await using login = await codex.loginChatgpt();
    server.sendBatch([completion(login.loginId)]);
    await login.wait();
  }
  assertEquals(cancelled(server), []);
  {
    await using _login = await codex.loginChatgptDeviceCode();
  }
  assertEquals(cancelled(server), ["login-2"]);
});

test("LoginHandle does not throw at the end of its block if the server refuses to cancel", async () => {
  await using fixture = await open();
  fixture.server.on("account/login/cancel", () => {
    throw { code: -32600, message: "invalid login id: login-1" };
  });
  const login: ChatgptLoginHandle = await fixture.codex.loginChatgpt();
  await login[Symbol.asyncDispose]();
  await assertRejects(() => login.cancel(), InvalidRequestError, "invalid login id");
});

test("LoginHandle.wait rejects for every waiter when the server exits [R-13]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const first = await codex.loginChatgpt();
  const second = await codex.loginChatgptDeviceCode();
  const signal = new AbortController().signal;
  const waiting = [first.wait(), first.wait({ signal }), second.wait({ timeoutMs: 60_000 })];
  const reasons = Promise.all(waiting.map(reasonOf));
  server.exit({ code: 3, stderrTail: "gone" });
  for (const reason of await reasons) {
    assertInstanceOf(reason, TransportClosedError);
    assertEquals(reason.exitCode, 3);
  }
  assertInstanceOf(await reasonOf(first.wait()), TransportClosedError);
  assertInstanceOf(await reasonOf(first.cancel()), TransportClosedError);
  await first[Symbol.asyncDispose]();
});

test("LoginHandle.wait resolves with a completion that arrived before the exit [R-14]", async () => {
  await using fixture = await open();
  const login = await fixture.codex.loginChatgpt();
  const waiting = login.wait();
  fixture.server.sendBatch([completion("login-1")]);
  fixture.server.exit({ code: 1 });
  assert((await waiting).success);
});

test("Codex.loginChatgpt cancels a login that starts after the call was cancelled [R-79]", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const start = server.defer("account/login/start");
  const stop = new AbortController();
  const starting = reasonOf(codex.loginChatgpt({ signal: stop.signal }));
  await start.arrived();
  const reason = new Error("enough");
  stop.abort(reason);
  assertStrictEquals(await starting, reason);
  start.reply(started("late"));
  await server.nextRequest("account/login/cancel");
  assertEquals(cancelled(server), ["late"]);
});

test("Codex.loginChatgpt rejects when it times out, and sends nothing when aborted", async () => {
  await using fixture = await open();
  const { server, codex } = fixture;
  const signal = AbortSignal.abort(new Error("no"));
  await assertRejects(() => codex.loginChatgpt({ signal }), Error, "no");
  assertEquals(count(server, "account/login/start"), 0);
  server.hang();
  await assertRejects(() => codex.loginChatgpt({ timeoutMs: 20 }), RequestTimeoutError);
});
