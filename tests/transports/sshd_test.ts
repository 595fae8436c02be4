/** `ssh()` with a real sshd on loopback and the real binary. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Codex, type TurnResult } from "../../mod.ts";
import { RemoteError, TransportClosedError } from "../../errors.ts";
import { deltas, gate, message, ScriptedModel, shellCommand } from "../../testing.ts";
import { resilient } from "../../transport.ts";
import { ssh, type SshOptions } from "../../transports/ssh.ts";
import { assert, assertEquals, assertInstanceOf, assertRejects } from "../_support/assert.ts";
import { startListener } from "../_support/listener.ts";
import { test } from "../_support/test.ts";
import {
  codex as codexBin,
  current,
  environment,
  isAlive,
  root,
  scriptCommand,
  until,
} from "../process/_current.ts";
import { freePort, kill, noSshd, Sshd } from "./_sshd.ts";

const options = { ...(noSshd === undefined ? {} : { skip: noSshd }), timeoutMs: 120_000 };

/** Options that start the scripted binary on the server. */
function optionsFor(server: Sshd, scripted: ScriptedModel): SshOptions {
  const { codexHome, cwd, env } = scripted.options;
  return { codexBin, cwd, env: { ...env, CODEX_HOME: codexHome }, sshArgs: server.sshArgs() };
}

/** Waits for processes to end; the children of one that ended are no session of the server any more. */
async function ended(pids: readonly number[]): Promise<void> {
  for (const pid of pids) await until(async () => !await isAlive(pid));
}

/** Reads a file of `/proc` of each process. */
function about(pids: readonly number[], file: "cmdline" | "environ"): string {
  return pids.map((pid) => readFileSync(`/proc/${pid}/${file}`, "utf8")).join("\n");
}

test(
  "ssh starts the server in a folder of the host, with variables and secrets, and ends it [R-109]",
  async () => {
    await using server = await Sshd.start();
    await using scripted = await ScriptedModel.start();
    const common = optionsFor(server, scripted);
    const value = ` it's "$HOME" \\n\n\u00e9\t `;
    const connect = ssh(server.host, {
      ...common,
      env: { ...common.env, SSH_TEST_VALUE: value, SHELL: undefined },
      mcpServers: { none: { command: "mcp", enabled: false, env: { SSH_TEST_SECRET: "s3cret" } } },
    });
    const codex = await Codex.start({ connect });
    try {
      const { cwd = "" } = common;
      const script = 'pwd; printf "%s|" "$SSH_TEST_VALUE"; echo "${SHELL-none}"';
      const { stdout } = await codex.exec(["sh", "-c", script], { cwd }).output();
      assertEquals(stdout, `${cwd}\n${value}|none\n`);
      const pids = server.sessions();
      assert(about(pids, "environ").includes("SSH_TEST_SECRET=s3cret"), "secrets arrive");
      const commandLines = about([...pids, codex.pid ?? 0], "cmdline");
      assert(commandLines.includes("app-server"));
      assert(!/s3cret|it's/.test(commandLines), "they are on no command line");
      scripted.model.enqueue(shellCommand('echo "[$SSH_TEST_SECRET]"'));
      scripted.model.enqueue(message("done"));
      const { items } = await (await codex.threadStart({ cwd })).run("Show it");
      const shown = items.find((item) => item.type === "commandExecution");
      assertEquals(shown?.aggregatedOutput?.trim(), "[]");
      // The folder is not looked for on this machine, whose answer would mean nothing.
      const thread = await codex.threadStart({ cwd: "/there/is/no/such/folder" });
      assertEquals(thread.id.length > 0, true);
    } finally {
      await codex.close();
    }
    const close = await codex.exited;
    assertEquals([close.kind === "process" && close.code, close.local], [0, true]);
    await until(() => server.sessions().length === 0);
  },
  options,
);

test("ssh says why it cannot start a server, by the reason of one error [R-109]", async () => {
  await using server = await Sshd.start();
  await writeFile(join(server.folder, "none"), "");
  const changed = `[127.0.0.1]:${server.port} ssh-ed25519 ` +
    "AAAAC3NzaC1lZDI1NTE5AAAAIJZx7v0tVdyCDqM0lW6Jq5mPqXzvYjRk0f0B5e1v1v1v\n";
  await writeFile(join(server.folder, "changed"), changed);
  const cases: readonly (readonly [string, string, SshOptions])[] = [
    ["unknownHost", "no..such..host", { sshArgs: server.sshArgs() }],
    ["unreachable", server.host, { sshArgs: server.sshArgs({ port: await freePort() }) }],
    ["loginRefused", server.host, { sshArgs: server.sshArgs({ key: "otherkey" }) }],
    ["hostKey", server.host, { sshArgs: server.sshArgs({ knownHosts: "none" }) }],
    ["hostKey", server.host, { sshArgs: server.sshArgs({ knownHosts: "changed" }) }],
    ["codexNotFound", server.host, { codexBin: "no-such-codex", sshArgs: server.sshArgs() }],
    ["cwdNotFound", server.host, { cwd: "it's/not there", sshArgs: server.sshArgs() }],
    ["programNotFound", server.host, { sshBin: "no-such-ssh" }],
  ];
  for (const [reason, host, given] of cases) {
    const error = await assertRejects(
      () => Codex.start({ connect: ssh(host, given) }),
      RemoteError,
    );
    assertEquals(error.reason, reason, error.message);
    assert(reason === "programNotFound" || error.stderrTail !== "", reason);
  }
  await until(() => server.sessions().length === 0);
}, options);

test("ssh that is killed takes the server and its command with it [R-109]", async () => {
  await using server = await Sshd.start();
  await using scripted = await ScriptedModel.start();
  await using codex = await Codex.start({
    connect: ssh(server.host, optionsFor(server, scripted)),
  });
  const running = codex.exec(["sh", "-c", "echo started; exec sleep 600"]);
  const failed = running.done.catch((error: unknown) => error);
  await running.stdout.getReader().read();
  const pids = server.sessions();
  assert(about(pids, "cmdline").includes("sleep"));
  kill(codex.pid ?? 0, "SIGKILL");
  assertInstanceOf(await failed, TransportClosedError);
  await ended(pids);
}, options);

test("a program that dies takes the server that it started over ssh with it [R-109]", async () => {
  await using server = await Sshd.start();
  await using scripted = await ScriptedModel.start();
  const script = join(server.folder, "program.mts");
  await writeFile(
    script,
    `import { Codex } from "${root}/mod.ts";
import { ssh } from "${root}/transports/ssh.ts";
const [host, options] = JSON.parse(process.argv[2] ?? "");
const codex = await Codex.start({ connect: ssh(host, options) });
console.log("ready");
await codex.exited;
`,
  );
  const given = JSON.stringify([server.host, optionsFor(server, scripted)]);
  const [command = "", ...args] = [...scriptCommand(script, "-A", "--no-check"), given];
  const program = await current.host().spawn({ command, args, env: environment() });
  try {
    const reader = program.stdout.getReader();
    await reader.read();
    reader.releaseLock();
    const pids = server.sessions();
    assert(about(pids, "cmdline").includes("app-server"));
    program.kill("SIGKILL");
    await ended(pids);
  } finally {
    program.kill("SIGKILL");
    await program.exited;
    await Promise.allSettled([
      program.stdin.abort(),
      program.stdout.cancel(),
      program.stderr.cancel(),
    ]);
  }
}, options);

test("ssh notices a host that stops answering [R-109]", async () => {
  await using server = await Sshd.start();
  await using scripted = await ScriptedModel.start();
  const common = optionsFor(server, scripted);
  const alive = ["-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=1"];
  const connect = ssh(server.host, { ...common, sshArgs: [...alive, ...server.sshArgs()] });
  await using codex = await Codex.start({ connect });
  const frozen = server.sessions();
  for (const pid of frozen) kill(pid, "SIGSTOP");
  try {
    const error = await assertRejects(() => codex.models(), TransportClosedError);
    assertInstanceOf(error.close.cause, RemoteError);
    assertEquals(error.close.cause.reason, "notResponding");
  } finally {
    for (const pid of frozen) kill(pid, "SIGCONT");
  }
  await ended(frozen);
}, options);

test("ssh reaches a server that runs already, which outlives the connection [R-109]", async () => {
  await using server = await Sshd.start();
  const path = join(server.folder, "sockets", "codex");
  await mkdir(join(server.folder, "sockets"), { mode: 0o700 });
  const isUp = (): boolean => existsSync(path);
  await using listener = await startListener(`unix://${path}`, { isUp });
  listener.scripted.model.enqueue(message("one"));
  const common: SshOptions = {
    ...optionsFor(server, listener.scripted),
    mode: "socket",
    socket: path,
  };
  const cwd = listener.scripted.options.cwd;
  const first = await Codex.start({ connect: ssh(server.host, common) });
  assertEquals(
    await first.threadStart({ cwd }).then((thread) => thread.run("1")).then(answerOf),
    "one",
  );
  const pids = server.sessions();
  kill(first.pid ?? 0, "SIGKILL");
  const close = await first.exited;
  assertEquals([close.kind === "process" && close.signal, close.local], ["SIGKILL", false]);
  await first.close();
  await ended(pids);

  // A client that connects again loses nothing of a turn in which `ssh` dies.
  const middle = gate();
  listener.scripted.model.enqueue(deltas(["two ", middle, "halves"]));
  const open = ssh(server.host, common);
  let pid = 0;
  const connect = resilient(async (given) => {
    const transport = await open(given);
    pid = transport.pid ?? 0;
    return transport;
  });
  const second = await Codex.start({ connect });
  const turn = await (await second.threadStart({ cwd })).turn("2");
  await middle.untilReached();
  const lost = pid;
  kill(lost, "SIGKILL");
  await until(() => pid !== lost);
  middle.open();
  assertEquals((await turn.run()).finalResponse, "two halves");
  await second.close();
  await until(() => server.sessions().length === 0);

  const cases: readonly (readonly [string, SshOptions])[] = [
    ["notRunning", { ...common, socket: `${path}-none` }],
    ["notRunning", { ...common, socket: undefined }], // the daemon of that home
    ["codexNotFound", { ...common, codexBin: "no-such-codex" }],
    ["loginRefused", { ...common, sshArgs: server.sshArgs({ key: "otherkey" }) }],
  ];
  for (const [reason, given] of cases) {
    const error = await assertRejects(
      () => Codex.start({ connect: ssh(server.host, given) }),
      RemoteError,
    );
    assertEquals(error.reason, reason, error.message);
  }
}, options);

function answerOf({ finalResponse }: TurnResult): string | null {
  return finalResponse;
}
