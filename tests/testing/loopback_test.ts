import { LoginIssuer, TemporaryCodexHome } from "../../testing.ts";
import { loopbackEnv } from "../../src/testing/loopback.ts";
import { assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

function exempt(inherited: Record<string, string>): string {
  const { NO_PROXY, no_proxy } = loopbackEnv(inherited);
  assertEquals(NO_PROXY, no_proxy); // programs read either one
  return NO_PROXY;
}

test("loopbackEnv exempts loopback, and keeps hosts that are exempt in either spelling [R-100]", () => {
  assertEquals(exempt({}), "localhost,127.0.0.1,::1");
  assertEquals(exempt({ NO_PROXY: "", no_proxy: " , " }), "localhost,127.0.0.1,::1");
  assertEquals(
    exempt({ NO_PROXY: ".corp, 10.0.0.0/8", no_proxy: "localhost,intra:8080" }),
    ".corp,10.0.0.0/8,localhost,intra:8080,127.0.0.1,::1",
  );
  assertEquals(exempt({ no_proxy: "*" }), "*");
  assertEquals(exempt({ NO_PROXY: ".corp", no_proxy: ".corp,*" }), "*");
});

test("TemporaryCodexHome.env and LoginIssuer.env exempt loopback [R-100]", async () => {
  await using home = await TemporaryCodexHome.create();
  await using issuer = await LoginIssuer.start();
  for (const { NO_PROXY, no_proxy } of [home.env, issuer.env]) {
    assertEquals({ NO_PROXY, no_proxy }, { ...loopbackEnv() });
  }
});
