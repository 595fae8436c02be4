import { Codex, type Diagnostic, RequestTimeoutError } from "../../../mod.ts";
import type { Tracing } from "../../../tracing.ts";
import { SDK_VERSION } from "../../../src/util/sdk_version.ts";
import { assert, assertEquals, assertInstanceOf } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { fakeServer, open, reasonOf, THREAD } from "../_fixture.ts";
import { Recorder, TRACE_ID } from "./_recorder.ts";

test("tracing creates spans for the connection and each request, children of the caller's", async () => {
  const recorder = new Recorder();
  await using server = fakeServer();
  await using codex = new Codex({ connect: server.connect, tracing: recorder });
  await recorder.within("mine", () => codex.threadStart());
  assertEquals(recorder.tree(), [
    "mine < none",
    "codex.connect < mine",
    "codex.request initialize < codex.connect",
    "codex.request thread/start < mine",
  ]);
  assertEquals(recorder.tracers, [["@codex-app-server/sdk", SDK_VERSION]]);
  const { kind, attributes, status } = recorder.only("codex.request thread/start");
  assertEquals(kind, 2);
  assertEquals(attributes, { "rpc.system.name": "jsonrpc", "rpc.method": "thread/start" });
  assertEquals(status, undefined);
  recorder.assertEnded();
});

test("tracing sends the trace context of the request's own span", async () => {
  const recorder = new Recorder();
  await using fixture = await open({ tracing: recorder });
  const sent = fixture.server.received.find(({ method }) => method === "thread/start");
  const { id } = recorder.only("codex.request thread/start");
  const traceparent = `00-${TRACE_ID}-${id}-01`;
  assertEquals(sent?.trace, { traceparent, tracestate: "vendor=1" });
});

test("tracing leaves the trace context to the hook if there is one", async () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
  const recorder = new Recorder();
  await using fixture = await open({ tracing: recorder, trace: () => ({ traceparent }) });
  const sent = fixture.server.received.find(({ method }) => method === "thread/start");
  assertEquals(sent?.trace, { traceparent });
  recorder.only("codex.request thread/start");
});

test("tracing records why a request was refused, with secrets redacted", async () => {
  const recorder = new Recorder();
  recorder.errorMessages = true;
  await using fixture = await open({ tracing: recorder });
  const { codex, server } = fixture;
  server.on("thread/read", () => {
    throw { code: -32600, message: "thread not found: Bearer abcdefghijklmnop" };
  });
  await reasonOf(codex.request("thread/read", { threadId: THREAD, includeTurns: false }));
  const span = recorder.only("codex.request thread/read");
  assertEquals(span.attributes, {
    "rpc.system.name": "jsonrpc",
    "rpc.method": "thread/read",
    "gen_ai.conversation.id": THREAD,
    "error.type": "thread_not_found",
    "rpc.response.status_code": "-32600",
  });
  assertEquals(span.status, { code: 2, message: "thread not found: Bearer [redacted]" });
  assertEquals(span.exceptions.map(({ name, message }) => [name, message]), [
    ["ThreadNotFoundError", "thread not found: Bearer [redacted]"],
  ]);
  assert(!JSON.stringify(span.exceptions).includes("abcdefghijklmnop"));
  recorder.assertEnded();
});

test("tracing keeps at most 1,000 characters of an error and where it was thrown, without secrets", async () => {
  const recorder = new Recorder();
  recorder.errorMessages = true;
  const connect = (): Promise<never> =>
    Promise.reject(
      new RangeError(`${"x".repeat(990)} Bearer abcdefghijklmnop ${"y".repeat(9_000)}`),
    );
  await using codex = new Codex({ connect, tracing: recorder });
  await reasonOf(codex.connect());
  const { status, exceptions: [exception] } = recorder.only("codex.connect");
  assertEquals(status?.message, `${"x".repeat(990)} Bearer [r...`);
  assertEquals(exception?.message, status?.message);
  const { stack = "" } = exception ?? {};
  assert(stack.startsWith(`RangeError: ${status?.message}\n`), stack.slice(0, 40));
  assert(/\n\s+at .*request_spans_test/.test(stack), stack.slice(-200));
  assert(!/abcdef|yyy/.test(stack) && stack.length < 5_100);
});

test("tracing runs an operation once, whatever the library does", async () => {
  const diagnostics: Diagnostic[] = [];
  const odd: Tracing["context"]["with"][] = [
    () => undefined as never, // never calls the function
    (_context, run) => {
      run();
      throw new Error("thrown after the call");
    },
    (_context, run) => (run(), run()), // calls it twice
    (_context, run) => (run(), undefined as never), // returns something else
  ];
  for (const run of odd) {
    const recorder = new Recorder();
    const context = { active: () => ({ span: undefined }), with: run };
    await using fixture = await open({
      onDiagnostic: (diagnostic) => void diagnostics.push(diagnostic),
      tracing: { trace: recorder.trace, context },
    });
    const { server } = fixture;
    assertEquals(server.received.filter(({ method }) => method === "thread/start").length, 1);
    recorder.assertEnded();
  }
  assert(diagnostics.length > 0);
  assertEquals(diagnostics.filter(({ kind }) => kind !== "callbackError"), []);
});

test("tracing ends the span of a request that times out, is aborted, or has its connection closed", async () => {
  const recorder = new Recorder();
  await using fixture = await open({ tracing: recorder });
  const { codex, server } = fixture;
  server.hang();
  const late = await reasonOf(codex.request("model/list", {}, { timeoutMs: 1 }));
  assertInstanceOf(late, RequestTimeoutError);
  const controller = new AbortController();
  const aborted = reasonOf(codex.request("skills/list", {}, { signal: controller.signal }));
  const open_ = reasonOf(codex.request("config/read", { includeLayers: false }));
  await server.nextRequest("config/read");
  controller.abort();
  server.exit({ code: 1 });
  await Promise.all([aborted, open_]);
  const typeOf = (name: string): unknown => recorder.only(name).attributes["error.type"];
  assertEquals(typeOf("codex.request model/list"), "request_timeout");
  assertEquals(typeOf("codex.request skills/list"), "AbortError");
  assertEquals(typeOf("codex.request config/read"), "transport_closed");
  recorder.assertEnded();
});

test("tracing records a failed connection", async () => {
  const recorder = new Recorder();
  const connect = (): Promise<never> => Promise.reject(new Error("no such host"));
  await using codex = new Codex({ connect, tracing: recorder });
  await reasonOf(codex.connect());
  assertEquals(recorder.only("codex.connect").status, { code: 2, message: "Error" });
  recorder.assertEnded();
});

test("tracing continues if the tracing library throws", async () => {
  const diagnostics: Diagnostic[] = [];
  const fail = (): never => {
    throw new Error("broken");
  };
  const broken = { startSpan: fail };
  const span = {
    setAttributes: fail,
    setStatus: fail,
    recordException: fail,
    end: fail,
    spanContext: fail,
  };
  for (const tracer of [broken, { startSpan: () => span }]) {
    diagnostics.length = 0;
    await using fixture = await open({
      onDiagnostic: (diagnostic) => void diagnostics.push(diagnostic),
      tracing: {
        tracer,
        trace: { getTracer: fail, setSpan: fail },
        context: { active: () => undefined, with: fail },
      },
    });
    const { codex, server } = fixture;
    server.on("thread/list", () => ({ data: [], nextCursor: null }));
    assertEquals((await codex.threadList()).data, []);
    await reasonOf(codex.request("model/list", {}));
    assert(diagnostics.length > 0);
    assertEquals(diagnostics.filter(({ kind }) => kind !== "callbackError"), []);
  }
});

test("tracing uses a given tracer", async () => {
  const recorder = new Recorder();
  const tracer = recorder.trace.getTracer("mine");
  await using fixture = await open({ tracing: { ...recorder, tracer } });
  void fixture;
  assertEquals(recorder.tracers, [["mine", undefined]]);
  recorder.only("codex.request thread/start");
});

test("tracing records the class and the code of an error, and no text of it, unless asked [R-115]", async () => {
  const quoted = "the prompt: my d0g\n    at the key sk-abc123456789";
  const recorder = new Recorder();
  const diagnostics: Diagnostic[] = [];
  await using fixture = await open({
    tracing: recorder,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  const { codex, server } = fixture;
  server.on("thread/read", () => {
    throw { code: -32603, message: quoted };
  });
  const params = { threadId: THREAD, includeTurns: false };
  await reasonOf(codex.request("thread/read", params));
  const span = recorder.only("codex.request thread/read");
  assertEquals(span.status, { code: 2, message: String(span.attributes["error.type"]) });
  assertEquals(span.attributes["rpc.response.status_code"], "-32603");
  const [exception] = span.exceptions;
  assert(/\n\s+at /.test(exception?.stack ?? ""), "where it was thrown stays");
  server.sendRaw(quoted);
  await reasonOf(codex.request("thread/read", params));
  assert(diagnostics.some(({ kind }) => kind === "malformedMessage"));
  const all = JSON.stringify([
    diagnostics,
    recorder.spans.map(({ attributes, status, exceptions }) => [attributes, status, exceptions]),
  ]);
  for (const text of ["d0g", "the key", "sk-abc"]) assert(!all.includes(text), text);
});
