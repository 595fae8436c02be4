import process from "node:process";
import { MessageTooLargeError, TransportClosedError } from "../../src/errors/transport_errors.ts";
import {
  ProcessTransport,
  type ProcessTransportOptions,
} from "../../src/process/process_transport.ts";
import { STDERR_TAIL_BYTES } from "../../src/util/stderr_tail.ts";
import type { ProcessClose, Transport } from "../../src/transport/transport.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "../_support/assert.ts";
import { test } from "../_support/test.ts";
import { ask, initialize, send } from "./_dialogue.ts";
import { codex, current, isAlive, shell, until, withFolder } from "./_current.ts";

const KEY = "sk-Zm9vYmFyYmF6cXV4MTIzNDU2";

async function open(script: string, options?: ProcessTransportOptions): Promise<ProcessTransport> {
  return new ProcessTransport(await shell(script), options);
}

async function readAll(transport: Transport): Promise<string[]> {
  const frames: string[] = [];
  for await (const batch of transport.readable) frames.push(...batch);
  return frames;
}

test("ProcessTransport drains 8 MiB of stderr, with a line of 1 MiB, before the answer [R-05]", async () => {
  const line = `head -c 1048576 /dev/zero | tr '\\0' x >&2; echo >&2`;
  await using transport = await open(
    `yes 0123456789abcdef | head -c 8388608 >&2; ${line}; echo last words >&2; read r; echo "{\\"id\\":$r}"`,
  );
  await send(transport, {});
  const { value } = await transport.readable.getReader().read();
  assertEquals(value, ['{"id":{}}']);
  const { stderrTail } = await transport.closed;
  assertLess(new TextEncoder().encode(stderrTail).length, STDERR_TAIL_BYTES + 1);
  assert(stderrTail.endsWith("xxx\nlast words\n"));
});

test("ProcessTransport reports the exit code and redacted stderr, taken after the drain [R-06]", async () => {
  const transport = await open(
    `echo "key ${KEY}" >&2; printf 'Authorization: Bea' >&2; sleep 0.05; echo 'rer abcdefghijkl' >&2
     echo 'jwt eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl' >&2; exit 7`,
  );
  assertEquals(await readAll(transport), []);
  const close = await transport.closed;
  assertEquals(close, {
    kind: "process",
    local: false,
    code: 7,
    signal: null,
    stderrTail: "key sk-[redacted]\nAuthorization: Bearer [redacted]\njwt [redacted]\n",
  });
  const error = new TransportClosedError(close);
  assertEquals([error.exitCode, error.signal], [7, null]);
  assertStringIncludes(error.message, "exited with code 7");
});

test("ProcessTransport waits for the rest of stderr if the exit is known first [R-06]", async () => {
  let stderr!: ReadableStreamDefaultController<Uint8Array>;
  const transport = new ProcessTransport({
    pid: 1,
    stdin: new WritableStream(),
    stdout: new ReadableStream({ start: (controller) => controller.close() }),
    stderr: new ReadableStream({ start: (controller) => void (stderr = controller) }),
    exited: Promise.resolve({ code: 1, signal: null }),
    kill: () => {},
  });
  await readAll(transport);
  await new Promise((resolve) => setTimeout(resolve)); // a close that does not wait has settled by now
  stderr.enqueue(new TextEncoder().encode("last words\n"));
  stderr.close();
  assertEquals((await transport.closed).stderrTail, "last words\n");
});

test("ProcessTransport reports the signal, with code null [R-06]", async () => {
  for (const signal of ["KILL", "TERM", "SEGV"]) {
    const transport = await open(`echo dying >&2; kill -${signal} $$`);
    await readAll(transport);
    const { code, signal: reported, stderrTail } = await transport.closed;
    assertEquals([code, reported, stderrTail], [null, `SIG${signal}`, "dying\n"]);
  }
});

test("ProcessTransport dispatches 2,000 frames to a reader that starts after the exit [R-14]", async () => {
  // In blocks, like the real binary: on Bun and Node a pipe is a socket, which a few hundred tiny writes fill.
  const transport = await open(`seq 2000 | sed 's/.*/{"n":&}/'`);
  await transport.closed;
  const frames = await readAll(transport);
  assertEquals(frames.length, 2000);
  assertEquals(frames.at(-1), '{"n":2000}');
});

test("ProcessTransport dispatches every frame to a slow reader at exit [R-14]", async () => {
  const transport = await open(`yes '{"text":"0123456789"}' | head -n 20000; exit 3`);
  let seen = 0;
  let slept = 0;
  for await (const batch of transport.readable) {
    seen += batch.length;
    if (slept++ < 4) await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assertEquals(seen, 20_000);
  assertEquals((await transport.closed).code, 3);
});

test("ProcessTransport ends although a grandchild holds the pipes [R-14]", async () => {
  const transport = await open(`sleep 90 & echo $!; echo done >&2; exit 5`);
  const started = performance.now();
  const [pid] = await readAll(transport);
  const close = await transport.closed;
  assertLess(performance.now() - started, 60_000); // the grandchild holds them for 90 seconds
  assertEquals([close.code, close.stderrTail], [5, "done\n"]);
  assert(await isAlive(Number(pid)), "the grandchild held the pipes all the time");
  process.kill(Number(pid));
});

test("ProcessTransport rejects the write to a broken stdin, with nothing uncaught [R-15]", async () => {
  const transport = await open(`exec 0<&-; echo ready; sleep 0.1; exit 9`);
  const reader = transport.readable.getReader();
  assertEquals((await reader.read()).value, ["ready"]);
  const writer = transport.writable.getWriter();
  const big = JSON.stringify("x".repeat(1 << 20));
  const writes = await Promise.allSettled([1, 2, 3].map(() => writer.write(big)));
  for (const write of writes) {
    assertEquals(write.status, "rejected");
    assertInstanceOf((write as PromiseRejectedResult).reason, TransportClosedError);
  }
  assertEquals((await transport.closed).code, 9);
  assertEquals((await reader.read()).done, true);
});

test("ProcessTransport ends a process that closed its stdin but keeps running", async () => {
  const transport = await open(`exec 0<&-; echo ready; exec sleep 20`);
  const reader = transport.readable.getReader();
  await reader.read();
  await assertRejects(() => transport.writable.getWriter().write("{}"), TransportClosedError);
  const { local, signal, cause } = await transport.closed;
  assertEquals([local, signal], [false, "SIGTERM"]);
  assertInstanceOf(cause, Error);
  await reader.cancel();
});

test("ProcessTransport settles a write that a grandchild keeps pending", async () => {
  const transport = await open(`exec 3<&0; (sleep 20 <&3 >/dev/null 2>&1 & echo $!); exit 4`);
  const reader = transport.readable.getReader();
  const pid = (await reader.read()).value?.[0];
  const writing = transport.writable.getWriter().write(JSON.stringify("x".repeat(4 << 20)));
  await assertRejects(() => writing, TransportClosedError);
  assertEquals((await transport.closed).code, 4);
  await reader.cancel();
  process.kill(Number(pid));
  // Deno frees the pipe when the system has finished the write, after the grandchild's end.
  await until(async () => !await isAlive(Number(pid)));
});

test("ProcessTransport holds a write back while the process does not read", async () => {
  await using transport = await open(`read go; exec cat >/dev/null`, { closeGraceMs: 100 });
  const writer = transport.writable.getWriter();
  let written = 0;
  const frame = JSON.stringify("x".repeat(256 * 1024));
  const writes = Array.from({ length: 8 }, async () => {
    await writer.write(frame);
    written++;
  });
  // sh reads its line byte by byte and then runs cat; before that, 2 MiB do not fit into a pipe.
  await Promise.all(writes);
  assertEquals(written, 8);

  await using stuck = await open(`exec sleep 20`, { closeGraceMs: 10 });
  const pending = stuck.writable.getWriter().write(frame).then(() => "written", () => "rejected");
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals(await Promise.race([pending, Promise.resolve("pending")]), "pending");
  await stuck.close();
  assertEquals(await pending, "rejected");
});

test("ProcessTransport holds the process back while nobody reads", async () => {
  await withFolder(async (folder) => {
    await using transport = await open(
      `i=0; while [ $i -lt 64 ]; do head -c 65536 /dev/zero | tr '\\0' x; echo; i=$((i+1)); echo $i >${folder}/n; done`,
      { closeGraceMs: 10 },
    );
    const count = async (): Promise<number> => {
      const child = await shell(`cat ${folder}/n 2>/dev/null; exit 0`);
      let text = "";
      for await (const chunk of child.stdout) text += new TextDecoder().decode(chunk);
      await Promise.all([child.stdin.abort(), child.stderr.cancel(), child.exited]);
      return Number(text);
    };
    let last = -1;
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const now = await count();
      const isStable = now === last;
      last = now;
      return isStable;
    });
    assertLess(last, 64);
    assertEquals((await readAll(transport)).length, 64);
  });
});

test("ProcessTransport transfers a frame of 16 MiB in both directions", async () => {
  await using transport = await open(`exec cat`);
  const frame = JSON.stringify("é".repeat(8 << 20));
  const reader = transport.readable.getReader();
  const [, { value }] = await Promise.all([
    transport.writable.getWriter().write(frame),
    reader.read(),
  ]);
  assert(value?.[0] === frame);
});

test("ProcessTransport ends on a message over maxMessageBytes, with that cause [R-03]", async () => {
  const transport = await open(
    `echo '{"ok":1}'; head -c 5000 /dev/zero | tr '\\0' x; echo; exec sleep 20`,
    { maxMessageBytes: 1000 },
  );
  const reader = transport.readable.getReader();
  assertEquals((await reader.read()).value, ['{"ok":1}']);
  const error = await assertRejects(() => reader.read(), MessageTooLargeError);
  const close = await transport.closed;
  assertStrictEquals(close.cause, error);
  assertEquals(close.local, false);
});

test("ProcessTransport kills a process that ignores the end of stdin and SIGTERM, and reaps it [R-48]", async () => {
  const transport = await open(`trap '' TERM; echo ready; while :; do sleep 0.05; done`, {
    closeGraceMs: 100,
  });
  const reader = transport.readable.getReader();
  await reader.read();
  const started = performance.now();
  const closes = await Promise.all([
    transport.close(),
    transport.close(),
    transport[Symbol.asyncDispose]().then(() => transport.closed),
  ]);
  assertLess(performance.now() - started, 8_000);
  for (const close of closes) assertStrictEquals(close, closes[0] as ProcessClose);
  assertEquals([closes[0]?.code, closes[0]?.signal, closes[0]?.local], [null, "SIGKILL", true]);
  assertEquals(await isAlive(transport.pid), false);
  await reader.cancel();
});

test("ProcessTransport stops waiting when a forced close follows a patient one", async () => {
  const transport = await open(`exec sleep 20`, { closeGraceMs: 60_000 });
  const patient = transport.close();
  const started = performance.now();
  const forced = await transport.close({ force: true });
  assertLess(performance.now() - started, 10_000); // neither the minute of grace nor the sleep
  assertStrictEquals(await patient, forced);
  assertEquals(forced.signal, "SIGTERM");
  await readAll(transport);
});

test("ProcessTransport ends the real binary by ending stdin: code 0, immediately [R-48]", async () => {
  await withFolder(async (codexHome) => {
    const transport = await current.stdio({ codexBin: codex, codexHome })();
    const { userAgent } = await initialize(transport);
    assertStringIncludes(String(userAgent), "test/");
    const started = performance.now();
    const close = await transport.close();
    assert(close.kind === "process");
    assertEquals([close.code, close.signal, close.local], [0, null, true]);
    assertLess(performance.now() - started, 1_900); // later it would receive SIGTERM
    assertEquals(await isAlive(transport.pid ?? 0), false);
    await assertRejects(() => ask(transport, "model/list", {}), TransportClosedError);
    await transport.readable.cancel();
  });
});

test("ProcessTransport has the pid, and fulfils closed at the exit", async () => {
  const transport = await open(`echo $$; read line; exit 6`);
  const reader = transport.readable.getReader();
  assertEquals((await reader.read()).value, [String(transport.pid)]);
  await send(transport, {});
  const { code, local } = await transport.closed;
  assertEquals([code, local], [6, false]);
  await reader.cancel();
});
