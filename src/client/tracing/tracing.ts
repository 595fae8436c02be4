/** The part of OpenTelemetry's API that the SDK uses. */

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
  /** The value of the attribute. */
  readonly [name: string]: string | number | boolean;
}

/**
 * Options of a new span.
 *
 * @example
 * ```ts
 * import type { SpanOptions } from "@codex-app-server/sdk/tracing";
 *
 * const isOutgoing = ({ kind }: SpanOptions): boolean => kind === 2;
 * ```
 */
export interface SpanOptions {
  /** OpenTelemetry's span kind: 0 internal, 1 server, 2 client. */
  readonly kind?: number;
  /** The attributes known at the start. */
  readonly attributes?: SpanAttributes;
  /** Whether the span has no parent, regardless of the context. */
  readonly root?: boolean;
}

/**
 * A traced operation; OpenTelemetry's `Span` is assignable to it.
 *
 * @example
 * ```ts
 * import type { Span } from "@codex-app-server/sdk/tracing";
 *
 * const traceOf = (span: Span): string => span.spanContext().traceId;
 * ```
 */
export interface Span {
  /** Adds attributes. */
  setAttributes(attributes: SpanAttributes): unknown;
  /** Sets OpenTelemetry's status code: 2 is an error. */
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  /** Records an error. */
  recordException(
    exception: { readonly name: string; readonly message: string; readonly stack?: string },
  ): unknown;
  /** Ends the span. */
  end(): void;
  /** Returns the ids for W3C trace context. */
  spanContext(): {
    /** 32 hexadecimal digits. */
    readonly traceId: string;
    /** 16 hexadecimal digits. */
    readonly spanId: string;
    /** 1 if the trace is recorded. */
    readonly traceFlags: number;
    /** Vendor-specific data. */
    readonly traceState?: { serialize(): string } | undefined;
  };
}

/**
 * Starts spans; OpenTelemetry's `Tracer` is assignable to it.
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
  /** Starts a span as a child of the one in the context, by default the active one. */
  startSpan(name: string, options?: SpanOptions, context?: unknown): Span;
}

/**
 * A tracing library: the module `@opentelemetry/api` itself, or any object with these functions.
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
  /** Tracers, and spans in contexts. */
  readonly trace: {
    /** Returns the tracer of a library. */
    getTracer(name: string, version?: string): Tracer;
    /** Returns a copy of a context in which the span is the parent of new spans. */
    setSpan(context: unknown, span: Span): unknown;
  };
  /** The contexts of the program. */
  readonly context: {
    /** Returns the active context. */
    active(): unknown;
    /** Runs a function in a context, including what it awaits. */
    with<Result>(context: unknown, run: () => Result): Result;
  };
  /** The tracer of all spans; defaults to `trace.getTracer("@codex-app-server/sdk")`. */
  readonly tracer?: Tracer | undefined;
  /**
   * Whether spans also contain the messages of errors, with keys and tokens redacted. A message may quote the server, a
   * prompt, an argument or a path.
   *
   * @default {false}
   */
  readonly errorMessages?: boolean | undefined;
}

/**
 * Checks the `tracing` option.
 *
 * @throws {TypeError} if a function is missing
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
    `"tracing" must be the module "@opentelemetry/api" or compatible with it: it lacks ${
      missing.join(", ")
    }`,
  );
}
