import { fileURLToPath } from "node:url";
import { LoginIssuer, TemporaryCodexHome } from "../../testing.ts";
import { loopbackEnv } from "../../src/testing/loopback.ts";
import { assertEquals } from "../_support/assert.ts";
import { deadProxy } from "../_support/dead_proxy.ts";
import { test } from "../_support/test.ts";
import { environment, output, scriptCommand } from "../process/_current.ts";

function exempt(inherited: Record<string, string>): string {
  const { NO_PROXY, no_proxy } = loopbackEnv(inherited);
  assertEquals(NO_PROXY, no_proxy); // whichever a program reads
  return NO_PROXY;
}

test("loopbackEnv exempts loopback, and keeps what is exempt in either spelling [R-100]", () => {
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

test(
  "LoginIssuer.signIn goes through no proxy [R-100]",
  async () => {
    const script = fileURLToPath(new URL("./_signs_in.ts", import.meta.url));
    const env = { ...environment(), ...deadProxy };
    const { stdout, stderr } = await output(scriptCommand(script, "-A"), { env });
    assertEquals(stdout, '200 {"stats":{"lifetime_tokens":1200}}\n', stderr);
  },
  { timeoutMs: 30_000 },
);
