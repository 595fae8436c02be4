/** Commands on the real binary: input, output and how they end. */
import { Sandbox } from "../../mod.ts";
import { ExecOutputOverflowError, ExecStartError } from "../../errors.ts";
import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertInstanceOf,
  assertLess,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { reasonOf } from "../client/_fixture.ts";
import { isAlive, text, until } from "../process/_current.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

const FREE = { sandbox: Sandbox.fullAccess } as const;

test("codex.exec returns stdout, stderr and the exit code separately", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  const run = codex.exec(["sh", "-c", "pwd; echo oops >&2; exit 3"]);
  assertEquals(await run.output(), {
    exitCode: 3,
    success: false,
    killed: false,
    timedOut: false,
    stdoutTruncated: false,
    stderrTruncated: false,
    stdout: `${scripted.home.workspace}\n`,
    stderr: "oops\n",
  });
  assertEquals((await run.done).exitCode, 3);
  const { success, stdout } = await codex.exec(["true"]).output();
  assertEquals([success, stdout], [true, ""]);
});

test("codex.exec runs with its own cwd and variables", async () => {
  await using session = await ScriptedCodex.start({ env: { SEEN: "server", GONE: "server" } });
  const { codex, scripted } = session;
  const { stdout } = await codex.exec(["sh", "-c", 'pwd; echo "$SEEN ${GONE-unset} $MINE"'], {
    cwd: scripted.home.path,
    env: { GONE: undefined, MINE: "a b" },
  }).output();
  assertEquals(stdout, `${scripted.home.path}\nserver unset a b\n`);
});

test("codex.exec preserves a megabyte of arbitrary bytes", async () => {
  await using session = await ScriptedCodex.start();
  const bytes = Uint8Array.from(
    { length: 1_048_576 },
    (_, index) => (index * 31 + (index >> 8)) & 255,
  );
  const echo = session.codex.exec(["cat"], { input: bytes, ...FREE });
  const back = new Uint8Array(await new Response(echo.stdout).arrayBuffer());
  assertEquals(back.length, bytes.length);
  assert(back.every((byte, index) => byte === bytes[index]));
  assertEquals((await echo.done).exitCode, 0);
});

test("ExecProcess.output joins characters that are split across chunks", async () => {
  await using session = await ScriptedCodex.start();
  const script =
    "printf '\\342'; sleep 0.1; printf '\\202\\254 \\360\\237'; sleep 0.1; printf '\\230\\200'";
  const { stdout } = await session.codex.exec(["sh", "-c", script], FREE).output();
  assertEquals(stdout, "€ 😀");
});

test("ExecProcess.stdin is read line by line until it is closed", async () => {
  await using session = await ScriptedCodex.start();
  const script = 'while read line; do echo "got $line"; done; echo end';
  await using run = session.codex.exec(["sh", "-c", script], { stdin: "pipe", ...FREE });
  const writer = run.stdin.getWriter();
  const reader = run.stdout.pipeThrough(
    new TextDecoderStream(),
  ).getReader();
  for (const word of ["one", "two"]) {
    await writer.write(new TextEncoder().encode(`${word}\n`));
    assertEquals((await reader.read()).value, `got ${word}\n`);
  }
  await writer.close();
  assertEquals((await reader.read()).value, "end\n");
  assertEquals((await run.done).exitCode, 0);
  assertEquals((await reader.read()).done, true);
});

test("codex.exec takes text, a stream or nothing as input", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const wordsIn = async (input?: string | ReadableStream<Uint8Array>): Promise<string> =>
    (await codex.exec(["cat"], { ...FREE, ...(input === undefined ? {} : { input }) }).output())
      .stdout;
  assertEquals(await wordsIn("héllo"), "héllo");
  assertEquals(await wordsIn(""), "");
  assertEquals(await wordsIn(), "");
  let left = 40;
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) =>
      left-- > 0 ? controller.enqueue(new Uint8Array(10_000).fill(65)) : controller.close(),
  });
  assertEquals(await wordsIn(source), "A".repeat(400_000));
});

test("ExecProcess.kill ends the command and its children", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const run = codex.exec(["sh", "-c", "trap '' TERM; sleep 64001 & echo $!; wait"], FREE);
  const reader = run.stdout.getReader();
  const child = Number(new TextDecoder().decode((await reader.read()).value));
  await Promise.all([run.kill(), run.kill()]);
  const { exitCode, killed, success } = await run.done;
  assertEquals([exitCode, killed, success], [137, true, false]);
  assertEquals((await reader.read()).done, true);
  await until(async () => !await isAlive(child));
  await run.kill();
});

test("ExecProcess.kill works right after the start", async () => {
  await using session = await ScriptedCodex.start();
  for (const options of [{}, FREE]) {
    const run = session.codex.exec(["sleep", "64002"], options);
    await run.kill();
    assertEquals((await run.done).exitCode, 137);
  }
});

test("disposing an ExecProcess kills it", async () => {
  await using session = await ScriptedCodex.start();
  let status;
  {
    await using run = session.codex.exec(["sleep", "64003"], FREE);
    status = run.done;
  }
  assertEquals((await status).killed, true);
});

test("codex.exec with a signal kills the command and rejects with its reason [R-29]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const controller = new AbortController();
  const script = "echo $$; sleep 64004";
  const run = codex.exec(["sh", "-c", script], { signal: controller.signal, ...FREE });
  const reader = run.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  const reason = new Error("enough");
  controller.abort(reason);
  assertStrictEquals(await reasonOf(run.done), reason);
  assertStrictEquals(await reasonOf(reader.read()), reason);
  assertStrictEquals(await reasonOf(run.stderr.getReader().read()), reason);
  const gone = `while kill -0 ${pid} 2>/dev/null; do sleep 0.02; done; echo gone`;
  const { stdout } = await codex.exec(["sh", "-c", gone], { ...FREE, timeoutMs: 5_000 }).output();
  assertEquals(stdout, "gone\n");
});

test("codex.exec with timeoutMs is ended by the server and keeps its output", async () => {
  await using session = await ScriptedCodex.start();
  const begin = performance.now();
  const output = await session.codex.exec(["sh", "-c", "echo begin; sleep 64005"], {
    timeoutMs: 2_000,
    ...FREE,
  }).output();
  assertEquals([output.exitCode, output.timedOut, output.stdout], [124, true, "begin\n"]);
  assertGreaterOrEqual(performance.now() - begin, 2_000);
  assertEquals((await session.codex.exec(["sh", "-c", "exit 124"]).done).timedOut, false);
});

test("codex.exec applies neither requestTimeoutMs nor the server's own limits", async () => {
  // The server's default is ten seconds.
  await using session = await ScriptedCodex.start({ requestTimeoutMs: 300 });
  const { stdout } = await session.codex.exec(["sh", "-c", "sleep 10.5; echo late"], FREE).output();
  assertEquals(stdout, "late\n");
});

test("codex.exec with maxOutputBytes reports that the rest was dropped", async () => {
  await using session = await ScriptedCodex.start();
  const script = "printf 0123456789; printf abc >&2";
  const output = await session.codex.exec(["sh", "-c", script], { maxOutputBytes: 4 }).output();
  const { stdout, stderr, stdoutTruncated, stderrTruncated } = output;
  assertEquals([stdout, stdoutTruncated, stderr, stderrTruncated], ["0123", true, "abc", false]);
});

test("ExecProcess.stdout is bounded when unread, and only that stream fails", async () => {
  await using session = await ScriptedCodex.start();
  const script = "head -c 3000000 /dev/zero; echo fine >&2";
  const run = session.codex.exec(["sh", "-c", script], { maxBufferBytes: 1_000_000, ...FREE });
  assertEquals((await run.done).exitCode, 0);
  const error = await reasonOf(run.stdout.getReader().read());
  assertInstanceOf(error, ExecOutputOverflowError);
  assertEquals([error.stream, error.limitBytes], ["stdout", 1_000_000]);
  assertEquals(await text(run.stderr), "fine\n");
});

test("ExecProcess.output past maxBufferBytes rejects and kills the command", async () => {
  await using session = await ScriptedCodex.start();
  const run = session.codex.exec(["yes"], { maxBufferBytes: 100_000, ...FREE });
  await assertRejects(() => run.output(), ExecOutputOverflowError);
  assertEquals((await run.done).killed, true);
});

test("codex.exec cannot write in the read-only sandbox, but can in the workspace sandbox", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  const cwd = scripted.home.workspace;
  const touch = (name: string, sandbox: Sandbox): Promise<{ exitCode: number; stderr: string }> =>
    codex.exec(["touch", name], { cwd, sandbox }).output();
  const refused = await touch("one", Sandbox.readOnly);
  assertEquals(refused.exitCode, 1);
  assertStringIncludes(refused.stderr, "Read-only file system");
  assertEquals((await touch("two", Sandbox.workspace)).exitCode, 0);
  assertEquals((await codex.fs.list(cwd)).map(({ fileName }) => fileName), ["two"]);
});

test("codex.exec can write to the server's workspace and the roots of its policy", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, scripted } = session;
  const cwd = `${scripted.home.workspace}-2`;
  await codex.fs.mkdir(cwd);
  const exits = async (writableRoots: string[]): Promise<number> => {
    const sandbox = {
      type: "workspaceWrite",
      writableRoots,
      networkAccess: false,
      excludeTmpdirEnvVar: true,
      excludeSlashTmp: true,
    } as const;
    return (await codex.exec(["touch", "x"], { cwd, sandbox }).done).exitCode;
  };
  assertEquals([await exits([]), await exits([cwd])], [1, 0]);
});

test("codex.exec rejects with ExecStartError if the command cannot be started", async () => {
  await using session = await ScriptedCodex.start();
  const { codex } = session;
  const missing = codex.exec(["no-such-program-here"], FREE);
  const error = await assertRejects(() => missing.output(), ExecStartError, "No such file");
  assertStrictEquals(await reasonOf(missing.done), error);
  await assertRejects(
    () => codex.exec(["pwd"], { cwd: "/no/such/folder", ...FREE }).done,
    ExecStartError,
  );
  const sandboxed = await codex.exec(["no-such-program-here"]).output();
  assertEquals(sandboxed.exitCode, 101);
  assertStringIncludes(sandboxed.stderr, "No such file or directory");
});

test("ExecProcess.done settles even if a process left behind holds the pipe", async () => {
  await using session = await ScriptedCodex.start();
  const begin = performance.now();
  const { stdout } = await session.codex.exec(["sh", "-c", "sleep 20 & echo done"], FREE).output();
  assertEquals(stdout, "done\n");
  assertLess(performance.now() - begin, 8_000);
});

test("ExecProcess.kill reaches a command that does not read its input", async () => {
  await using session = await ScriptedCodex.start();
  const run = session.codex.exec(["sleep", "64006"], { stdin: "pipe", ...FREE });
  const writer = run.stdin.getWriter();
  // The server queues 128 messages; after one more it would not handle the kill.
  const writing = (async () => {
    for (;;) await writer.write(new Uint8Array(65_536));
  })().catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await run.kill({ timeoutMs: 5_000 });
  assertEquals((await run.done).killed, true);
  assertInstanceOf(await writing, Error);
});

test("codex.exec runs more commands at once than the server can queue", async () => {
  await using session = await ScriptedCodex.start();
  const runs = Array.from(
    { length: 150 },
    (_, index) =>
      session.codex.exec(["sh", "-c", `cat; echo ${index} >&2; exit ${index}`], {
        input: `${index}\n`,
        ...FREE,
      }).output(),
  );
  const outputs = await Promise.all(runs);
  assertEquals(
    outputs.map(({ stdout, stderr, exitCode }) => [stdout, stderr, exitCode]),
    outputs.map((_, index) => [`${index}\n`, `${index}\n`, index]),
  );
});
