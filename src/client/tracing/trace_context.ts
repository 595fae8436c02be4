/** W3C trace context, which makes the server's spans children of the client's. */
import type { TracedRequest } from "../../protocol/connection.ts";

/**
 * W3C trace context as the wire takes it.
 *
 * @example
 * ```ts
 * import type { TraceContext } from "@codex-app-server/sdk/tracing";
 *
 * const context: TraceContext = {
 *   traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
 *   tracestate: "vendor=opaque",
 * };
 * ```
 */
export interface TraceContext {
  /** Version, trace id, parent id and flags, in hexadecimal, separated by dashes. */
  readonly traceparent: string;
  /** Vendor-specific data, at most 512 characters. */
  readonly tracestate?: string | undefined;
}

/**
 * Returns the trace context of a request, synchronously; `undefined` sends none.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import type { TraceHook } from "@codex-app-server/sdk/tracing";
 *
 * const incoming = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" };
 * const trace: TraceHook = ({ method }) => method === "turn/start" ? incoming : undefined;
 * const codex = new Codex({ trace });
 * ```
 */
export type TraceHook = (request: TracedRequest) => TraceContext | undefined;

const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/**
 * Returns the sendable part of a trace context and reports the rest. The server never replies to a request with a non-string
 * trace field.
 */
export function sendableTrace(
  value: unknown,
  report: (problem: string) => void,
): TraceContext | undefined {
  if (value === undefined || value === null) return undefined;
  const { traceparent, tracestate } = value as Partial<Record<keyof TraceContext, unknown>>;
  const [, version, more] = typeof traceparent === "string" && TRACEPARENT.exec(traceparent) || [];
  if (version === undefined || (version === "00" && more !== undefined)) {
    report(`"traceparent" must be a W3C traceparent, got ${excerpt(traceparent)}`);
    return undefined;
  }
  const parent = { traceparent: traceparent as string };
  if (tracestate === undefined || tracestate === null || tracestate === "") return parent;
  if (typeof tracestate === "string" && TRACESTATE.test(tracestate)) {
    return { ...parent, tracestate };
  }
  report(`"tracestate" must be at most 512 printable characters, got ${excerpt(tracestate)}`);
  return parent;
}

function excerpt(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 100)) : typeof value;
}
