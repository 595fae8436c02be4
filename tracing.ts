/**
 * The types of spans and of the W3C trace context that goes with each request: the options `tracing` and `trace` of a
 * client.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import type { TraceHook } from "@codex-app-server/sdk/tracing";
 *
 * const trace: TraceHook = () => ({ traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01` });
 * const codex = new Codex({ trace });
 * ```
 *
 * @module
 */
export type {
  Span,
  SpanAttributes,
  SpanOptions,
  Tracer,
  Tracing,
} from "./src/client/tracing/tracing.ts";
export type { TraceContext, TraceHook } from "./src/client/tracing/trace_context.ts";
export type { TracedRequest } from "./src/protocol/connection.ts";
