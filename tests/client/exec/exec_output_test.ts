/** What a handle gives of a command's output and end, over a fake server. */
import { ExecOutputOverflowError, InvalidStateError } from "../../../errors.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { text } from "../../process/_current.ts";
import { reasonOf } from "../_fixture.ts";
import { asked, openExec } from "./_exec_fixture.ts";

test("ExecProcess.stdout keeps no more than maxBufferBytes unread, and fails alone", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { maxBufferBytes: 10_000 });
  const started = await fixture.started();
  for (let index = 0; index < 11; index++) server.sendBatch([started.output("0".repeat(1_000))]);
  server.sendBatch([started.output("fine", "stderr")]);
  started.exit();
  assertEquals((await run.status).exitCode, 0);
  assertInstanceOf(await reasonOf(text(run.stdout)), ExecOutputOverflowError);
  assertEquals(await text(run.stderr), "fine");
});

test("ExecProcess.stdout in the tiniest pieces is bounded too", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { maxBufferBytes: 10_000 });
  const started = await fixture.started();
  server.sendBatch(Array.from({ length: 1_000 }, () => started.output("x")));
  started.exit();
  await run.status;
  assertInstanceOf(await reasonOf(text(run.stdout)), ExecOutputOverflowError);
});

test("ExecProcess.stdout that is cancelled drops what comes, and the command goes on", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { maxBufferBytes: 100 });
  const started = await fixture.started();
  await run.stdout.cancel();
  server.sendBatch([started.output("0".repeat(5_000)), started.reply(0)]);
  assertEquals((await run.status).success, true);
});

test("ExecProcess.output is one for all, and none where a stream is read", async () => {
  await using fixture = openExec();
  const run = fixture.codex.exec(["x"]);
  const started = await fixture.started();
  const outputs = [run.output(), run.output()];
  started.exit();
  const [first, second] = await Promise.all(outputs);
  assertStrictEquals(first, second);
  assertStrictEquals(await run.output(), first);
  const other = fixture.codex.exec(["x"]);
  const end = await fixture.started();
  const reader = other.stdout.getReader();
  await assertRejects(() => other.output(), InvalidStateError, "being read already");
  assertEquals(other.stderr.locked, false);
  end.exit(0);
  assertEquals((await reader.read()).done, true);
  reader.releaseLock();
  assertEquals((await other.output()).exitCode, 0);
});

test("ExecProcess.status tells what was left out and that time was up", async () => {
  using clock = fakeClock();
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { maxOutputBytes: 3, timeoutMs: 40 });
  const started = await fixture.started();
  server.sendBatch([started.output("abc"), started.output("def", "stderr", true)]);
  await clock.advance(45);
  started.exit(124);
  const { stdoutTruncated, stderrTruncated, timedOut } = await run.status;
  assertEquals([stdoutTruncated, stderrTruncated, timedOut], [false, true, true]);
  const own = codex.exec(["x"], { timeoutMs: 60_000 });
  (await fixture.started()).exit(124);
  assertEquals((await own.status).timedOut, false);
});

test("ExecProcess.resize is for terminals, and for as long as they are there", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const plain = codex.exec(["x"]);
  (await fixture.started()).exit();
  await assertRejects(() => plain.resize({ rows: 1, cols: 1 }), InvalidStateError);
  const run = codex.exec(["x"], { tty: true });
  const started = await fixture.started();
  await run.resize({ rows: 24, cols: 80 });
  await assertRejects(() => run.resize({ rows: 0, cols: 80 }), RangeError);
  await assertRejects(() => run.resize({ rows: 1, cols: 65_536 }), RangeError);
  await assertRejects(() => run.resize(5 as never), TypeError);
  const [resize] = server.received.filter(({ method }) => method === "command/exec/resize");
  assertEquals(resize?.params, { processId: started.processId, size: { rows: 24, cols: 80 } });
  started.exit();
  await run.status;
  await run.resize({ rows: 2, cols: 2 });
  assertEquals(asked(server).filter((method) => method === "exec/resize").length, 1);
});

test("ExecProcess.output keeps characters whole that come in pieces, and a byte order mark", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"]);
  const started = await fixture.started();
  const bytes = new TextEncoder().encode("\ufeff€ 😀");
  const output = run.output(); // each piece is read by itself
  for (let index = 0; index < bytes.length; index++) {
    server.sendBatch([started.output(bytes.subarray(index, index + 1))]);
  }
  server.sendBatch([started.output(Uint8Array.of(0xe2), "stderr"), started.reply()]);
  const { stdout, stderr } = await output;
  assertEquals([stdout, stderr], ["\ufeff€ 😀", "\ufffd"]);
});
