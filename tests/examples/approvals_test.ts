import { readdir } from "node:fs/promises";
import process from "node:process";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { current, environment, root, text, until, withFolder } from "../process/_current.ts";
import { exampleCommand, runExample } from "./_example.ts";

const options = { timeoutMs: 120_000 };

test(
  "example 17 shows and asks for each approval over a pipe, and answers questions",
  async () => {
    const stdout = await runExample("17_approvals_at_the_prompt", [
      ["Allow this?", "maybe\n"],
      ["Allow this?", "y\n"],
      ["Your answer: ", "1\n"],
      ["Allow this?", "a\n"],
    ]);
    assertMatch(stdout, /\n\$ mkdir notes\n {2}in \S+workspace\n {2}The plan needs a folder\n/);
    assertMatch(stdout, /\[y\]es, \[n\]o, .*, a \[r\]ule for good: .*`mkdir notes`: maybe\n/);
    assertMatch(stdout, /`mkdir notes`: y\n/);
    assertStringIncludes(stdout, "How long?\n  1. short three lines\n  2. long a page\n");
    assertMatch(stdout, /add \S+plan\.md\n {2}\+# Plan\n {2}\+\n {2}\+- dig\n.*\[a\]lways .*: a\n/);
    assert(!stdout.includes("update"), "the same file is not asked about again");
    assertStringIncludes(stdout, "Your plan (short) is in `notes`.\n(completed)\n");
  },
  options,
);

test("example 17 treats the end of the input as no", async () => {
  const stdout = await runExample("17_approvals_at_the_prompt", "");
  assertMatch(stdout, /Your answer: \n[^]*Your plan \(not asked\) .*\n\(completed\)\n$/);
}, options);

test("example 17 withdraws its prompt on Ctrl-C", async () => {
  await withFolder(async (folder) => {
    const [command = "", ...args] = exampleCommand("17_approvals_at_the_prompt");
    const env = { ...environment(), TMPDIR: folder };
    const child = await current.host().spawn({ command, args, env, cwd: root });
    try {
      const stderr = text(child.stderr);
      let stdout = "";
      const reading = (async () => {
        const decoder = new TextDecoder();
        for await (const chunk of child.stdout) stdout += decoder.decode(chunk, { stream: true });
      })();
      await until(() => stdout.includes("Allow this?"), 60_000);
      process.kill(child.pid, "SIGINT");
      const { code, signal } = await child.exited;
      await Promise.all([reading, child.stdin.close().catch(() => {})]);
      assertEquals([code, signal, await stderr], [0, null, ""]);
      assertMatch(stdout, /Allow this\?.*: \n\(no longer asked\)\n\(interrupted\)\n$/);
      const left = (await readdir(folder)).filter((entry) => entry.startsWith("codex-test-"));
      assertEquals(left, []);
    } finally {
      child.kill("SIGKILL");
    }
  });
}, options);

test(
  "example 18 lets the agent read and run the tests, logs what it declined, and exits with 1",
  async () => {
    const stdout = await runExample("18_review_bot", undefined, 1);
    const lines = stdout.split("\n").slice(2, -1).map((line) =>
      line.replace(/\/\S+workspace\//, "")
    );
    assertEquals(lines, [
      "Declined: update sum.sh",
      "Declined: sh test.sh && git push origin main",
      "Ran:      /bin/bash -lc 'cat sum.sh | head -n 20' (exit code 0)",
      "Ran:      /bin/bash -lc 'sh test.sh' (exit code 0)",
      "Finding:  sum.sh:1: It subtracts, and the test fails.",
      "Verdict:  request changes",
    ]);
  },
  options,
);
