import { runCommand } from "../../scripts/_lib/command.ts";
import { denoPath } from "../../scripts/_lib/project.ts";
import { assertEquals, assertMatch } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

async function call(script: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const run = ["run", "-A", "--no-check", `scripts/${script}.ts`, ...args];
  const { code, output } = await runCommand(denoPath(), run);
  return { code: code ?? -1, output };
}

test("commandLine prints the help of a script and does nothing else", async () => {
  for (const asked of ["--help", "-h"]) {
    const { code, output } = await call("release", asked);
    assertEquals(code, 0);
    assertMatch(output, /^Makes a release candidate .*deno task release/s);
  }
}, { timeoutMs: 60_000 });

test(
  "commandLine rejects unknown arguments in one line, with the help and exit code 2",
  async () => {
    const wrong = [
      ["build_npm", "--bogus", "Unknown option '--bogus'"],
      ["build_npm", "more", `Unexpected argument "more"`],
      ["stage_runtime", "folder", "--codex-version is missing"],
      ["release", "--dry", "An argument is missing"],
    ] as const;
    for (const [script, arg, line] of wrong) {
      const { code, output } = await call(script, arg);
      assertEquals([code, output.split("\n")[0]], [2, line]);
      assertMatch(output, /\n {2}deno task /);
    }
  },
  { timeoutMs: 60_000 },
);

test("commandLine skips -- before the arguments of a task", async () => {
  const args = ["--", "folder", "--runtime-version=newest"];
  const { code, output } = await call("stage_sdk", ...args);
  assertEquals([code, output], [1, `Cannot read the version of a release from "newest"\n`]);
}, { timeoutMs: 60_000 });

test("the test task refuses a file or a runtime that it cannot use", async () => {
  const wrong: [args: string[], line: string][] = [
    [["tests/nowhere"], `There is no test file at "tests/nowhere"`],
    [["tests/npm", "--only=bun"], "Tests of the tooling run only on Deno, not on bun"],
    [["--only=perl"], `Unknown runtime "perl"`],
  ];
  for (const [args, line] of wrong) {
    assertEquals(await call("test", ...args), { code: 1, output: `${line}\n` });
  }
}, { timeoutMs: 60_000 });
