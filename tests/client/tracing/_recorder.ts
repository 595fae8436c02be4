/** A tracing library that keeps every span, ended or not, with its parent. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Span, SpanAttributes, SpanOptions, Tracer, Tracing } from "../../../tracing.ts";
import { assertEquals } from "../../_support/assert.ts";

/** A span and everything that was recorded on it. */
export class RecordedSpan implements Span {
  readonly name: string;
  readonly kind: number;
  readonly parent: RecordedSpan | undefined;
  readonly id: string;
  readonly attributes: Record<string, unknown>;
  readonly exceptions: Parameters<Span["recordException"]>[0][] = [];
  status: { readonly code: number; readonly message?: string } | undefined;
  ends = 0;

  constructor(name: string, options: SpanOptions, parent: RecordedSpan | undefined, id: string) {
    this.name = name;
    this.kind = options.kind ?? 0;
    this.attributes = { ...options.attributes };
    this.parent = parent;
    this.id = id;
  }

  setAttributes(attributes: SpanAttributes): void {
    Object.assign(this.attributes, attributes);
  }

  setStatus(status: { readonly code: number; readonly message?: string }): void {
    this.status = status;
  }

  recordException(exception: Parameters<Span["recordException"]>[0]): void {
    this.exceptions.push(exception);
  }

  end(): void {
    this.ends++;
  }

  spanContext(): ReturnType<Span["spanContext"]> {
    return {
      traceId: TRACE_ID,
      spanId: this.id,
      traceFlags: 1,
      traceState: { serialize: () => "vendor=1" },
    };
  }
}

/** The trace id of everything recorded here. */
export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";

interface RecorderContext {
  readonly span: RecordedSpan | undefined;
}

/** One for all recorders: on Node 20, each storage in use makes every promise of the process slower. */
const storage = new AsyncLocalStorage<RecorderContext>();

/** Records the spans of a client. */
export class Recorder implements Tracing {
  errorMessages: boolean | undefined;
  readonly spans: RecordedSpan[] = [];
  readonly tracers: unknown[] = [];
  readonly #tracer: Tracer = {
    startSpan: (name, options = {}, context) => {
      const { span: parent } = context as RecorderContext;
      const id = (this.spans.length + 1).toString(16).padStart(16, "0");
      const span = new RecordedSpan(name, options, options.root ? undefined : parent, id);
      this.spans.push(span);
      return span;
    },
  };

  readonly trace: Tracing["trace"] = {
    getTracer: (name, version) => {
      this.tracers.push([name, version]);
      return this.#tracer;
    },
    setSpan: (_context, span) => ({ span }),
  };

  readonly context: Tracing["context"] = {
    active: () => storage.getStore() ?? { span: undefined },
    with: (context, run) => storage.run(context as RecorderContext, run),
  };

  /** Runs a function in a span of the caller. */
  within<Result>(name: string, run: () => Result): Result {
    const span = this.#tracer.startSpan(name, {}, this.context.active());
    return this.context.with({ span }, run);
  }

  /** Returns the spans whose names have this prefix. */
  named(name: string): RecordedSpan[] {
    return this.spans.filter((span) => span.name.startsWith(name));
  }

  /** Returns the only span with that name. */
  only(name: string): RecordedSpan {
    const [span, ...more] = this.spans.filter((span) => span.name === name);
    if (span !== undefined && more.length === 0) return span;
    throw new Error(`Wanted one span "${name}", got ${this.spans.map((one) => one.name)}`);
  }

  /** Checks that each span of the SDK has ended exactly once. */
  assertEnded(): void {
    const wrong = this.named("codex.").filter(({ ends }) => ends !== 1);
    assertEquals(wrong.map(({ name, ends }) => `${name} ended ${ends} times`), []);
  }

  /** Returns the parent of each span. */
  tree(): string[] {
    return this.spans.map(({ name, parent }) => `${name} < ${parent?.name ?? "none"}`);
  }
}
