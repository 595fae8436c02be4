/** Killing commands, over a fake server. */
import { Codex, RequestTimeoutError } from "../../../mod.ts";
import { ExecOutputOverflowError } from "../../../errors.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { reasonOf, settled } from "../_fixture.ts";
import { asked, openExec } from "./_exec_fixture.ts";

test("ExecProcess.kill is sent after the command, and resolves with its end", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"]); // not connected yet
  const kills = [run.kill(), run.kill()];
  await Promise.all(kills);
  const { exitCode, killed } = await run.done;
  assertEquals([exitCode, killed], [137, true]);
  assertEquals(asked(server), ["exec", "exec/terminate", "exec/terminate"]);
  await run.kill();
  assertEquals(asked(server).length, 3);
});

test("ExecProcess.kill rejects invalid options and sends nothing", async () => {
  await using fixture = openExec();
  const run = fixture.codex.exec(["x"]);
  await fixture.started();
  const signal = AbortSignal.abort(new Error("mine"));
  assertStrictEquals(await reasonOf(run.kill({ signal })), signal.reason);
  await assertRejects(() => run.kill({ timeoutMs: -1 }), RangeError);
  await assertRejects(() => run.kill("SIGTERM" as never), TypeError, "options");
  await settled(fixture);
  assertEquals(asked(fixture.server), ["exec"]);
});

test("ExecProcess.kill resolves if the command never ran", async () => {
  const reason = new Error("no server");
  await using codex = new Codex({ connect: () => Promise.reject(reason) });
  const run = codex.exec(["x"], { stdin: "pipe" });
  const kill = run.kill({ timeoutMs: 0 });
  assertStrictEquals(await reasonOf(run.done), reason);
  await kill;
});

test("an ExecProcess is killed when disposed or when its output overflows", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { maxBufferBytes: 3 });
  const started = await fixture.started();
  const output = run.output();
  server.sendBatch([started.output("much")]);
  assertInstanceOf(await reasonOf(output), ExecOutputOverflowError);
  assertEquals((await run.done).killed, true);
  {
    await using _run = codex.exec(["x"]);
    await fixture.started();
  }
  assertEquals(asked(server), ["exec", "exec/terminate", "exec", "exec/terminate"]);
});

test("ExecProcess.kill is bounded in time, and the command continues", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  server.on("command/exec/terminate", () => ({}));
  const run = codex.exec(["x"]);
  const started = await fixture.started();
  await assertRejects(() => run.kill({ timeoutMs: 30 }), RequestTimeoutError);
  const controller = new AbortController();
  const killing = run.kill({ signal: controller.signal });
  controller.abort(new Error("mine"));
  assertStrictEquals(await reasonOf(killing), controller.signal.reason);
  started.exit(3);
  assertEquals((await run.done).exitCode, 3);
});

test("an ExecProcess that is disposed after its end sends nothing", async () => {
  await using fixture = openExec();
  {
    await using run = fixture.codex.exec(["x"]);
    (await fixture.started()).exit();
    await run.done;
  }
  assertEquals(asked(fixture.server), ["exec"]);
});
