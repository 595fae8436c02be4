/** No process is left, whichever ends first: the server, commands of turns, exec commands, or their children. */
import { fileURLToPath } from "node:url";
import { Codex, Sandbox } from "../../mod.ts";
import { ScriptedModel, shellCommand } from "../../testing.ts";
import { assert, assertEquals } from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import {
  current,
  environment,
  isAlive,
  output,
  scriptCommand,
  text,
  until,
} from "../process/_current.ts";

const FREE = { sandbox: Sandbox.fullAccess } as const;

test("codex.close leaves no descendant processes of a turn or of exec [R-49]", async () => {
  await using scripted = await ScriptedModel.start();
  const codex = await Codex.start(scripted.options);
  const seconds = uniqueSeconds();
  scripted.model.enqueue(shellCommand(`sleep ${seconds} & sleep ${seconds}`));
  const thread = await codex.threadStart();
  const turn = await thread.turn("wait");
  for await (const event of turn.stream({ onLeave: "detach" })) {
    if (event.method === "item/started" && event.params.item.type === "commandExecution") break;
  }
  codex.exec(["sh", "-c", `sleep ${seconds} & sleep ${seconds}`], FREE);
  codex.exec(["sleep", String(seconds)], { tty: true, ...FREE });
  codex.exec(["sleep", String(seconds)], { sandbox: Sandbox.readOnly, stdin: "pipe" });
  await until(async () => (await sleepers(seconds)).length >= 6);
  const { pid = 0 } = codex;
  await codex.close();
  assertEquals(await isAlive(pid), false);
  await until(async () => (await sleepers(seconds)).length === 0);
});

test("a killed host leaves no descendant processes of a turn or of exec [R-49]", async () => {
  await using scripted = await ScriptedModel.start();
  const seconds = uniqueSeconds();
  scripted.model.enqueue(shellCommand(`sleep ${seconds} & sleep ${seconds}`));
  const [command = "", ...args] = scriptCommand(
    fileURLToPath(new URL("_host.ts", import.meta.url)),
    "-A",
  );
  const host = await current.host().spawn({
    command,
    args: [...args, JSON.stringify({ options: scripted.options, seconds })],
    env: environment(),
  });
  const stderr = text(host.stderr);
  const reader = host.stdout.getReader();
  try {
    const { value } = await reader.read();
    const pid = Number(new TextDecoder().decode(value));
    assert(pid > 0, `The host failed: ${value === undefined ? await stderr : pid}`);
    assert(await isAlive(pid));
    await until(async () => (await sleepers(seconds)).length >= 6);
    host.kill("SIGKILL");
    assertEquals((await host.exited).signal, "SIGKILL");
    await until(async () => !await isAlive(pid), 60_000);
    await until(async () => (await sleepers(seconds)).length === 0, 60_000);
  } finally {
    host.kill("SIGKILL");
    await host.exited;
    await host.stdin.abort().catch(() => {});
    await reader.cancel();
    await stderr;
  }
});

/** A number of seconds that no other process sleeps for. */
function uniqueSeconds(): number {
  return 100_000 + Math.floor(Math.random() * 10_000_000);
}

/** The processes that run `sleep` for a given number of seconds. */
async function sleepers(seconds: number): Promise<string[]> {
  const script = `for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $f 2>/dev/null; echo; done`;
  const { stdout } = await output(["/bin/sh", "-c", script]);
  return stdout.split("\n").filter((line) => line.trim() === `sleep ${seconds}`);
}
