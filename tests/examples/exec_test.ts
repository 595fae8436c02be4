import { assertStringIncludes } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { runExample } from "./_example.ts";

test("example 21 runs commands and works with files", async () => {
  const stdout = await runExample("21_exec_session");
  const lines = [
    "System:   Linux (exit code 0)",
    "Sandbox:  touch: cannot touch 'x': Read-only file system (exit code 1)",
    "Sorted:   apple, fig, pear",
    "Session:  7 squared is 49",
    "Session:  12 squared is 144",
    "Session:  bye",
    "Terminal: 30 100",
    "Too slow: exit code 124, timed out: true",
    "Killed:   exit code 137",
    "Changed:  note.txt",
    "Content:  made by a command",
    'Removed:  reading it now is "notFound"',
  ];
  assertStringIncludes(stdout, `\n${lines.join("\n")}\n`);
}, { timeoutMs: 120_000 });
