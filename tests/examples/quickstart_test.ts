import { assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { deadProxy } from "../_support/dead_proxy.ts";
import { test } from "../_support/test.ts";
import { join } from "node:path";
import { TemporaryCodexHome } from "../../testing.ts";
import { environment, output, root, scriptCommand } from "../process/_current.ts";

test(
  "the quickstart streams text, shows a command's output, and exits on its own [R-51]",
  async () => {
    const file = join(root, "examples/01_quickstart.ts");
    const { stdout, stderr, code } = await output(scriptCommand(file, "-A"), { cwd: root });
    assertEquals([code, stderr.includes("rror")], [0, false], stderr);
    assertStringIncludes(stdout, "SCRIPTED");
    assertStringIncludes(stdout, "--live");
    assertStringIncludes(stdout, "Read-only file system");
    assertStringIncludes(stdout, "Answer:  The folder is empty, and the sandbox kept me");
    assertMatch(stdout, /Tokens: {2}300 in, 50 out/);
    assertMatch(stdout, /Timings: start \d+ ms, turn \d+ ms/);
  },
  { timeoutMs: 120_000 },
);

test(
  "the quickstart reaches its model despite a proxy in the environment [R-100]",
  async () => {
    const { stdout, stderr, code } = await output(
      scriptCommand(join(root, "examples/01_quickstart.ts"), "-A"),
      { cwd: root, env: { ...environment(), ...deadProxy } },
    );
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "Answer:  The folder is empty");
  },
  { timeoutMs: 120_000 },
);

test(
  "the quickstart reports a missing login and exits",
  async () => {
    await using home = await TemporaryCodexHome.create();
    const file = join(root, "examples/01_quickstart.ts");
    const { stdout, stderr, code } = await output([...scriptCommand(file, "-A"), "--live"], {
      cwd: root,
      env: { ...environment(), ...home.env },
    });
    assertEquals([code, stdout], [1, ""], stderr);
    assertStringIncludes(stderr, "npx codex login");
  },
  { timeoutMs: 120_000 },
);
