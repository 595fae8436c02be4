/** A span that ends once, never throws, and is the parent of spans started in it. */
import { errorText, isError } from "../../util/error_text.ts";
import { redact } from "../../util/redact.ts";
import { errorAttributes, errorName } from "./span_attributes.ts";
import { sendableTrace, type TraceContext } from "./trace_context.ts";
import type { Span, SpanAttributes, SpanOptions, Tracer, Tracing } from "./tracing.ts";

/** OpenTelemetry's status code of a failed operation. */
const ERROR = 2;

/** Limits on the message and the stack frames of an error, in characters. */
const MAX_MESSAGE = 1_000;
const MAX_FRAMES = 4_000;

/** What all spans of one client share. */
export interface SpanSource {
  readonly api: Tracing;
  readonly tracer: Tracer;
  /** Called with the errors of the tracing library and the name of the span. */
  readonly onError: (name: string, error: unknown) => void;
}

/** A span and the context in which its children start. */
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

  /** Starts a span as a child of the caller's active one. */
  static start(source: SpanSource, name: string, options: SpanOptions): SpanScope {
    return new SpanScope(source, name, undefined, options);
  }

  /** Starts a child of this span, independent of the active context. */
  child(name: string, options: SpanOptions): SpanScope {
    return new SpanScope(this.#source, name, { context: this.#context }, options);
  }

  /** The context that makes the server's spans children of this one; `undefined` if the span is not recorded. */
  get traceContext(): TraceContext | undefined {
    return this.#guard(() => {
      const { traceId, spanId, traceFlags, traceState } = this.#span?.spanContext() ?? {};
      const flags = ((traceFlags ?? 0) & 0xff).toString(16).padStart(2, "0");
      const traceparent = `00-${traceId}-${spanId}-${flags}`;
      return sendableTrace({ traceparent, tracestate: traceState?.serialize() }, () => {});
    });
  }

  /** Runs a function in the context of the span, so that spans started there become its children. */
  run<Result>(operation: () => Promise<Result>): Promise<Result> {
    let running: Promise<Result> | undefined;
    const begin = (): Promise<Result> => running ??= (async () => await operation())();
    this.#guard(() => this.#source.api.context.with(this.#context, begin));
    return begin(); // runs once, whatever the library did
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

  /** Records the error of a failed operation: its class and code, and its text if the caller asked for it. */
  fail(error: unknown): void {
    if (this.#ended || this.#failed) return;
    this.#guard(() => {
      const attributes = errorAttributes(error);
      // The text may quote the server, a prompt, an argument or a key.
      const message = this.#source.api.errorMessages === true
        ? shorten(errorText(error), MAX_MESSAGE)
        : String(attributes["error.type"]);
      const name = errorName(error);
      this.failAs(message, attributes);
      this.#span?.recordException({
        name,
        message,
        stack: `${name}: ${message}${framesOf(error)}`,
      });
    });
  }

  /** Records a failure without an error, unless one is already recorded. */
  failAs(message: string, attributes: SpanAttributes): void {
    if (this.#ended || this.#failed) return;
    this.#failed = true;
    this.set(attributes);
    this.#guard(() => this.#span?.setStatus({ code: ERROR, message }));
  }

  /** Ends the span; later calls have no effect. */
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

/** Returns the stack frames without the message before them, which may look like one. */
function framesOf(error: unknown): string {
  if (!isError(error)) return "";
  const stack = String(error.stack);
  const message = String(error.message);
  const at = stack.indexOf(message);
  if (at < 0) return ""; // the message has changed since: nobody knows where it ends
  const frames = stack.slice(at + message.length);
  const start = frames.search(/\n\s+at /);
  return start === -1 ? "" : shorten(frames.slice(start), MAX_FRAMES);
}

function shorten(text: string, most: number): string {
  const safe = redact(text);
  return safe.length > most ? `${safe.slice(0, most)}...` : safe;
}
