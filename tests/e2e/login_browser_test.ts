/**
 * Browser logins on the real binary. Each one listens on the same local port and cancels the previous one, even of
 * another process, so the runtimes take turns with this file.
 */
import { createServer } from "node:net";
import { message } from "../../testing.ts";
import { assertEquals, assertStringIncludes } from "../_support/assert.ts";
import { deadProxies } from "../_support/dead_proxy.ts";
import { test } from "../_support/test.ts";
import { bearers, LoginCodex } from "./_login.ts";

test("Codex.loginChatgpt logs in once the person has consented in the browser [R-79]", async () => {
  await using running = await LoginCodex.start({ email: "me@example.com" });
  const { codex, issuer, model } = running;
  await using login = await codex.loginChatgpt();
  const waiting = login.wait();
  const page = await issuer.signIn(login.authUrl);
  assertEquals(page.status, 200);
  const { loginId, success, error } = await waiting;
  assertEquals([loginId, success, error], [login.loginId, true, null]);
  const { account } = await codex.account();
  assertEquals(account?.type === "chatgpt" ? account.email : account, "me@example.com");

  model.enqueue(message("hello"));
  await (await codex.threadStart()).run("hi");
  assertEquals(bearers(model)[0]?.split(".").length, 3);
});

test("LoginIssuer.env lets a browser login bypass a proxy [R-100]", async () => {
  await using running = await LoginCodex.start({}, { env: Object.assign({}, ...deadProxies) });
  const { codex, issuer } = running;
  await using login = await codex.loginChatgpt();
  assertEquals((await issuer.signIn(login.authUrl)).status, 200);
  assertEquals((await login.wait()).success, true);
});

test("LoginHandle.cancel of a browser login returns canceled, and wait returns its failed completion [R-79]", async () => {
  await using running = await LoginCodex.start();
  const login = await running.codex.loginChatgpt();
  assertEquals(await login.cancel(), "canceled");
  const { loginId, success, error } = await login.wait();
  assertEquals([loginId, success], [login.loginId, false]);
  assertStringIncludes(error ?? "", "not completed");
});

test("LoginHandle.wait of a replaced browser login sees only its own attempt [R-79]", async () => {
  await using running = await LoginCodex.start();
  const { codex, issuer } = running;
  const first = await codex.loginChatgpt();
  const second = await codex.loginChatgpt();
  const replaced = await first.wait();
  assertEquals([replaced.loginId, replaced.success], [first.loginId, false]);
  await issuer.signIn(second.authUrl);
  const completed = await second.wait();
  assertEquals([completed.loginId, completed.success], [second.loginId, true]);
});

test("LoginHandle.wait returns a failed completion if the person refuses in the browser", async () => {
  await using running = await LoginCodex.start();
  const { codex, issuer } = running;
  await using login = await codex.loginChatgpt();
  await issuer.refuse(login.authUrl);
  const { success, error } = await login.wait();
  assertEquals(success, false);
  assertStringIncludes(error ?? "", "The person refused");
});

test("LoginHandle.wait returns a failed completion if the issuer issues no tokens", async () => {
  await using running = await LoginCodex.start();
  const { codex, issuer } = running;
  issuer.refuseTokens();
  await using login = await codex.loginChatgpt();
  await issuer.signIn(login.authUrl);
  const { success, error } = await login.wait();
  assertEquals(success, false);
  assertStringIncludes(error ?? "", "400");
});

test("LoginHandle cancels an unfinished browser login at the end of its block [R-79]", async () => {
  await using running = await LoginCodex.start();
  const { codex } = running;
  const ports: string[] = [];
  let waiting;
  {
    await using login = await codex.loginChatgpt();
    ports.push(portOf(login.authUrl));
    waiting = login.wait();
  }
  assertEquals((await waiting).success, false);
  await using next = await codex.loginChatgpt();
  ports.push(portOf(next.authUrl));
  assertEquals(ports[0], ports[1]); // the port is free again
});

test("Codex.loginChatgpt uses another port if the first one is taken", async () => {
  await using running = await LoginCodex.start();
  const { codex, issuer } = running;
  const other = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    other.once("error", reject);
    other.listen(1455, "127.0.0.1", resolve);
  });
  try {
    await using login = await codex.loginChatgpt();
    assertEquals(portOf(login.authUrl), "1457");
    await issuer.signIn(login.authUrl);
    assertEquals((await login.wait()).success, true);
  } finally {
    await new Promise<void>((resolve) => other.close(() => resolve()));
  }
});

/** The port that the browser returns to. */
function portOf(authUrl: string): string {
  return new URL(new URL(authUrl).searchParams.get("redirect_uri") ?? "").port;
}
