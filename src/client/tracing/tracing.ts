/** What the SDK needs of a tracing library: the few calls of OpenTelemetry's API that it makes. */

/**
 * The attributes of a span.
 *
 * @example
 * ```ts
 * import type { SpanAttributes } from "@codex-app-server/sdk/tracing";
 *
 * const attributes: SpanAttributes = { "codex.item.type": "commandExecution", "process.exit.code": 0 };
 * ```
 */
export interface SpanAttributes {
  /** The value of the attribute of this name. */
  readonly [name: string]: string | number | boolean;
}

/**
 * What a span begins with.
 *
 * @example
 * ```ts
 * import type { SpanOptions } from "@codex-app-server/sdk/tracing";
 *
 * const isOutgoing = ({ kind }: SpanOptions): boolean => kind === 2;
 * ```
 */
export interface SpanOptions {
  /** OpenTelemetry's number of the kind: 0 internal, 1 server, 2 client. */
  readonly kind?: number;
  /** What is known of the operation when it begins. */
  readonly attributes?: SpanAttributes;
  /** Whether the span has no parent, whatever the context holds. */
  readonly root?: boolean;
}

/**
 * One operation that is being measured. A span of OpenTelemetry is one.
 *
 * @example
 * ```ts
 * import type { Span } from "@codex-app-server/sdk/tracing";
 *
 * const traceOf = (span: Span): string => span.spanContext().traceId;
 * ```
 */
export interface Span {
  /** Sets attributes beside those that are there. */
  setAttributes(attributes: SpanAttributes): unknown;
  /** Sets the outcome; the code is OpenTelemetry's: 2 is an error. */
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  /** Notes an error that happened. */
  recordException(
    exception: { readonly name: string; readonly message: string; readonly stack?: string },
  ): unknown;
  /** Ends the operation. */
  end(): void;
  /** What others need to join the trace, as W3C trace context has it. */
  spanContext(): {
    /** 32 hexadecimal digits. */
    readonly traceId: string;
    /** 16 hexadecimal digits. */
    readonly spanId: string;
    /** 1 when the trace is being recorded. */
    readonly traceFlags: number;
    /** What vendors add. */
    readonly traceState?: { serialize(): string } | undefined;
  };
}

/**
 * Begins spans. A tracer of OpenTelemetry is one.
 *
 * @example
 * ```ts
 * import * as otel from "@opentelemetry/api";
 * import type { Tracer } from "@codex-app-server/sdk/tracing";
 *
 * const tracer: Tracer = otel.trace.getTracer("my-app");
 * ```
 */
export interface Tracer {
  /** Begins a span as a child of the one in the context; the active context when left out. */
  startSpan(name: string, options?: SpanOptions, context?: unknown): Span;
}

/**
 * Where spans go: the module `@opentelemetry/api` as it is, or anything with these few functions.
 *
 * @example
 * ```ts
 * import * as otel from "@opentelemetry/api";
 * import { Codex } from "@codex-app-server/sdk";
 *
 * const codex = new Codex({ tracing: otel });
 * ```
 */
export interface Tracing {
  /** Tracers and the spans of contexts. */
  readonly trace: {
    /** Gives the tracer of a library. */
    getTracer(name: string, version?: string): Tracer;
    /** Gives a context like this one, in which the span is the parent of what begins. */
    setSpan(context: unknown, span: Span): unknown;
  };
  /** Which context the program is in. */
  readonly context: {
    /** The context of the code that asks. */
    active(): unknown;
    /** Runs a function in a context, with all that it waits for. */
    with<Result>(context: unknown, run: () => Result): Result;
  };
  /** The tracer that begins the spans; `trace.getTracer("@codex-app-server/sdk")` when left out. */
  readonly tracer?: Tracer | undefined;
}

/**
 * Checks the option.
 *
 * @throws {TypeError} when a function is missing
 */
export function checkTracing(tracing: Tracing | undefined): void {
  if (tracing === undefined) return;
  const missing = Object.entries({
    "trace.getTracer": tracing?.trace?.getTracer,
    "trace.setSpan": tracing?.trace?.setSpan,
    "context.active": tracing?.context?.active,
    "context.with": tracing?.context?.with,
    "tracer.startSpan": tracing?.tracer === undefined ? checkTracing : tracing.tracer?.startSpan,
  }).filter(([, value]) => typeof value !== "function").map(([name]) => `"${name}"`);
  if (missing.length === 0) return;
  throw new TypeError(
    `"tracing" must be the module "@opentelemetry/api" or like it: it lacks ${missing.join(", ")}`,
  );
}
