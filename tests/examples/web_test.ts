import { join } from "node:path";
import { connect, GatewayError } from "../../gateway/client.ts";
import { assertEquals, assertMatch, assertRejects } from "../_support/assert.ts";
import { loopbackFetch } from "../_support/loopback_fetch.ts";
import { test } from "../_support/test.ts";
import { current, environment, root, scriptCommand, text, until } from "../process/_current.ts";

const TURNS: readonly (readonly [input: string, items: string])[] = [
  [
    "Explain how the greeting works",
    "userMessage reasoning agentMessage commandExecution agentMessage",
  ],
  [
    "Add a farewell to the greeting",
    "userMessage commandExecution fileChange commandExecution agentMessage",
  ],
];

test(
  "the web example prints an address with a key, does what its page suggests, and ends on a signal [R-121]",
  async () => {
    const [command = "", ...args] = scriptCommand(join(root, "examples/web/main.ts"), "-A");
    const child = await current.host().spawn({ command, args, env: environment(), cwd: root });
    let stdout = "";
    const drained = Promise.all([
      text(child.stdout, (piece) => stdout += piece),
      text(child.stderr),
      child.stdin.close(),
    ]);
    try {
      await until(() => stdout.includes("Ctrl-C ends the server"), 60_000);
      const address = /http:\S+/.exec(stdout)?.[0] ?? "";
      const { origin } = new URL(address);
      assertEquals((await loopbackFetch(`${origin}/api/threads`)).status, 401);
      const login = await loopbackFetch(address);
      assertEquals([login.status, login.headers.get("location")], [303, "/"]);
      const cookie = login.headers.get("set-cookie") ?? "";
      assertMatch(cookie, /; HttpOnly; SameSite=Strict$/);
      const page = await loopbackFetch(`${origin}/`);
      assertMatch(page.headers.get("content-security-policy") ?? "", /script-src 'self';/);
      assertMatch(await page.text(), /<script type="module" src="\/main\.js">/);
      const elsewhere = { headers: { host: "evil.test" } };
      assertEquals((await loopbackFetch(`${origin}/`, elsewhere)).status, 403);

      const gateway = connect(`${origin}/api`, {
        headers: { cookie: cookie.split(";")[0] ?? "" },
        fetch: (url, init) => loopbackFetch(url, init as Parameters<typeof loopbackFetch>[1]),
      });
      const thread = await gateway.create();
      for (const [input, expected] of TURNS) {
        const { items, plan } = await thread.run(input);
        assertEquals(items.map(({ item }) => item.type).join(" "), expected);
        assertEquals(plan?.steps.length ?? 0, input.startsWith("Add") ? 3 : 0);
      }
      assertEquals((await gateway.list()).data.map(({ id }) => id), [thread.id]);
      thread.close();
      const unknown = await assertRejects(() => gateway.read("no-such-thread"), GatewayError);
      assertEquals(unknown.code, "thread_not_found");
      child.kill("SIGTERM");
      assertEquals((await child.exited).code, 0, stdout);
    } finally {
      child.kill("SIGKILL");
      await drained;
    }
  },
  { timeoutMs: 180_000 },
);
