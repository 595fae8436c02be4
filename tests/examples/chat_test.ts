import { readdir } from "node:fs/promises";
import process from "node:process";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { current, environment, root, text, until, withFolder } from "../process/_current.ts";
import { exampleCommand, runExample } from "./_example.ts";

test(
  "example 11 chats over a pipe: text, commands, a diff, and approvals at the prompt",
  async () => {
    const turn = "the turn: ";
    const input = [
      ["› ", "hello\nmake notes\n"],
      [turn, "y\n"],
      [turn, "maybe\n"],
      [turn, "n\n"],
      ["› ", "bye\n"],
    ] as const;
    const stdout = await runExample("11_cli_mini_app", input);
    assert(!stdout.includes("\x1b"), "no control codes without a terminal");
    assertMatch(stdout, /› hello\nYou said: hello\n\(completed, /);
    assertMatch(stdout, /I will look around first\.\n\$ sleep 0\.4; .*\n {2}0\n✓ done in /);
    assertMatch(
      stdout,
      /\n\$ mkdir notes .*\n {2}in .*\n {2}The notes need a folder\nAllow this\?.* the turn: y\n {2}made\n✓ done/,
    );
    assertMatch(
      stdout,
      /add \S+\/notes\.md\n {2}\+# Notes\n {2}\+\n {2}\+- gears\n[^]*Allow this\?/,
    );
    assertMatch(stdout, /the turn: maybe\nadd [^]*Allow this\?.*the turn: n\n✗ declined/);
    assertMatch(stdout, /Your notes are in `notes\.md`\.\n\(completed, .*300 in, 60 out\)/);
    assertStringIncludes(stdout, "You said: bye");
  },
  { timeoutMs: 120_000 },
);

test("example 11 interrupts the turn on the first Ctrl-C and quits on the second", async () => {
  await withFolder(async (folder) => {
    const [command = "", ...args] = exampleCommand("11_cli_mini_app");
    const env = { ...environment(), TMPDIR: folder };
    const child = await current.host().spawn({ command, args, env, cwd: root });
    try {
      const writer = child.stdin.getWriter();
      const stderr = text(child.stderr);
      let stdout = "";
      const reading = (async () => {
        const decoder = new TextDecoder();
        for await (const chunk of child.stdout) stdout += decoder.decode(chunk, { stream: true });
      })();
      await writer.write(new TextEncoder().encode("count\n"));
      await until(() => stdout.includes("one, two, three"), 60_000);
      process.kill(child.pid, "SIGINT");
      await until(() => stdout.includes("(interrupted, "), 60_000);
      await until(() => stdout.trimEnd().endsWith("›"), 60_000);
      process.kill(child.pid, "SIGINT");
      const { code, signal } = await child.exited;
      await Promise.all([reading, writer.close().catch(() => {})]);
      assertEquals([code, signal, await stderr], [130, null, ""]);
      const left = (await readdir(folder)).filter((entry) => entry.startsWith("codex-test-"));
      assertEquals(left, []);
    } finally {
      child.kill("SIGKILL");
    }
  });
}, { timeoutMs: 120_000 });
