/** Prints finished OpenTelemetry spans as a tree, each trace once its root span has ended. */
import type { HrTime } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";

/** Prints spans, where your exporter would send them somewhere. */
export class SpanPrinter implements SpanExporter {
  readonly #spans: ReadableSpan[] = [];

  export(spans: ReadableSpan[], done: (result: { code: number }) => void): void {
    this.#spans.push(...spans);
    for (const span of spans) {
      if (span.parentSpanContext === undefined) this.#print(span, "");
    }
    done({ code: 0 });
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  #print(span: ReadableSpan, indent: string): void {
    const took = `${milliseconds(span.duration).toFixed(0)} ms`;
    console.log(`${took.padStart(8)}  ${indent}${span.name}${details(span)}`);
    const { spanId } = span.spanContext();
    const children = this.#spans.filter((other) => other.parentSpanContext?.spanId === spanId);
    children.sort((a, b) => milliseconds(a.startTime) - milliseconds(b.startTime));
    for (const child of children) this.#print(child, `${indent}  `);
  }
}

function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

/** The most informative attributes. */
function details({ attributes, status }: ReadableSpan): string {
  const shown = [
    ["gen_ai.usage.input_tokens", "in"],
    ["gen_ai.usage.output_tokens", "out"],
    ["process.exit.code", "exit"],
    ["codex.decision", "decision"],
    ["error.type", "error"],
  ] as const;
  const parts = shown.flatMap(([name, label]) =>
    name in attributes ? [`${label} ${attributes[name]}`] : []
  );
  if (status.code === 2) parts.push("FAILED");
  return parts.length === 0 ? "" : `  (${parts.join(", ")})`;
}
