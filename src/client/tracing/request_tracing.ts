/** What the connection is told: spans where the caller has a tracing library, and the trace context of requests. */
import type { ConnectionTracing, TracedRequest } from "../../protocol/connection.ts";
import type { OnDiagnostic } from "../../util/diagnostics.ts";
import { ClientTracing, type TracingOptions } from "./client_tracing.ts";
import type { SpanScope } from "./span_scope.ts";
import { sendableTrace, type TraceContext, type TraceHook } from "./trace_context.ts";
import type { Tracing } from "./tracing.ts";

/** What is traced: at least one of the two is there. */
export interface RequestTracingOptions {
  readonly spans: ClientTracing | undefined;
  readonly hook: TraceHook | undefined;
  readonly onDiagnostic: OnDiagnostic;
}

/** Gives what traces a client and its connection: nothing at all where the caller does not want it. */
export function tracingOf(
  { tracing, trace, onDiagnostic }: {
    readonly tracing: Tracing | undefined;
    readonly trace: TraceHook | undefined;
    readonly onDiagnostic: OnDiagnostic;
  },
  sessions: TracingOptions["sessions"],
): { readonly spans: ClientTracing | undefined; readonly tracing: ConnectionTracing | undefined } {
  if (tracing === undefined && trace === undefined) return { spans: undefined, tracing: undefined };
  const spans = tracing && new ClientTracing(tracing, { sessions, onDiagnostic });
  return { spans, tracing: new RequestTracing({ spans, hook: trace, onDiagnostic }) };
}

/** Traces the traffic of a connection; without a library, only the caller's hook is asked. */
export class RequestTracing implements ConnectionTracing {
  readonly #options: RequestTracingOptions;

  /** Traces with what the caller has. */
  constructor(options: RequestTracingOptions) {
    this.#options = options;
  }

  /** Opens the connection in a span. */
  connect<Result>(open: () => Promise<Result>): Promise<Result> {
    return this.#options.spans?.connect().during(open) ?? open();
  }

  /** Sends a request in a span, with its trace context. */
  request<Result>(
    request: TracedRequest,
    send: (trace: unknown) => Promise<Result>,
  ): Promise<Result> {
    const scope = this.#options.spans?.request(request);
    const operation = (): Promise<Result> => send(this.#traceOf(request, scope));
    return scope?.during(operation) ?? operation();
  }

  /** Answers a request of the server in a span. */
  answer<Result>(request: TracedRequest, answer: () => Promise<Result>): Promise<Result> {
    return this.#options.spans?.answer(request, answer) ?? answer();
  }

  #traceOf(request: TracedRequest, scope: SpanScope | undefined): TraceContext | undefined {
    const { hook, onDiagnostic } = this.#options;
    const { method } = request;
    if (hook === undefined) return scope?.traceContext;
    try {
      const given: unknown = hook(request);
      if (given instanceof Promise) given.catch(() => {}); // told below: it is no trace context
      return sendableTrace(given, (problem) => {
        const message = `The trace context of "${method}" was left out: ${problem}`;
        onDiagnostic({ kind: "warning", message });
      });
    } catch (error) {
      onDiagnostic({ kind: "callbackError", method, error });
      return undefined;
    }
  }
}
