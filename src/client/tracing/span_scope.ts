/** A span that ends once, harms nobody, and is the parent of what begins in it. */
import { redact } from "../../util/redact.ts";
import { errorAttributes, errorName } from "./span_attributes.ts";
import { sendableTrace, type TraceContext } from "./trace_context.ts";
import type { Span, SpanAttributes, SpanOptions, Tracer, Tracing } from "./tracing.ts";

/** OpenTelemetry's code of a failed operation. */
const ERROR = 2;

/** How much of an error's text a span takes. */
const MAX_MESSAGE = 1_000;

/** What all spans of one client have in common. */
export interface SpanSource {
  readonly api: Tracing;
  readonly tracer: Tracer;
  /** Told what the tracing library throws, with the name of the span. */
  readonly onError: (name: string, error: unknown) => void;
}

/** A span and the context in which its children begin. */
export class SpanScope {
  readonly #source: SpanSource;
  readonly #name: string;
  readonly #context: unknown;
  readonly #span: Span | undefined;
  #failed = false;
  #ended = false;

  private constructor(
    source: SpanSource,
    name: string,
    parent: { readonly context: unknown } | undefined,
    options: SpanOptions,
  ) {
    this.#source = source;
    this.#name = name;
    try {
      const { api, tracer } = source;
      const context = parent === undefined ? api.context.active() : parent.context;
      const span = tracer.startSpan(name, options, context);
      this.#span = span;
      this.#context = api.trace.setSpan(context, span);
    } catch (error) {
      source.onError(name, error);
    }
  }

  /** Begins a span as a child of the caller's active one. */
  static start(source: SpanSource, name: string, options: SpanOptions): SpanScope {
    return new SpanScope(source, name, undefined, options);
  }

  /** Begins a span as a child of this one, wherever it is called. */
  child(name: string, options: SpanOptions): SpanScope {
    return new SpanScope(this.#source, name, { context: this.#context }, options);
  }

  /** What makes the server's spans children of this one; `undefined` where the span is not recorded by anybody. */
  get traceContext(): TraceContext | undefined {
    return this.#guard(() => {
      const { traceId, spanId, traceFlags, traceState } = this.#span?.spanContext() ?? {};
      const flags = ((traceFlags ?? 0) & 0xff).toString(16).padStart(2, "0");
      const traceparent = `00-${traceId}-${spanId}-${flags}`;
      return sendableTrace({ traceparent, tracestate: traceState?.serialize() }, () => {});
    });
  }

  /** Runs a function in the context of the span, so that what begins there becomes its child. */
  run<Result>(operation: () => Result): Result {
    let ran = false;
    try {
      return this.#source.api.context.with(this.#context, () => {
        ran = true;
        return operation();
      });
    } catch (error) {
      if (ran) throw error;
      this.#source.onError(this.#name, error);
      return operation();
    }
  }

  /** Runs an operation in the span, which ends with it. */
  async during<Result>(operation: () => Promise<Result>): Promise<Result> {
    try {
      return await this.run(operation);
    } catch (error) {
      this.fail(error);
      throw error;
    } finally {
      this.end();
    }
  }

  /** Sets attributes. */
  set(attributes: SpanAttributes): void {
    if (!this.#ended) this.#guard(() => this.#span?.setAttributes(attributes));
  }

  /** Notes that the operation failed, and with what; secrets in its text are taken out. */
  fail(error: unknown): void {
    if (this.#ended || this.#failed) return;
    const message = shorten(error instanceof Error ? error.message : String(error));
    this.failAs(message, errorAttributes(error));
    const stack = error instanceof Error && error.stack !== undefined
      ? { stack: redact(error.stack) }
      : {};
    this.#guard(() => this.#span?.recordException({ name: errorName(error), message, ...stack }));
  }

  /** Notes that the operation failed, where there is no error for it and none was noted. */
  failAs(message: string, attributes: SpanAttributes): void {
    if (this.#ended || this.#failed) return;
    this.#failed = true;
    this.set(attributes);
    this.#guard(() => this.#span?.setStatus({ code: ERROR, message }));
  }

  /** Ends the span; what is done to it later has no effect. */
  end(attributes: SpanAttributes = {}): void {
    if (this.#ended) return;
    this.set(attributes);
    this.#ended = true;
    this.#guard(() => this.#span?.end());
  }

  #guard<Result>(call: () => Result): Result | undefined {
    try {
      return call();
    } catch (error) {
      this.#source.onError(this.#name, error);
      return undefined;
    }
  }
}

function shorten(message: string): string {
  const text = redact(message);
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}...` : text;
}
