import { TransportClosedError } from "../../src/errors/transport_errors.ts";
import type { ProcessClose, TransportClose } from "../../src/transport/transport.ts";
import { assertEquals, assertLessOrEqual } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("TransportClosedError says how the transport ended", () => {
  const cause = new Error("EPIPE");
  const ends: [TransportClose, string][] = [
    [process({}), "codex app-server exited with code 1"],
    [process({ code: null, signal: "SIGKILL" }), "codex app-server was ended by SIGKILL"],
    [process({ code: null, cause }), "codex app-server ended (EPIPE)"],
    [
      process({ stderrTail: "a\nb\n", cause }),
      "codex app-server exited with code 1 (EPIPE): b",
    ],
    [process({ local: true }), "the connection was closed by this client"],
    [{ kind: "stream", local: false }, "the stream ended"],
    [{ kind: "stream", local: false, cause: "no Error" }, "the stream ended"],
    [
      { kind: "socket", local: false, code: 1006, reason: "" },
      "the WebSocket was closed with code 1006",
    ],
    [
      { kind: "socket", local: false, code: 1000, reason: "bye", cause },
      'the WebSocket was closed with code 1000 ("bye") (EPIPE)',
    ],
  ];
  for (const [close, words] of ends) {
    assertEquals(new TransportClosedError(close).message, `Cannot use the connection: ${words}`);
  }
  assertEquals(
    new TransportClosedError(process({}), "read").message,
    "Cannot read: codex app-server exited with code 1",
  );
});

test("TransportClosedError has an exit code, signal and stderr only for a process", () => {
  const crash = new TransportClosedError(process({ code: 7, stderrTail: "words" }));
  assertEquals([crash.exitCode, crash.signal, crash.stderrTail], [7, null, "words"]);
  const killed = new TransportClosedError(process({ code: null, signal: "SIGTERM" }));
  assertEquals([killed.exitCode, killed.signal, killed.stderrTail], [null, "SIGTERM", ""]);
  const stream = new TransportClosedError({ kind: "stream", local: false });
  assertEquals([stream.exitCode, stream.signal, stream.stderrTail], [null, null, ""]);
});

test("TransportClosedError's message has the line of stderr that says why, and stderrTail has all [R-06]", () => {
  const log = "2026-01-02T03:04:05.6Z  WARN codex_core: Unknown model mock-model";
  const fault = "2026-01-02T03:04:05.6Z ERROR codex_core: cannot find bubblewrap";
  const texts: [string, string][] = [
    [`${log}\n${fault}\n\n`, ""],
    ["WARNING: no aliases\n", ""],
    [
      `${log}\nssh: connect to host x: Connection refused\r\n${log}\n`,
      "ssh: connect to host x: Connection refused",
    ],
    [
      "error: unexpected argument '--x'\n\nUsage: codex\n\nFor more, try '--help'.\n",
      "error: unexpected argument '--x'",
    ],
    ["Error: no such home\n\nStack backtrace:\n   0: <unknown>\n", "Error: no such home"],
    [
      "thread 'main' panicked at src/main.rs:1:2:\nout of paper\nnote: run with RUST_BACKTRACE=1\n",
      "thread 'main' panicked at src/main.rs:1:2: out of paper",
    ],
  ];
  for (const [stderrTail, reason] of texts) {
    const error = new TransportClosedError(process({ stderrTail }));
    const end = reason === "" ? "" : `: ${reason}`;
    assertEquals(
      error.message,
      `Cannot use the connection: codex app-server exited with code 1${end}`,
    );
    assertEquals(error.stderrTail, stderrTail);
  }
});

test("TransportClosedError cuts a long line of stderr between two characters", () => {
  for (const stderrTail of ["😀".repeat(5_000), "x" + "😀".repeat(5_000)]) {
    const { message } = new TransportClosedError(process({ stderrTail }));
    assertLessOrEqual(message.length, 400);
    assertEquals(message.isWellFormed(), true);
  }
});

function process(end: Partial<ProcessClose>): ProcessClose {
  return { kind: "process", local: false, code: 1, signal: null, stderrTail: "", ...end };
}
