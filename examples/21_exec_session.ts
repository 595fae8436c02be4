/**
 * Commands and files on the server, without a turn: in the sandbox, with stdin, in a terminal, killed, watched.
 *
 *     deno run -A examples/21_exec_session.ts [--live]
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Codex, printable, Sandbox } from "@codex-app-server/sdk";
import { FsError } from "@codex-app-server/sdk/errors";
import { scriptedModel } from "./_scripted.ts";

await using scripted = await scriptedModel("21_exec_session");
await using codex = await Codex.start(scripted?.options);
const cwd = await mkdtemp(join(tmpdir(), "codex-example-"));

// The simple case: run a command, wait for it to end, read its output as text. Any exit code is a result, not an error.
const uname = await codex.exec(["uname", "-s"]).output();
console.log(printable(`System:   ${uname.stdout.trim()} (exit code ${uname.exitCode})`));

const refused = await codex.exec(["touch", "x"], { cwd, sandbox: Sandbox.readOnly }).output();
console.log(printable(`Sandbox:  ${refused.stderr.trim()} (exit code ${refused.exitCode})`));

const sorted = codex.exec(["sort"], { input: "pear\napple\nfig\n" });
console.log(printable(`Sorted:   ${(await sorted.output()).stdout.trim().split("\n").join(", ")}`));

// A session: write to its input, read its output, close its input.
const script = 'while read -r n; do echo "$n squared is $((n * n))"; done; echo bye';
await using session = codex.exec(["sh", "-c", script], { stdin: "pipe" });
const input = session.stdin.getWriter();
const answers = linesOf(session.stdout);
for (const number of [7, 12]) {
  await input.write(new TextEncoder().encode(`${number}\n`));
  console.log(printable(`Session:  ${(await answers.next()).value}`));
}
await input.close();
console.log(printable(`Session:  ${(await answers.next()).value}`));

// A terminal with a given size, here without a sandbox: be careful what you run.
const terminal = codex.exec(["sh", "-c", "test -t 0 && stty size"], {
  tty: { rows: 30, cols: 100 },
  sandbox: Sandbox.fullAccess,
});
console.log(printable(`Terminal: ${(await terminal.output()).stdout.trim()}`));

// A long-running command is ended by the server's timeout, by a signal, by kill(), or by `await using`.
const slow = await codex.exec(["sleep", "60"], { timeoutMs: 200 }).done;
console.log(`Too slow: exit code ${slow.exitCode}, timed out: ${slow.timedOut}`);
const endless = codex.exec(["yes"]);
await endless.stdout.getReader().read();
await endless.kill();
console.log(`Killed:   exit code ${(await endless.done).exitCode}`);

// Files, and watching them for changes.
const path = join(cwd, "note.txt");
const watch = await codex.fs.watch(cwd);
await codex.exec(["sh", "-c", "echo made by a command > note.txt"], {
  cwd,
  sandbox: Sandbox.workspace,
}).done;
for await (const { paths } of watch) {
  if (!paths.includes(path)) continue; // the sandbox creates and removes its own folders there
  console.log("Changed:  note.txt");
  break; // ends the watch
}
console.log(printable(`Content:  ${(await codex.fs.readText(path)).trim()}`));
await codex.fs.remove(cwd, { recursive: true });
try {
  await codex.fs.readText(path);
} catch (error) {
  if (!(error instanceof FsError)) throw error;
  console.log(`Removed:  reading it now is "${error.reason}"`);
}

/** Splits a stream of bytes into lines. */
async function* linesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
