/** The client options that do not depend on the transport. */
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
  /**
   * The name that the server sees and logs.
   *
   * @default {"codex_app_server_sdk"}
   */
  readonly clientName?: string | undefined;
  /**
   * The title that the server shows to people.
   *
   * @default {"Codex app-server SDK"}
   */
  readonly clientTitle?: string | undefined;
  /**
   * The version of the client.
   *
   * @default {SDK_VERSION}
   */
  readonly clientVersion?: string | undefined;
  /**
   * Whether experimental methods and fields may be used.
   *
   * @default {true}
   */
  readonly experimentalApi?: boolean | undefined;
  /**
   * Methods of notifications that the server must not send.
   *
   * @default {[]}
   */
  readonly optOutNotificationMethods?: readonly string[] | undefined;
  /**
   * Milliseconds for the start and the initialization of the server; 0 means no limit.
   *
   * @default {30_000}
   */
  readonly startupTimeoutMs?: number | undefined;
  /**
   * Milliseconds for each request without a limit of its own; 0 means no limit.
   *
   * @default {0}
   */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * What becomes of a server request that no handler, policy or reader of this client answers. A server sends each
   * request to all its clients, and the first answer counts, so a client that only watches needs `"leave"`: the request
   * stays open for the others, without a time limit, and in `requests()` and `openRequests()`, until the server
   * resolves it or its turn ends. If no client answers, the turn waits.
   *
   * @default {"decline"}
   */
  readonly unhandled?: "decline" | "leave" | undefined;
  /** Receives what the SDK noticed and survived. Must not block. */
  readonly onDiagnostic?: OnDiagnostic | undefined;
  /**
   * Creates spans for the connection, requests, turns, items and tools: the module `@opentelemetry/api`, or an object with
   * the same few functions. Spans never contain prompts, outputs or arguments.
   */
  readonly tracing?: Tracing | undefined;
  /** Returns the W3C trace context to send with each request, in place of that of `tracing`. Must not block. */
  readonly trace?: TraceHook | undefined;
}

/** The options with their defaults. */
export interface CheckedOptions {
  readonly initialize: InitializeParams;
  readonly startupTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly requestHandlers: ClientRequestHandlerOptions;
  readonly unhandled: "decline" | "leave" | undefined;
  readonly onDiagnostic: OnDiagnostic;
  readonly tracing: Tracing | undefined;
  readonly trace: TraceHook | undefined;
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {TypeError} if an option has the wrong type
 * @throws {RangeError} if a time limit is not a number of at least 0
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
  checkUnhandled(options.unhandled);
  return {
    initialize: initializeParams(options),
    startupTimeoutMs,
    requestTimeoutMs,
    requestHandlers: options,
    unhandled: options.unhandled,
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
    throw new TypeError('"optOutNotificationMethods" must be an array of strings');
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

function checkUnhandled(unhandled: unknown): void {
  if (unhandled === undefined || unhandled === "decline" || unhandled === "leave") return;
  throw new TypeError(
    `"unhandled" must be "decline" or "leave", got ${JSON.stringify(unhandled)}`,
  );
}

function label(option: string, value: string | undefined, otherwise: string): string {
  if (value === undefined) return otherwise;
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new TypeError(`"${option}" must be a non-empty string, got ${JSON.stringify(value)}`);
}

/** A throwing logger must not break the connection. */
function quiet(onDiagnostic: OnDiagnostic | undefined): OnDiagnostic {
  if (onDiagnostic === undefined) return () => {};
  if (typeof onDiagnostic !== "function") throw new TypeError('"onDiagnostic" must be a function');
  return (diagnostic) => {
    try {
      onDiagnostic(diagnostic);
    } catch {
      // there is nowhere left to report it
    }
  };
}
