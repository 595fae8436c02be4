import type { CodexOptions, Diagnostic } from "../../../mod.ts";
import type { TraceHook, Tracer } from "../../../tracing.ts";
import { Codex } from "../../../mod.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { fakeServer, open } from "../_fixture.ts";
import { Recorder } from "./_recorder.ts";

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

interface Sent {
  readonly traces: readonly unknown[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Returns the `trace` field of a request for the models when the hook returns this. */
async function sentWith(options: CodexOptions): Promise<Sent> {
  await using server = fakeServer();
  server.on("model/list", () => ({ data: [], nextCursor: null }));
  const diagnostics: Diagnostic[] = [];
  const onDiagnostic = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  await using codex = new Codex({ connect: server.connect, onDiagnostic, ...options });
  await codex.connect();
  diagnostics.length = 0;
  await codex.request("model/list", {});
  const requests = server.received.filter(({ method }) => method === "model/list");
  return { traces: requests.map((request) => request.trace), diagnostics };
}

test("trace is sent with every request, next to its method, params and id", async () => {
  const asked: unknown[] = [];
  const trace: TraceHook = ({ method, params }) => {
    asked.push([method, typeof params]);
    return { traceparent: TRACEPARENT, tracestate: "vendor=1" };
  };
  await using fixture = await open({ trace });
  const sent = fixture.server.received.filter((message) => "id" in message);
  assertEquals(sent.map(({ method, trace }) => [method, trace]), [
    ["initialize", { traceparent: TRACEPARENT, tracestate: "vendor=1" }],
    ["thread/start", { traceparent: TRACEPARENT, tracestate: "vendor=1" }],
  ]);
  assertEquals(asked, [["initialize", "object"], ["thread/start", "object"]]);
  assertEquals(fixture.server.received.filter((one) => !("id" in one) && "trace" in one), []);
});

test("trace, if omitted, sends no field", async () => {
  await using fixture = await open();
  const { received } = fixture.server;
  assert(received.length > 2);
  assertEquals(received.filter((message) => "trace" in message), []);
});

test("trace, if it returns nothing, sends no field and causes no diagnostic", async () => {
  const { traces, diagnostics } = await sentWith({ trace: () => undefined });
  assertEquals([traces, diagnostics], [[undefined], []]);
});

test("trace, if it throws, is reported to onDiagnostic, and the request is sent without it", async () => {
  const error = new Error("no tracer");
  const { traces, diagnostics } = await sentWith({
    trace: () => {
      throw error;
    },
  });
  assertEquals(traces, [undefined]);
  assertEquals(diagnostics, [{ kind: "callbackError", method: "model/list", error }]);
});

test("trace sends nothing that the server would not answer or understand", async () => {
  const bad: unknown[] = [
    5,
    "text",
    {},
    { traceparent: 5 },
    { traceparent: "garbage" },
    { traceparent: TRACEPARENT.toUpperCase() },
    { traceparent: `${TRACEPARENT}-more` },
    { traceparent: TRACEPARENT.replace(/^00/, "ff") },
    { traceparent: "00-00000000000000000000000000000000-b7ad6b7169203331-01" },
    { traceparent: "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01" },
    Promise.resolve({ traceparent: TRACEPARENT }),
  ];
  const late = (): Promise<never> => Promise.reject(new Error("late"));
  for (const give of [...bad.map((value) => (): unknown => value), late]) {
    const { traces, diagnostics } = await sentWith({ trace: give as TraceHook });
    assertEquals(traces, [undefined]);
    assertEquals(diagnostics.map(({ kind }) => kind), ["warning"]);
    const [diagnostic] = diagnostics;
    assert(diagnostic?.kind === "warning");
    assertStringIncludes(diagnostic.message, 'The trace context of "model/list" was not sent');
  }
});

test("trace with an invalid tracestate sends only the traceparent", async () => {
  for (const tracestate of [7, "line\nbreak", "x".repeat(513)]) {
    const { traces, diagnostics } = await sentWith({
      trace: () => ({ traceparent: TRACEPARENT, tracestate: tracestate as string }),
    });
    assertEquals(traces, [{ traceparent: TRACEPARENT }]);
    assertEquals(diagnostics.map(({ kind }) => kind), ["warning"]);
  }
  const future = TRACEPARENT.replace(/^00/, "01") + "-more";
  const { traces, diagnostics } = await sentWith({
    trace: () => ({ traceparent: future, tracestate: "" }), // treated as absent, like an empty header
  });
  assertEquals([traces, diagnostics], [[{ traceparent: future }], []]);
});

test("Codex refuses a trace that is not a function and an incomplete tracing", () => {
  assertThrows(() => new Codex({ trace: {} as never }), TypeError, '"trace" must be a function');
  for (const tracing of [5, {}, { trace: {} }, { context: { active: (): void => {} } }, null]) {
    assertThrows(() => new Codex({ tracing: tracing as never }), TypeError, '"context.with"');
  }
  const tracing = { ...new Recorder(), tracer: {} as Tracer };
  assertThrows(() => new Codex({ tracing }), TypeError, '"tracer.startSpan"');
});
