import { existsSync, readFileSync } from "node:fs";
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Codex } from "../../mod.ts";
import {
  ConnectionRefusedError,
  CwdNotFoundError,
  RemoteError,
  TransportClosedError,
} from "../../errors.ts";
import { deltas, ScriptedModel } from "../../testing.ts";
import { command, type CommandOptions } from "../../transports/command.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import {
  codex as codexBin,
  environment,
  isAlive,
  output,
  root,
  runtime,
  scriptCommand,
  until,
  withFolder,
} from "../process/_current.ts";

test("command refuses what is no command line, and options of the other side [R-109]", () => {
  const commands: readonly unknown[] = [[], "docker", [""], ["docker", 1], ["a", "\0"], undefined];
  for (const words of commands) {
    assertThrows(() => command(words as string[]), TypeError, "command()");
  }
  const options: readonly (readonly [object, string])[] = [
    [{ mcpServers: {} }, "docker exec -e NAME"],
    [{ configOverrides: {} }, '"--config"'],
    [{ codexHome: "/x" }, "CODEX_HOME"],
    [{ mode: "sse" }, '"stdio" or "socket"'],
    [{ inheritenv: true }, 'did you mean "inheritEnv"'],
  ];
  for (const [given, hint] of options) {
    assertThrows(() => command(["docker"], given as CommandOptions), TypeError, hint);
  }
  assertThrows(() => command(["docker"], { maxMessageBytes: 0 }), RangeError);
  const error = assertThrows(() => command(["docker", "s3cret\0"]), TypeError);
  assert(!error.message.includes("s3cret"));
});

/** Prints how it was started, line by line, as frames. */
const SHOW = `pwd; for word; do echo "$word"; done; echo "$A|\${HOME-none}|\${LANG-none}"`;

async function linesOf(words: readonly string[], options: CommandOptions): Promise<string[]> {
  const transport = await command(words, options)();
  const lines: string[] = [];
  for await (const batch of transport.readable) lines.push(...batch);
  await transport.closed;
  return lines;
}

test("command passes on its words without a shell, and the environment of stdio [R-109]", async () => {
  await withFolder(async (folder) => {
    const words = ["/bin/sh", "-c", SHOW, "sh", "it's", "*$HOME;`id`", "", "\u00e9"];
    const lang = environment()["LANG"] ?? "none";
    const inherits = { cwd: folder, env: { A: "1", HOME: undefined } };
    const shown = words.slice(4);
    assertEquals(await linesOf(words, inherits), [folder, ...shown, `1|none|${lang}`]);
    const isolated = { cwd: folder, env: { A: "2" }, inheritEnv: false };
    assertEquals(await linesOf(words, isolated), [folder, ...shown, "2|none|none"]);
    await assertRejects(() => command(words, { cwd: `${folder}/none` })(), CwdNotFoundError);
  });
});

test("command carries a turn of the real binary, without looking at files here [R-109]", async () => {
  await withFolder(async (folder) => {
    await using scripted = await ScriptedModel.start();
    scripted.model.enqueue(deltas(["from ", "inside"]));
    // What "docker exec -i box ..." does: another environment on the other side.
    const docker = join(folder, "docker");
    await writeFile(docker, `#!/bin/sh\nshift 3\nexec env -i $INSIDE "$@"\n`);
    await chmod(docker, 0o755);
    const { codexHome, env } = scripted.options;
    const inside = { ...env, PATH: environment()["PATH"], CODEX_HOME: codexHome };
    const INSIDE = Object.entries(inside).map(([name, value]) => `${name}=${value}`).join(" ");
    const connect = command([docker, "exec", "-i", "box", codexBin, "app-server"], {
      env: { INSIDE },
    });
    const codex = await Codex.start({ connect });
    try {
      const thread = await codex.threadStart({ cwd: "/there/is/no/such/folder" });
      assertEquals((await thread.run("Where?")).finalResponse, "from inside");
    } finally {
      await codex.close();
    }
    const close = await codex.exited;
    assertEquals([close.kind === "process" && close.code, close.local], [0, true]);
  });
});

test("command says why it cannot start a server [R-109]", async () => {
  const fails = (
    script: string,
  ): string[] => ["/bin/sh", "-c", `echo "$1" >&2; exit $2`, "sh", ...script.split("|")];
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["notRunning", fails("Error response from daemon: No such container: box|1")],
    ["codexNotFound", ["/bin/sh", "-c", "exec no-such-codex app-server"]],
    ["programNotFound", ["no-such-program", "exec"]],
    ["programNotFound", ["/no/such/program", "exec"]],
  ];
  for (const [reason, words] of cases) {
    const error = await assertRejects(() => Codex.start({ connect: command(words) }), RemoteError);
    assertEquals(error.reason, reason);
  }
  // What the server itself says is told as for one on this machine, with secrets redacted.
  const own = fails("error: api_key=sk-proj-0123456789abcdef0123456789abcdef|3");
  const error = await assertRejects(
    () => Codex.start({ connect: command(own) }),
    TransportClosedError,
    "exited with code 3",
  );
  assertEquals([error.exitCode, error.close.cause], [3, undefined]);
  assertStringIncludes(error.stderrTail, "error: ");
  assert(!`${error.message}${error.stderrTail}`.includes("sk-proj-0123"));
});

test("a connection that a command loses later tells the cause [R-109]", async () => {
  const gone =
    `read line; echo "Error response from daemon: container 0a is not running" >&2; exit 1`;
  const transport = await command(["/bin/sh", "-c", gone])();
  const writer = transport.writable.getWriter();
  writer.closed.catch(() => {});
  await writer.write("{}");
  for await (const _batch of transport.readable);
  const close = await transport.closed;
  assert(close.cause instanceof RemoteError);
  assertEquals([close.cause.reason, transport.name, transport.files], [
    "notRunning",
    "command",
    undefined,
  ]);
});

test("command ends what it started if the opening is aborted, or nobody speaks WebSocket [R-109]", async () => {
  await withFolder(async (folder) => {
    const pid = join(folder, "pid");
    const started = async (): Promise<number> => {
      await until(() => existsSync(pid) && readFileSync(pid, "utf8").endsWith("\n"));
      return Number(readFileSync(pid, "utf8"));
    };
    const abort = new AbortController();
    const silent = ["/bin/sh", "-c", `echo $$ >"${pid}"; exec sleep 600`];
    const opening = command(silent, { mode: "socket" })({ signal: abort.signal });
    const failed = opening.then(() => undefined, (error: unknown) => error);
    const first = await started();
    const reason = new Error("enough");
    abort.abort(reason);
    assertStrictEquals(await failed, reason);
    assertEquals(await isAlive(first), false);
    await rm(pid);
    const other = ["/bin/sh", "-c", `echo $$ >"${pid}"; echo Welcome; exec cat >/dev/null`];
    await assertRejects(
      () => command(other, { mode: "socket", closeGraceMs: 100 })(),
      ConnectionRefusedError,
    );
    assertEquals(await isAlive(await started()), false);
  });
});

test(
  "command and ssh under Deno only need --allow-run with the program [R-86] [R-109]",
  async () => {
    await withFolder(async (folder) => {
      const script = join(folder, "script.ts");
      await writeFile(
        script,
        `import { command } from "${root}/transports/command.ts";
import { ssh } from "${root}/transports/ssh.ts";
for (const connect of [command(["env", "sh", "-c", "echo hello"]), ssh("box", { sshBin: "env" })]) {
  const transport = await connect().catch(({ name, flag }) => ({ name, flag, readable: [] }));
  const lines = [];
  for await (const batch of transport.readable) lines.push(...batch);
  console.log(transport.name, transport.flag ?? lines.join());
}
`,
      );
      const run = async (...flags: string[]): Promise<string[]> => {
        const { stdout } = await output(scriptCommand(script, "--no-check", ...flags));
        return stdout.trim().split("\n");
      };
      assertEquals(await run("--allow-run=env"), ["command hello", "ssh"]);
      assertEquals(await run(), Array(2).fill("PermissionError --allow-run=env"));
    });
  },
  runtime === "deno" ? {} : { skip: "permissions are Deno's" },
);
