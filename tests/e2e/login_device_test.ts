/** Device code logins on the real binary, end to end with a local issuer. */
import { TransportClosedError } from "../../mod.ts";
import { message, rawEvent } from "../../testing.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { bearers, LoginCodex } from "./_login.ts";

test("Codex.loginChatgptDeviceCode logs in once the code is entered [R-79]", async () => {
  await using running = await LoginCodex.start({ email: "me@example.com", planType: "pro" });
  const { codex, issuer, model } = running;
  const login = await codex.loginChatgptDeviceCode();
  assertStringIncludes(login.verificationUrl, issuer.origin);
  issuer.enterCode(login.userCode);
  const completion = await login.wait();
  assertEquals(completion, {
    loginId: login.loginId,
    success: true,
    error: null,
    onboardingEntrypoint: null,
  });
  const { account } = await codex.account();
  assert(account?.type === "chatgpt");
  assertEquals([account.email, account.planType], ["me@example.com", "pro"]);

  model.enqueue(message("hello"));
  await (await codex.threadStart()).run("hi");
  assertEquals(bearers(model)[0]?.split(".").length, 3);
  assertEquals(await login.cancel(), "notFound");
});

test("Codex.rateLimits, usage and logout work with a ChatGPT login", async () => {
  await using running = await LoginCodex.start({ usedPercent: 42, lifetimeTokens: 77 });
  const { codex, issuer } = running;
  await using login = await codex.loginChatgptDeviceCode();
  issuer.enterCode(login.userCode);
  assert((await login.wait()).success);
  const { rateLimits } = await codex.rateLimits();
  assertEquals([rateLimits.primary?.usedPercent, rateLimits.planType], [42, "plus"]);
  assertEquals((await codex.usage()).summary.lifetimeTokens, 77);
  {
    // The binary's update has nulls where it knows nothing new.
    await using limits = await codex.watchRateLimits();
    const updated = new Promise((resolve) => codex.on("account/rateLimits/updated", resolve));
    running.model.enqueue(
      rawEvent({ type: "codex.rate_limits", rate_limits: null }),
      message("hello"),
    );
    await (await codex.threadStart()).run("hi");
    await updated;
    assertEquals(limits.current.rateLimits.primary?.usedPercent, 42);
  }
  await codex.account({ refreshToken: true });
  await codex.logout();
  await issuer.nextRequest("/oauth/revoke");
  assertEquals((await codex.account()).account, null);
});

test("LoginHandle.wait returns a failed completion if the code is refused", async () => {
  await using running = await LoginCodex.start();
  const { codex, issuer } = running;
  await using login = await codex.loginChatgptDeviceCode();
  issuer.refuseCode(login.userCode);
  const { success, error } = await login.wait();
  assertEquals(success, false);
  assertStringIncludes(error ?? "", "device");
  assertEquals((await codex.account()).account, null);
});

test("LoginHandle.wait returns a failed completion if the workspace is unknown", async () => {
  await using running = await LoginCodex.start({ workspaceKnown: false });
  const { codex, issuer } = running;
  await using login = await codex.loginChatgptDeviceCode();
  issuer.enterCode(login.userCode);
  const { success, error } = await login.wait();
  assertEquals(success, false);
  assertStringIncludes(error ?? "", "workspace");
});

test("LoginHandle.cancel of a device code returns canceled, and wait returns its failed completion [R-79]", async () => {
  await using running = await LoginCodex.start();
  const login = await running.codex.loginChatgptDeviceCode();
  const waiting = login.wait();
  assertEquals(await login.cancel(), "canceled");
  const { loginId, success } = await waiting;
  assertEquals([loginId, success], [login.loginId, false]);
  assertEquals(await login.cancel(), "notFound");
  assertEquals(await login.wait(), await waiting);
});

test("LoginHandle.wait of a replaced device code sees only its own attempt [R-79]", async () => {
  await using running = await LoginCodex.start();
  const { codex, issuer } = running;
  const first = await codex.loginChatgptDeviceCode();
  const second = await codex.loginChatgptDeviceCode();
  const replaced = await first.wait();
  assertEquals([replaced.loginId, replaced.success], [first.loginId, false]);
  issuer.enterCode(second.userCode);
  const completed = await second.wait();
  assertEquals([completed.loginId, completed.success], [second.loginId, true]);
});

test("LoginHandle.wait cancels the device code when its signal fires [R-79]", async () => {
  await using running = await LoginCodex.start();
  const login = await running.codex.loginChatgptDeviceCode();
  const stop = new AbortController();
  const reason = new Error("enough");
  const waiting = login.wait({ signal: stop.signal });
  stop.abort(reason);
  assertEquals(await waiting.catch((error) => error), reason);
  assertEquals((await login.wait()).success, false);
  assertEquals(await login.cancel(), "notFound");
});

test("LoginHandle.wait rejects when the client closes", async () => {
  await using running = await LoginCodex.start();
  const login = await running.codex.loginChatgptDeviceCode();
  const waiting = assertRejects(() => login.wait(), TransportClosedError);
  await running.codex.close();
  await waiting;
});
