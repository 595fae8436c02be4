/** Commands in a terminal of the real binary. */
import { Sandbox } from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const FREE = { sandbox: Sandbox.fullAccess } as const;

test("codex.exec in a terminal has a size, resizes, and reads input", async () => {
  await using session = await ScriptedCodex.start();
  const script = 'stty size; read one; stty size; read two; echo "got $one"; exit 4';
  await using run = session.codex.exec(["sh", "-c", script], {
    tty: { rows: 10, cols: 33 },
    ...FREE,
  });
  const reader = run.stdout.pipeThrough(
    new TextDecoderStream(),
  ).getReader();
  let seen = "";
  const untilSeen = async (word: string): Promise<void> => {
    while (!seen.includes(word)) {
      const { value, done } = await reader.read();
      assert(!done, `The output ended without ${word}: ${seen}`);
      seen += value;
    }
  };
  await untilSeen("10 33\r\n");
  await run.resize({ rows: 20, cols: 99 });
  const writer = run.stdin.getWriter();
  await writer.write(new TextEncoder().encode("yes\nno\n"));
  await untilSeen("got yes\r\n");
  assertMatch(seen, /^10 33\r\n[^]*20 99\r\n/);
  assertEquals((await run.done).exitCode, 4);
  await run.resize({ rows: 1, cols: 1 });
  await assertRejects(() => writer.write(new Uint8Array(1)), Error, "the command has ended");
});

test("codex.exec in a terminal ends its input with a newline and Ctrl-D", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const cat = await codex.exec(["sh", "-c", "stty -echo -onlcr; cat; echo end"], {
    input: "ab\ncd",
    tty: true,
    ...FREE,
  }).output();
  assertMatch(cat.stdout, /ab\ncd\nend\n$/);
  assertEquals(cat.exitCode, 0);
});

test("ExecProcess.kill ends a command in a terminal with exit code 1", async () => {
  await using session = await ScriptedCodex.start();
  const run = session.codex.exec(["sleep", "64007"], { tty: true, ...FREE });
  await run.kill();
  const { exitCode, killed } = await run.done;
  assertEquals([exitCode, killed], [1, true]);
});
