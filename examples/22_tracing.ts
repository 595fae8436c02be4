/**
 * Tracing with OpenTelemetry: `tracing: otel` is all the client needs. The requests, items, approvals and tools of a turn
 * become spans under your span that was active when the turn began.
 *
 *     deno run -A examples/22_tracing.ts [--live]
 */
import * as otel from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { ApprovalMode, Codex, printable, Sandbox, tool } from "@codex-app-server/sdk";
import { scriptedModel } from "./_scripted.ts";
import { SpanPrinter } from "./_span_printer.ts";

// The usual setup of the OpenTelemetry SDK; most traced programs have this already.
const provider = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(new SpanPrinter())],
});
otel.trace.setGlobalTracerProvider(provider);
otel.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const tracer = otel.trace.getTracer("my-app");

const stock = tool<{ part: string }>({
  name: "stock",
  description: "How many of a part there are in stock.",
  input: {
    type: "object",
    properties: { part: { type: "string" } },
    required: ["part"],
    additionalProperties: false,
  },
  // The tool runs in its span: spans that it creates appear there.
  run: ({ part }) =>
    tracer.startActiveSpan("query the stock", (span) => {
      span.end();
      return { part, count: 3 };
    }),
});

await using scripted = await scriptedModel("22_tracing");

await tracer.startActiveSpan("handle order 4711", async (span) => {
  await using codex = await Codex.start({
    ...scripted?.options,
    tracing: otel,
    handlers: { "item/commandExecution/requestApproval": () => ({ decision: "decline" }) },
  });
  const thread = await codex.threadStart({
    approvalMode: ApprovalMode.ask,
    sandbox: Sandbox.readOnly,
    tools: [stock],
  });
  const { finalResponse } = await thread.run(
    "Count the files here with `ls | wc -l`, look up how many gears are in stock, and try to ask " +
      "for a command outside the sandbox. Then sum up in one sentence.",
  );
  console.log(printable(`Answer: ${finalResponse}\n`));
  span.end();
});

await provider.shutdown();
