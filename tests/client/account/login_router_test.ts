/** The registry of logins on its own. */
import { LoginRouter } from "../../../src/client/account/login_router.ts";
import { assertEquals, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

function completed(loginId: string | null): Record<string, unknown> {
  return { loginId, success: true, error: null };
}

test("LoginRouter ends a login that is claimed after the connection's end", async () => {
  const router = new LoginRouter();
  router.expect();
  const error = new Error("gone");
  router.close(error);
  const outcome = await router.claim("login-1").outcome;
  assertStrictEquals(outcome.kind === "lost" ? outcome.error : outcome, error);
  assertEquals(router.size, 0);
});

test("LoginRouter gives an early completion also after the connection's end [R-14]", async () => {
  const router = new LoginRouter();
  router.expect();
  router.route(completed("login-1"));
  router.close(new Error("gone"));
  assertEquals((await router.claim("login-1").outcome).kind, "completed");
});

test("LoginRouter keeps completions only while a login is being started", async () => {
  const router = new LoginRouter();
  router.route(completed("login-1"));
  router.expect();
  router.route(completed("login-2"));
  router.expect();
  router.abandon();
  const second = router.claim("login-2");
  router.expect();
  const [first, again] = [router.claim("login-1"), second];
  assertEquals([first.ended, again.ended, router.size], [false, true, 1]);
  router.route(completed("login-1"));
  router.route(completed("login-1"));
  assertEquals([(await first.outcome).kind, router.size], ["completed", 0]);
});

test("LoginRouter passes over completions without a login id", () => {
  const router = new LoginRouter();
  router.expect();
  for (const params of [completed(null), { success: true }, null, "login-1", [1]]) {
    router.route(params);
  }
  assertEquals(router.claim("login-1").ended, false);
});
