/** The input of a command, over a fake server. */
import { ServerBusyError } from "../../../mod.ts";
import { InvalidStateError } from "../../../errors.ts";
import { ExecStdin, type StdinMessage } from "../../../src/client/exec/exec_stdin.ts";
import { deferred } from "../../../src/util/deferred.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertLessOrEqual,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "../../_support/assert.ts";
import { fakeClock } from "../../_support/fake_clock.ts";
import { test } from "../../_support/test.ts";
import { reasonOf, settled } from "../_fixture.ts";
import { asked, gone, openExec, written } from "./_exec_fixture.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("ExecProcess.stdin sends in order, joined, and only after the command itself", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const run = codex.exec(["x"], { stdin: "pipe" });
  const writer = run.stdin.getWriter();
  for (const letter of "abcdefghij") writer.write(bytes(letter)); // not connected yet
  await writer.close();
  assertEquals(written(server), "abcdefghij");
  assertEquals(asked(server)[0], "exec");
  assertLess(asked(server).length, 6);
  const last = server.received.findLast(({ method }) => method === "command/exec/write");
  assertEquals((last?.params as { closeStdin?: boolean }).closeStdin, true);
  (await fixture.started()).exit();
  await run.done;
});

test("ExecProcess.stdin resumes immediately when the command writes something", async () => {
  using clock = fakeClock();
  await using fixture = openExec();
  const { server, codex } = fixture;
  await using run = codex.exec(["x"], { stdin: "pipe" });
  const started = await fixture.started();
  const writer = run.stdin.getWriter();
  const write = async (): Promise<void> => {
    await writer.write(bytes("x"));
    await server.nextRequest("command/exec/write");
  };
  for (let index = 0; index < 96; index++) await write();
  server.sendBatch([started.output("alive")]);
  await settled(fixture);
  for (let index = 0; index < 10; index++) await write();
  assertEquals(clock.elapsedMs, 0); // each would take a second
});

test("ExecProcess.stdin fails after the end of the command", async () => {
  await using fixture = openExec();
  const run = fixture.codex.exec(["x"], { stdin: "pipe" });
  (await fixture.started()).exit();
  await run.done;
  const writer = run.stdin.getWriter();
  await assertRejects(() => writer.write(bytes("x")), InvalidStateError, "has ended");
  assertEquals(written(fixture.server), "");
});

test("ExecProcess.stdin treats a refused write to a command that is ending as its end", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  server.on("command/exec/write", ({ processId }) => {
    throw gone(processId);
  });
  const run = codex.exec(["x"], { stdin: "pipe" });
  const started = await fixture.started();
  const writer = run.stdin.getWriter();
  for (let index = 0; index < 3; index++) {
    await writer.write(bytes("x")); // not the writer's fault
    await settled(fixture);
  }
  started.exit(5);
  assertEquals((await run.done).exitCode, 5);
});

test("ExecProcess.stdin accepts only bytes, and throws unless it was requested", async () => {
  await using fixture = openExec();
  const { codex } = fixture;
  const run = codex.exec(["x"], { stdin: "pipe" });
  await assertRejects(() => run.stdin.getWriter().write("text" as never), TypeError, "encode");
  for (const options of [{}, { stdin: "none" }, { input: "" }] as const) {
    const other = codex.exec(["x"], options);
    assertThrows(() => other.stdin, InvalidStateError, 'stdin: "pipe"');
  }
});

test("codex.exec with input sends it and its end", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const own = bytes("héllo");
  const run = codex.exec(["x"], { input: own });
  own.fill(0); // the caller may reuse the array
  const started = await fixture.started();
  const { params } = await server.nextRequest("command/exec/write");
  assertEquals(params, { processId: started.processId, deltaBase64: "aMOpbGxv", closeStdin: true });
  started.exit();
  await run.done;
  const empty = codex.exec(["x"], { input: new Uint8Array(0) });
  const { processId } = await fixture.started();
  const end = await server.nextRequest("command/exec/write");
  assertEquals(end.params, { processId, closeStdin: true });
  await empty.kill();
});

test("codex.exec with an input stream that fails kills the command and sends no end", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const reason = new Error("the source broke");
  const fail = deferred<never>();
  const run = codex.exec(["x"], {
    input: new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes("part")),
      pull: () => fail.promise,
    }),
  });
  assertEquals((await server.nextRequest("command/exec/write")).params.closeStdin, undefined);
  await settled(fixture);
  fail.reject(reason);
  assertStrictEquals(await reasonOf(run.done), reason);
  await server.nextRequest("command/exec/terminate");
  assertEquals(asked(server), ["exec", "exec/write", "exec/terminate"]);
});

test("codex.exec is killed if the server refuses its input: it would wait forever", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  server.on("command/exec/write", () => {
    throw { code: -32001, message: "Server overloaded; retry later." };
  });
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes("part")),
  });
  for (const input of ["text", "", new Uint8Array(9_000_000), source]) {
    const run = codex.exec(["x"], { input });
    assertInstanceOf(await reasonOf(run.output()), ServerBusyError);
    await server.nextRequest("command/exec/terminate");
  }
  const piped = codex.exec(["x"], { stdin: "pipe" });
  const writer = piped.stdin.getWriter();
  await writer.write(bytes("x"));
  assertInstanceOf(await reasonOf(writer.closed), ServerBusyError); // the writer is notified, and may continue without it
  await piped.kill();
  assertEquals((await piped.done).exitCode, 137);
});

test("codex.exec with an input stream that fails before there is a connection sends nothing", async () => {
  await using fixture = openExec();
  const { server, codex } = fixture;
  const reason = new Error("the source broke");
  const run = codex.exec(["x"], {
    input: new ReadableStream({ start: (controller) => controller.error(reason) }),
  });
  assertStrictEquals(await reasonOf(run.done), reason);
  await codex.connect();
  await settled(fixture);
  assertEquals(asked(server), []);
});

test("codex.exec releases an input stream when the command ends first", async () => {
  await using fixture = openExec();
  const cancelled = deferred<unknown>();
  const run = fixture.codex.exec(["x"], {
    input: new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
      cancel: (reason) => cancelled.resolve(reason),
    }, { highWaterMark: 0 }),
  });
  (await fixture.started()).exit(0);
  assertEquals((await run.done).exitCode, 0);
  assertInstanceOf(await cancelled.promise, InvalidStateError);
});

/** A stdin whose messages the test accepts. */
function heldStdin(): { stdin: ExecStdin; sent: StdinMessage[]; take(): void; waits(): boolean } {
  const sent: StdinMessage[] = [];
  let taken: (() => void) | undefined;
  const stdin = new ExecStdin((message) => {
    sent.push(message);
    return new Promise<void>((resolve) => taken = resolve);
  });
  return {
    stdin,
    sent,
    take: () => taken?.(),
    waits: () => taken !== undefined,
  };
}

test("ExecStdin applies backpressure while more than 1 MiB is unsent", async () => {
  const { stdin, sent, take } = heldStdin();
  const writer = stdin.writable.getWriter();
  await writer.write(new Uint8Array(10));
  await turns();
  assertEquals(sent.length, 1); // held from here on
  await writer.write(new Uint8Array(1_000_000));
  let isThrough = false;
  const waiting = writer.write(new Uint8Array(1_000_000)).then(() => isThrough = true);
  await turns();
  assertEquals([isThrough, sent.length], [false, 1]);
  take();
  await waiting;
  assertEquals(sent.length, 2); // both in one message
  stdin.end();
});

test("ExecStdin copies the bytes: the array may be reused", async () => {
  const { stdin, sent, take } = heldStdin();
  const writer = stdin.writable.getWriter();
  await writer.write(bytes("first"));
  await turns();
  const piece = bytes("second");
  await writer.write(piece);
  piece.fill(0);
  take();
  await turns();
  assertEquals(sent.map(({ deltaBase64 = "" }) => atob(deltaBase64)), ["first", "second"]);
  stdin.end();
});

test("ExecStdin rejects waiting writes and stops its timer when the command ends", async () => {
  const { stdin } = heldStdin();
  const writer = stdin.writable.getWriter();
  const reason = new Error("gone");
  const writing = writer.write(new Uint8Array(2_000_000));
  const closing = writer.close();
  stdin.end(reason);
  assertStrictEquals(await reasonOf(writing), reason);
  assertStrictEquals(await reasonOf(closing), reason);
  const { stdin: other } = heldStdin();
  const otherWriter = other.writable.getWriter();
  await otherWriter.write(new Uint8Array(5));
  await turns();
  const otherClosing = otherWriter.close();
  other.end();
  await otherClosing; // everything was in flight
});

test("ExecStdin drops unsent bytes when aborted, and sends the end of input", async () => {
  const { stdin, sent, take } = heldStdin();
  const writer = stdin.writable.getWriter();
  await writer.write(bytes("sent"));
  await turns();
  await writer.write(bytes("unsent"));
  const closed = reasonOf(writer.closed);
  const reason = new Error("mine");
  await writer.abort(reason);
  assertStrictEquals(await closed, reason);
  take();
  await turns();
  assertEquals(sent.slice(1), [{ closeStdin: true }]);
  stdin.end(new Error("gone")); // nobody waits for that close: it must not cause an unhandled rejection
  await turns();
});

test("ExecStdin sends at most 96 messages to a silent command, then slows down", async () => {
  let messages = 0;
  const stdin = new ExecStdin(() => {
    messages++;
    return Promise.resolve();
  });
  const writer = stdin.writable.getWriter();
  const flood = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      await writer.write(new Uint8Array(8));
      await turns();
    }
  };
  await flood(300);
  assertEquals(messages, 96);
  stdin.onOutput(); // it is alive
  await flood(50);
  assertLessOrEqual(messages, 96 + 51);
  assert(messages > 96 + 40);
  await flood(100); // it pauses again, and its timer ends with it
  const sent = messages;
  stdin.end();
  await turns();
  assertEquals(messages, sent);
});

test("ExecStdin splits large input into messages of 4 MiB", async () => {
  const sizes: number[] = [];
  const stdin = new ExecStdin(({ deltaBase64 = "" }) => {
    sizes.push(deltaBase64.length);
    return Promise.resolve();
  });
  await stdin.feed(new Uint8Array(10_000_000));
  assertEquals(sizes.length, 3);
});

/** Runs everything that does not wait for a timer. */
async function turns(count = 20): Promise<void> {
  for (let index = 0; index < count; index++) await Promise.resolve();
}
