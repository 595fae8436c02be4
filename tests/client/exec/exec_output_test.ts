/** The output and the end of a command as its handle reports them, over a fake server. */
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
import { notification } from "../../../testing.ts";
import { asked, openExec } from "./_exec_fixture.ts";

test("ExecProcess.stdout buffers at most maxBufferBytes, and fails without stderr", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { maxBufferBytes: 10_000 });
  const started = await fixture.started();
  for (let index = 0; index < 11; index++) server.sendBatch([started.output("0".repeat(1_000))]);
  server.sendBatch([started.output("fine", "stderr")]);
  started.exit();
  assertEquals((await run.done).exitCode, 0);
  assertInstanceOf(await reasonOf(text(run.stdout)), ExecOutputOverflowError);
  assertEquals(await text(run.stderr), "fine");
});

test("ExecProcess.stdout bounds a flood of tiny chunks too", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { maxBufferBytes: 10_000 });
  const started = await fixture.started();
  server.sendBatch(Array.from({ length: 1_000 }, () => started.output("x")));
  started.exit();
  await run.done;
  assertInstanceOf(await reasonOf(text(run.stdout)), ExecOutputOverflowError);
});

test("ExecProcess.stdout drops output once cancelled, and the command continues", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { maxBufferBytes: 100 });
  const started = await fixture.started();
  await run.stdout.cancel();
  server.sendBatch([started.output("0".repeat(5_000)), started.reply(0)]);
  assertEquals((await run.done).success, true);
});

test("ExecProcess.output is collected once, and rejects while a stream is being read", async () => {
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
  await assertRejects(() => other.output(), InvalidStateError, "already being read");
  assertEquals(other.stderr.locked, false);
  end.exit(0);
  assertEquals((await reader.read()).done, true);
  reader.releaseLock();
  assertEquals((await other.output()).exitCode, 0);
});

test("ExecProcess.done reports truncated output and the time limit", async () => {
  using clock = fakeClock();
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { maxOutputBytes: 3, timeoutMs: 40 });
  const started = await fixture.started();
  server.sendBatch([started.output("abc"), started.output("def", "stderr", true)]);
  await clock.advance(45);
  started.exit(124);
  const { stdoutTruncated, stderrTruncated, timedOut } = await run.done;
  assertEquals([stdoutTruncated, stderrTruncated, timedOut], [false, true, true]);
  const own = codex.exec(["x"], { timeoutMs: 60_000 });
  (await fixture.started()).exit(124);
  assertEquals((await own.done).timedOut, false);
});

test("ExecProcess.resize requires a terminal, and does nothing after the end", async () => {
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
  await run.done;
  await run.resize({ rows: 2, cols: 2 });
  assertEquals(asked(server).filter((method) => method === "exec/resize").length, 1);
});

test("ExecProcess.output decodes characters split across chunks, and keeps a byte order mark", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"]);
  const started = await fixture.started();
  const bytes = new TextEncoder().encode("\ufeff€ 😀");
  const output = run.output(); // each chunk is read by itself
  for (let index = 0; index < bytes.length; index++) {
    server.sendBatch([started.output(bytes.subarray(index, index + 1))]);
  }
  server.sendBatch([started.output(Uint8Array.of(0xe2), "stderr"), started.reply()]);
  const { stdout, stderr } = await output;
  assertEquals([stdout, stderr], ["\ufeff€ 😀", "\ufffd"]);
});

test("ExecProcess ignores output that it cannot read [R-69]", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { maxOutputBytes: 1 });
  const started = await fixture.started();
  const { params } = started.output("x");
  const odd = [
    { ...params as object, deltaBase64: 5 },
    { ...params as object, deltaBase64: undefined },
    { ...params as object, stream: null },
    { ...params as object, stream: "other" },
    { ...params as object, capReached: "no" },
  ];
  server.sendBatch(odd.map((each) => notification("command/exec/outputDelta", each)));
  started.exit();
  const { stdout, stderr, stdoutTruncated } = await run.output();
  assertEquals([stdout, stderr, stdoutTruncated], ["x", "", false]);
});
