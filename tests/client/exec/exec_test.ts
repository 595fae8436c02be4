/** Commands over a fake server: orders of messages, ends and faults. */
import { RequestTimeoutError, TransportClosedError } from "../../../mod.ts";
import { ExecStartError, InternalRpcError, InvalidRequestError } from "../../../errors.ts";
import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStrictEquals,
  assertThrows,
} from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { text } from "../../process/_current.ts";
import { countingSignal, reasonOf, settled } from "../_fixture.ts";
import { kept } from "../_kept.ts";
import { asked, openExec } from "./_exec_fixture.ts";

test("codex.exec handles output and reply in one chunk", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const orders = ["oer", "ore", "roe", "ero"];
  for (const order of orders) {
    const run = codex.exec(["x"]);
    const started = await fixture.started();
    const messages = {
      o: started.output("out"),
      e: started.output("err", "stderr"),
      r: started.reply(7),
    };
    server.sendBatch([...order].map((key) => messages[key as keyof typeof messages]));
    const { stdout, stderr, exitCode } = await run.output();
    assertEquals([stdout, stderr, exitCode], ["out", "err", 7], order);
  }
  assertEquals(kept(codex).operations.size, 0);
});

test("codex.exec ends its streams with the reply and ignores later output", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"]);
  const started = await fixture.started();
  server.sendBatch([started.output("a")]);
  started.exit();
  assertEquals((await run.done).exitCode, 0);
  server.sendBatch([started.output("late")]);
  await settled(fixture);
  assertEquals([await text(run.stdout), await text(run.stderr)], ["a", ""]);
});

test("codex.exec routes output to its own command only", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const runs = [codex.exec(["a"]), codex.exec(["b"])];
  const started = [await fixture.started(), await fixture.started()];
  assertEquals(new Set(started.map(({ processId }) => processId)).size, 2);
  const foreign = {
    ...started[0]!.output("foreign"),
    params: { processId: "mine", stream: "stdout" },
  };
  server.sendBatch([
    started[1]!.output("of b"),
    foreign,
    started[0]!.output("of a"),
    started[0]!.output("?", "stdlog"),
  ]);
  started.forEach((each) => each.exit());
  assertEquals(
    (await Promise.all(runs.map((run) => run.output()))).map(({ stdout }) => stdout),
    ["of a", "of b"],
  );
});

test("codex.exec accepts output in the reply itself", async () => {
  await using fixture = openExec();
  const run = fixture.codex.exec(["x"]);
  (await fixture.started()).request.reply({ exitCode: 0, stdout: "héllo", stderr: "err" });
  const { stdout, stderr } = await run.output();
  assertEquals([stdout, stderr], ["héllo", "err"]);
});

test("codex.exec rejects if the reply or its output is unreadable [R-70]", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  for (const reply of [{}, { exitCode: "0" }, null, 5]) {
    const run = codex.exec(["x"]);
    (await fixture.started()).request.reply(reply);
    const error = await reasonOf(run.done);
    assertInstanceOf(error, InternalRpcError);
    assertEquals(error.code, "unreadable_reply");
    assertStrictEquals(await reasonOf(run.output()), error);
  }
  const run = codex.exec(["x"]);
  const started = await fixture.started();
  const output = started.output("x");
  server.sendBatch([{ ...output, params: { ...output.params as object, deltaBase64: "???" } }]);
  started.exit();
  assertInstanceOf(await reasonOf(text(run.stdout)), InternalRpcError);
  assertEquals((await run.done).exitCode, 0);
});

test("codex.exec rejects everywhere with one error if the server refuses it", async () => {
  await using fixture = openExec();
  const { codex } = fixture;
  const spawn = codex.exec(["x", "y"], { stdin: "pipe", cwd: "/w" });
  (await fixture.started()).request.fail({
    code: -32603,
    message: "failed to spawn command: No such file or directory (os error 2)",
  });
  const error = await reasonOf(spawn.done);
  assertInstanceOf(error, ExecStartError);
  assertEquals([error.code, error.method], ["exec_start_failed", "command/exec"]);
  assertMatch(error.message, /\(os error 2\): "x" in "\/w"$/);
  for (const stream of [spawn.stdout, spawn.stderr]) {
    assertStrictEquals(await reasonOf(stream.getReader().read()), error);
  }
  assertStrictEquals(await reasonOf(spawn.stdin.getWriter().write(new Uint8Array(1))), error);
  const other = codex.exec(["x"]);
  (await fixture.started()).request.fail({ code: -32600, message: "no" });
  assertInstanceOf(await reasonOf(other.output()), InvalidRequestError);
  await spawn.kill();
  assertEquals([kept(codex).operations.size, asked(fixture.server)], [0, ["exec", "exec"]]);
});

test("codex.exec settles everything when the connection ends [R-13]", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { stdin: "pipe" });
  const started = await fixture.started();
  server.sendBatch([started.output("a")]);
  const reader = run.stdout.getReader();
  await reader.read();
  server.on("command/exec/write", () => new Promise(() => {}));
  const writer = run.stdin.getWriter();
  await writer.write(new Uint8Array(2_000_000)); // in flight, and never accepted
  const writing = writer.write(new Uint8Array(2_000_000));
  const waits = [reader.read(), run.stderr.getReader().read(), run.done, writing];
  server.exit({ code: 1 });
  const reasons = await Promise.all(waits.map(reasonOf));
  assertInstanceOf(reasons[0], TransportClosedError);
  for (const reason of reasons) assertStrictEquals(reason, reasons[0]);
  await run.kill();
  assertEquals(kept(codex).operations.size, 0);
  assertThrows(() => codex.exec(["x"]), TransportClosedError);
});

test("codex.exec settles everything when the client is closed [R-13]", async () => {
  await using fixture = openExec();
  const run = fixture.codex.exec(["x"]);
  await fixture.started();
  const output = run.output();
  await fixture.codex.close();
  const error = await reasonOf(output);
  assertInstanceOf(error, TransportClosedError);
  assertStrictEquals(await reasonOf(run.done), error);
});

test("codex.exec with a signal that has fired sends nothing [R-29]", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const reason = new Error("mine");
  const thrown = assertThrows(
    () => codex.exec(["x"], { signal: AbortSignal.abort(reason) }),
    Error,
  );
  assertStrictEquals(thrown, reason);
  const controller = new AbortController();
  const run = codex.exec(["x"], { signal: controller.signal }); // before there is a connection
  controller.abort(reason);
  assertStrictEquals(await reasonOf(run.done), reason);
  await codex.connect();
  await settled(fixture);
  assertEquals(asked(server), []);
});

test("codex.exec with a signal kills immediately, does not wait, and releases the signal [R-29]", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  server.on("command/exec/terminate", () => new Promise(() => {}));
  const { controller, listeners } = countingSignal();
  const run = codex.exec(["x"], { signal: controller.signal });
  await fixture.started();
  const output = run.output();
  controller.abort(new Error("mine"));
  assertStrictEquals(await reasonOf(output), controller.signal.reason);
  await server.nextRequest("command/exec/terminate");
  assertEquals([kept(codex).operations.size, listeners()], [0, 0]);
  const { controller: calm, listeners: calmListeners } = countingSignal();
  const other = codex.exec(["x"], { signal: calm.signal });
  (await fixture.started()).exit();
  await other.done;
  assertEquals(calmListeners(), 0);
});

test("codex.exec rejects if the server reports nothing long after timeoutMs", async () => {
  using clock = fakeClock();
  await using fixture = openExec({ requestTimeoutMs: 1 });
  const run = fixture.codex.exec(["x"], { timeoutMs: 500 });
  assertInstanceOf(await reasonOf(run.done), RequestTimeoutError);
  assertEquals(clock.elapsedMs, 10_500);
  await fixture.server.nextRequest("command/exec/terminate");
});

test("codex.exec ignores the default request timeout", async () => {
  using clock = fakeClock({ limitMs: 60_000 });
  await using fixture = openExec({ requestTimeoutMs: 50 });
  fixture.server.on("command/exec/write", () => new Promise(() => {}));
  const run = fixture.codex.exec(["x"], { input: "x" });
  const started = await fixture.started();
  await clock.advance(60_000);
  started.exit(4);
  assertEquals((await run.done).exitCode, 4);
});
