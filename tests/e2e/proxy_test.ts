/** Local addresses bypass a proxy from the environment. */
import { fileURLToPath } from "node:url";
import { message } from "../../testing.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { deadProxies, deadProxy, proxyVariables } from "../_support/dead_proxy.ts";
import { test } from "../_support/test.ts";
import { environment, output, scriptCommand } from "../process/_current.ts";
import { LoginCodex } from "./_login.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

/** Long enough for a turn, but too short for one that retries its connection. */
const LIMITS = { timeoutMs: 15_000 };

/** The environment without the proxies of the machine that runs the tests. */
const noProxy = Object.fromEntries(proxyVariables.map((name) => [name, undefined]));

for (const proxy of deadProxies) {
  const [name] = Object.keys(proxy);
  test(`ScriptedModel.options let a turn bypass ${name} [R-100]`, async () => {
    await using session = await ScriptedCodex.start({ env: { ...noProxy, ...proxy } });
    session.model.enqueue(message("hello"));
    const thread = await session.codex.threadStart();
    assertEquals((await thread.run("hi", LIMITS)).finalResponse, "hello");
  });
}

test("LoginIssuer.env lets a device code login bypass a proxy [R-100]", async () => {
  const env = { ...noProxy, ...Object.assign({}, ...deadProxies) };
  await using running = await LoginCodex.start({}, { env });
  const { codex, issuer, model } = running;
  await using login = await codex.loginChatgptDeviceCode();
  issuer.enterCode(login.userCode);
  assert((await login.wait()).success);
  model.enqueue(message("hello"));
  assertEquals((await (await codex.threadStart()).run("hi", LIMITS)).finalResponse, "hello");
});

test(
  "LoginIssuer.signIn bypasses proxies [R-100]",
  async () => {
    const script = fileURLToPath(new URL("./_signs_in.ts", import.meta.url));
    const env = { ...environment(), ...deadProxy };
    const { stdout, stderr } = await output(scriptCommand(script, "-A"), { env });
    assertEquals(stdout, '200 {"stats":{"lifetime_tokens":1200}}\n', stderr);
  },
  { timeoutMs: 30_000 },
);
