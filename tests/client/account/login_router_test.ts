import { LoginRouter } from "../../../src/client/login_router.ts";
import { assertEquals, assertStrictEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";

function completed(loginId: string | null): Record<string, unknown> {
  return { loginId, success: true, error: null };
}

test("LoginRouter ends a login that is adopted after the end of the connection", async () => {
  const router = new LoginRouter();
  router.reserve();
  const error = new Error("gone");
  router.close(error);
  const outcome = await router.adopt("login-1").outcome;
  assertStrictEquals(outcome.kind === "lost" ? outcome.error : outcome, error);
  assertEquals(router.size, 0);
});

test("LoginRouter applies an early completion even after the end of the connection [R-14]", async () => {
  const router = new LoginRouter();
  router.reserve();
  router.route(completed("login-1"));
  router.close(new Error("gone"));
  assertEquals((await router.adopt("login-1").outcome).kind, "completed");
});

test("LoginRouter keeps completions only while a login is being started", async () => {
  const router = new LoginRouter();
  router.route(completed("login-1"));
  router.reserve();
  router.route(completed("login-2"));
  router.reserve();
  router.release();
  const second = router.adopt("login-2");
  router.reserve();
  const [first, again] = [router.adopt("login-1"), second];
  assertEquals([first.ended, again.ended, router.size], [false, true, 1]);
  router.route(completed("login-1"));
  router.route(completed("login-1"));
  assertEquals([(await first.outcome).kind, router.size], ["completed", 0]);
});

test("LoginRouter ignores completions without a login id", () => {
  const router = new LoginRouter();
  router.reserve();
  for (const params of [completed(null), { success: true }, null, "login-1", [1]]) {
    router.route(params);
  }
  assertEquals(router.adopt("login-1").ended, false);
});
