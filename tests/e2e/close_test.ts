import { PROTOCOL_VERSION } from "../../src/generated/version.ts";
import { Codex, TransportClosedError, type TurnResult } from "../../mod.ts";
import { deltas, gate, message, ScriptedModel, shellCommand } from "../../testing.ts";
import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertStrictEquals,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { isAlive, output } from "../process/_current.ts";
import { ScriptedCodex } from "./_scripted_codex.ts";

test("codex.close ends the process with exit code 0 and reaps it [R-48] [R-52]", async () => {
  await using scripted = await ScriptedModel.start();
  const codex = await Codex.start(scripted.options);
  const { pid } = codex;
  assert(pid !== undefined && await isAlive(pid));
  await Promise.all([codex.close(), codex.close()]);
  await codex.close();
  assertEquals(await isAlive(pid), false);
  const end = await codex.exited;
  assert(end.kind === "process");
  assertEquals([end.code, end.signal, end.local], [0, null, true]);
});

test("codex.close interrupts a running command and leaves no process [R-48]", async () => {
  await using scripted = await ScriptedModel.start();
  const codex = await Codex.start(scripted.options);
  const seconds = 4_000 + Math.floor(Math.random() * 1_000_000);
  scripted.model.enqueue(shellCommand(`sleep ${seconds}`));
  const turn = await (await codex.threadStart()).turn("wait");
  for await (const event of turn.stream({ onLeave: "detach" })) {
    if (event.method === "item/started" && event.params.item.type === "commandExecution") break;
  }
  const begin = performance.now();
  await codex.close();
  assertLess(performance.now() - begin, 4_000);
  assertEquals((await turn.run()).status, "interrupted");
  assertEquals(await isAlive(codex.pid ?? 0), false);
  assertEquals(await sleepers(seconds), []);
});

test("after codex.close every call rejects with TransportClosedError [R-13]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(deltas(["x", hold]));
  const turn = await thread.turn("go");
  await hold.untilReached();
  await codex.close();
  hold.open();
  await assertRejects(() => thread.run("more"), TransportClosedError);
  await assertRejects(() => turn.steer("more"), TransportClosedError);
  await assertRejects(() => codex.request("model/list", {}), TransportClosedError);
  await turn.interrupt();
});

test("a killed server rejects everything with one error, also after close [R-06] [R-13]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  const thread = await codex.threadStart();
  const hold = gate();
  model.enqueue(deltas(["x", hold]));
  const turn = await thread.turn("go");
  await hold.untilReached();
  const reading = assertRejects(async () => {
    for await (const _event of codex.notifications()) { /* until it ends */ }
  }, TransportClosedError);
  const running = assertRejects(() => turn.run(), TransportClosedError);
  await output(["/bin/sh", "-c", `kill -9 ${codex.pid}`]);
  const error = await running;
  assertEquals([error.signal, error.exitCode, error.close.local], ["SIGKILL", null, false]);
  const others = await reading;
  assertStrictEquals(others.close, error.close); // only the turn's own error has its result
  assertEquals([(error.result as TurnResult).id, others.result], [turn.id, null]);
  assertStrictEquals(await assertRejects(() => thread.run("more"), TransportClosedError), others);
  assertEquals((await codex.exited).kind, "process");
  await codex.close(); // does not throw, and hides nothing
  assertStrictEquals(await assertRejects(() => thread.run("more"), TransportClosedError), others);
  hold.open();
});

test("a new client resumes the threads of a killed server, and finds the turn that ran interrupted", async () => {
  await using scripted = await ScriptedModel.start();
  await using first = await Codex.start(scripted.options);
  const thread = await first.threadStart();
  const hold = gate();
  scripted.model.enqueue(message("done")).enqueue(deltas(["x", hold]));
  await thread.run("finish this");
  const turn = await thread.turn("die in this");
  await hold.untilReached();
  await output(["/bin/sh", "-c", `kill -9 ${first.pid}`]);
  await first.exited;
  await assertRejects(() => turn.run(), TransportClosedError);
  await assertRejects(() => first.connect(), TransportClosedError);
  hold.open();

  await using second = await Codex.start(scripted.options);
  const resumed = await second.threadResume(thread.id);
  const { turns } = (await resumed.read({ includeTurns: true })).thread;
  assertEquals(turns.map(({ status }) => status), ["completed", "interrupted"]);
  scripted.model.enqueue(message("back"));
  assertEquals((await resumed.run("go on")).finalResponse, "back");
});

test("await using closes the client when an error exits the block", async () => {
  await using scripted = await ScriptedModel.start();
  let pid = 0;
  await assertRejects(
    async () => {
      await using codex = await Codex.start(scripted.options);
      pid = codex.pid ?? 0;
      throw new RangeError("mine");
    },
    RangeError,
    "mine",
  );
  assertEquals(await isAlive(pid), false);
});

test("new Codex starts its server on first use, once for all callers", async () => {
  await using scripted = await ScriptedModel.start();
  await using codex = new Codex(scripted.options);
  assertEquals(codex.pid, undefined);
  scripted.model.enqueueFor("go", message("a")).enqueueFor("go", message("a"));
  const threads = await Promise.all([codex.threadStart(), codex.threadStart(), codex.connect()]);
  assert(codex.pid !== undefined);
  assertEquals(codex.metadata.version, PROTOCOL_VERSION);
  assertEquals(codex.metadata.codexHome, scripted.home.path);
  assert(threads[0].id !== threads[1].id);
});

test("the server keeps waiting for input until close, however long it is idle [R-81]", async () => {
  await using session = await ScriptedCodex.start();
  const { codex, model } = session;
  model.enqueue(message("one"));
  await (await codex.threadStart()).run("one");
  await new Promise((resolve) => setTimeout(resolve, 1_000)); // a closed stdin would end the server in 40 ms
  assert(await isAlive(codex.pid ?? 0));
  model.enqueue(message("two"));
  assertEquals((await (await codex.threadStart()).run("two")).finalResponse, "two");
});

/** The processes that run `sleep` for a given number of seconds. */
async function sleepers(seconds: number): Promise<string[]> {
  const listed = `for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $f 2>/dev/null; echo; done`;
  const script = `if [ -d /proc/1 ]; then ${listed}; else ps -axo command=; fi`;
  const { stdout } = await output(["/bin/sh", "-c", script]);
  return stdout.split("\n").filter((line) => line.trim() === `sleep ${seconds}`);
}
