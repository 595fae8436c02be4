/** The options of a client that do not depend on how the server is reached. */
import type { InitializeParams } from "../generated/types.ts";
import type { OnDiagnostic } from "../util/diagnostics.ts";
import { SDK_VERSION } from "../util/sdk_version.ts";
import { checkLimitMs } from "../util/timer.ts";
import { checkHandlers, type ClientRequestHandlerOptions } from "./requests/handler_options.ts";
import type { TraceHook } from "./tracing/trace_context.ts";
import { checkTracing, type Tracing } from "./tracing/tracing.ts";

/**
 * Options of a client over any connection.
 *
 * @example
 * ```ts
 * import type { ClientOptions } from "@codex-app-server/sdk/types";
 *
 * const options: ClientOptions = {
 *   clientName: "my_editor",
 *   requestTimeoutMs: 20_000,
 *   onDiagnostic: (diagnostic) => console.warn(diagnostic.kind),
 * };
 * ```
 */
export interface ClientOptions extends ClientRequestHandlerOptions {
  /** The name that the server sees and logs; `"codex_app_server_sdk"` when left out. */
  readonly clientName?: string | undefined;
  /** The title that the server shows to people. */
  readonly clientTitle?: string | undefined;
  /** The version of the client; the SDK's own when left out. */
  readonly clientVersion?: string | undefined;
  /** Whether methods and fields marked experimental may be used; `true` when left out. */
  readonly experimentalApi?: boolean | undefined;
  /** Notifications that the server shall not send. */
  readonly optOutNotificationMethods?: readonly string[] | undefined;
  /** Milliseconds for starting and initializing; 30,000 when left out, 0 waits without a limit. */
  readonly startupTimeoutMs?: number | undefined;
  /** Milliseconds for each request that names no limit of its own; 0, no limit, when left out. */
  readonly requestTimeoutMs?: number | undefined;
  /** Told what the SDK noticed and survived; must not block. */
  readonly onDiagnostic?: OnDiagnostic | undefined;
  /**
   * Makes spans of the connection, its requests, turns, items and tools: the module `@opentelemetry/api`, or anything with
   * the same few functions. Prompts, outputs and arguments are never in them.
   */
  readonly tracing?: Tracing | undefined;
  /**
   * Gives the W3C trace context that goes with each request, in the place of the one that `tracing` has; must not block.
   */
  readonly trace?: TraceHook | undefined;
}

/** The options with their defaults. */
export interface CheckedOptions {
  readonly initialize: InitializeParams;
  readonly startupTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly requestHandlers: ClientRequestHandlerOptions;
  readonly onDiagnostic: OnDiagnostic;
  readonly tracing: Tracing | undefined;
  readonly trace: TraceHook | undefined;
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {TypeError} when an option is not of its kind
 * @throws {RangeError} when a time limit is no number from 0 up
 */
export function checkOptions(options: ClientOptions): CheckedOptions {
  const { startupTimeoutMs = 30_000, requestTimeoutMs = 0 } = options;
  const { tracing, trace } = options;
  checkLimitMs("startupTimeoutMs", startupTimeoutMs);
  checkLimitMs("requestTimeoutMs", requestTimeoutMs);
  checkTracing(tracing);
  if (trace !== undefined && typeof trace !== "function") {
    throw new TypeError(`"trace" must be a function, got ${typeof trace}`);
  }
  checkHandlers(options);
  return {
    initialize: initializeParams(options),
    startupTimeoutMs,
    requestTimeoutMs,
    requestHandlers: options,
    onDiagnostic: quiet(options.onDiagnostic),
    tracing,
    trace,
  };
}

function initializeParams(options: ClientOptions): InitializeParams {
  const { experimentalApi = true, optOutNotificationMethods } = options;
  if (typeof experimentalApi !== "boolean") {
    throw new TypeError(`"experimentalApi" must be true or false, got ${String(experimentalApi)}`);
  }
  if (optOutNotificationMethods !== undefined && !Array.isArray(optOutNotificationMethods)) {
    throw new TypeError('"optOutNotificationMethods" must be a list of names');
  }
  return {
    clientInfo: {
      name: label("clientName", options.clientName, "codex_app_server_sdk"),
      title: label("clientTitle", options.clientTitle, "Codex app-server SDK"),
      version: label("clientVersion", options.clientVersion, SDK_VERSION),
    },
    capabilities: {
      experimentalApi,
      requestAttestation: options.onAttestation != null,
      ...(optOutNotificationMethods === undefined
        ? {}
        : { optOutNotificationMethods: [...optOutNotificationMethods] }),
    },
  };
}

function label(option: string, value: string | undefined, otherwise: string): string {
  if (value === undefined) return otherwise;
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new TypeError(`"${option}" must be a text that is not empty, got ${JSON.stringify(value)}`);
}

/** A throwing log must not end what it watches. */
function quiet(onDiagnostic: OnDiagnostic | undefined): OnDiagnostic {
  if (onDiagnostic === undefined) return () => {};
  if (typeof onDiagnostic !== "function") throw new TypeError('"onDiagnostic" must be a function');
  return (diagnostic) => {
    try {
      onDiagnostic(diagnostic);
    } catch {
      // nobody is left to tell
    }
  };
}
