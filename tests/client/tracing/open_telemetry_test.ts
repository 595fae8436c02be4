/** The real API and SDK of OpenTelemetry: they match by type, and behave as the recorder of the other tests does. */
import * as otel from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import type { Codex, CodexOptions } from "../../../mod.ts";
import type { Span, Tracer, Tracing } from "../../../tracing.ts";
import { agentMessage } from "../../../testing.ts";
import { assert, assertEquals } from "../../_support/assert.ts";
import { test } from "../../_support/test.ts";
import { events, open } from "../_fixture.ts";

/** Only compiled, never run. */
export function fits(tracer: otel.Tracer, span: otel.Span, codex: typeof Codex): void {
  const asTracer: Tracer = tracer;
  const asSpan: Span = span;
  const asTracing: Tracing = otel;
  const options: CodexOptions = { tracing: otel };
  new codex({ tracing: { ...otel, tracer } });
  new codex({ tracing: { trace: otel.trace, context: otel.context, tracer: undefined } });
  // @ts-expect-error -- without the contexts, nothing would have a parent
  new codex({ tracing: { trace: otel.trace } });
  // @ts-expect-error -- a tracer by itself does not know contexts
  new codex({ tracing: tracer });
  void [asTracer, asSpan, asTracing, options];
}

test("Tracing matches the module @opentelemetry/api", async () => {
  assert(typeof fits === "function");
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  otel.trace.setGlobalTracerProvider(provider);
  otel.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  try {
    await using fixture = await open({ tracing: otel });
    const { thread, server } = fixture;
    server.on("turn/start", (_params, request) => {
      request.reply({ turn: { id: "turn-1" } });
      server.sendBatch(events({ items: [agentMessage("message-1", "hello")] }));
    });
    await otel.trace.getTracer("mine").startActiveSpan("mine", async (mine) => {
      await thread.run("hi");
      mine.end();
    });
    const spans = exporter.getFinishedSpans();
    const named = (name: string): (typeof spans)[number] => {
      const span = spans.find((one) => one.name === name);
      assert(span !== undefined, `no span "${name}" among ${spans.map((one) => one.name)}`);
      return span;
    };
    const turn = named("codex.turn");
    assertEquals(turn.parentSpanContext?.spanId, named("mine").spanContext().spanId);
    assertEquals(turn.instrumentationScope.name, "@codex-app-server/sdk");
    const { spanId, traceId } = turn.spanContext();
    for (const name of ["codex.request turn/start", "codex.item agentMessage"]) {
      assertEquals(named(name).parentSpanContext?.spanId, spanId);
    }
    const request = named("codex.request turn/start");
    assertEquals(request.kind, otel.SpanKind.CLIENT);
    const sent = server.received.find(({ method }) => method === "turn/start");
    const traceparent = `00-${traceId}-${request.spanContext().spanId}-01`;
    assertEquals(sent?.trace, { traceparent });
    server.on("model/list", () => {
      throw { code: -32600, message: "no" };
    });
    await fixture.codex.models().catch(() => {});
    const refused = named("codex.request model/list");
    assertEquals(refused.status, { code: otel.SpanStatusCode.ERROR, message: "invalid_request" });
    assertEquals(refused.events.map((event) => event.name), ["exception"]);
    assertEquals(refused.events[0]?.attributes?.["exception.type"], "InvalidRequestError");
  } finally {
    await provider.forceFlush(); // the exporter uses timers, and shutdown() does not wait for them
    await provider.shutdown();
    otel.trace.disable();
    otel.context.disable();
  }
});

test("Tracing without an OpenTelemetry SDK sends no trace", async () => {
  await using fixture = await open({ tracing: otel });
  assertEquals(fixture.server.received.filter((message) => "trace" in message), []);
});
