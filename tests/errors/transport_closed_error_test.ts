import { TransportClosedError } from "../../src/errors/transport_errors.ts";
import type { ProcessClose, TransportClose } from "../../src/transport/transport.ts";
import { assert, assertEquals, assertLessOrEqual } from "../_support/assert.ts";
import { test } from "../_support/test.ts";

test("TransportClosedError says how the transport ended", () => {
  const cause = new Error("EPIPE");
  const ends: [TransportClose, string][] = [
    [process({}), "codex app-server exited with code 1"],
    [process({ code: null, signal: "SIGKILL" }), "codex app-server was ended by SIGKILL"],
    [process({ code: null, cause }), "codex app-server ended (EPIPE)"],
    [
      process({ stderrTail: "a\nb\n", cause }),
      "codex app-server exited with code 1 (EPIPE); its stderr ended with:\na\nb",
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

test("TransportClosedError shows the last whole lines of stderr, and has all of it as a property [R-06]", () => {
  const lines = Array.from({ length: 1_000 }, (_, n) => `line ${n} é😀`);
  const stderrTail = lines.join("\n") + "\n\n";
  const error = new TransportClosedError(process({ stderrTail }));
  assertEquals(error.stderrTail, stderrTail);
  assertLessOrEqual(error.message.length, 2_048 + 120);
  const shown = error.message.split("\n").slice(1);
  assertEquals(shown[0], "…");
  assertEquals(shown.slice(1), lines.slice(-(shown.length - 1)));
  assert(shown.length > 100);
});

test("TransportClosedError cuts a single long line between two characters", () => {
  for (const stderrTail of ["😀".repeat(5_000), "😀".repeat(5_000) + "x"]) {
    const { message } = new TransportClosedError(process({ stderrTail }));
    assertLessOrEqual(message.length, 2_048 + 120);
    assertEquals(message.isWellFormed(), true);
  }
});

function process(end: Partial<ProcessClose>): ProcessClose {
  return { kind: "process", local: false, code: 1, signal: null, stderrTail: "", ...end };
}
