/** Errors sent by the server as JSON-RPC error objects. */
import { CodexError } from "./codex_error.ts";

/**
 * The contents of a JSON-RPC error object, and the method it answers.
 *
 * @example
 * ```ts
 * import type { JsonRpcErrorOptions } from "@codex-app-server/sdk/errors";
 *
 * const refused: JsonRpcErrorOptions = { method: "thread/start", rpcCode: -32600 };
 * ```
 */
export interface JsonRpcErrorOptions {
  /** The method of the request. */
  readonly method: string;
  /** The `code` of the error object. */
  readonly rpcCode: number;
  /** The `data` of the error object, as sent. */
  readonly data?: unknown;
  /**
   * The stable code of the error.
   * @default {"json_rpc"}
   */
  readonly code?: string;
}

/**
 * The server replied to a request with an error.
 *
 * @example
 * ```ts
 * import { JsonRpcError } from "@codex-app-server/sdk";
 *
 * function report(error: unknown): void {
 *   if (error instanceof JsonRpcError) console.error(error.method, error.rpcCode, error.data);
 * }
 * ```
 */
export class JsonRpcError extends CodexError {
  /** The class name. */
  override readonly name: string = "JsonRpcError";
  /** The method of the request. */
  readonly method: string;
  /** The `code` of the JSON-RPC error object, such as -32600. */
  readonly rpcCode: number;
  /** The `data` of the JSON-RPC error object, as sent. */
  readonly data: unknown;

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: options.code ?? "json_rpc" });
    this.method = options.method;
    this.rpcCode = options.rpcCode;
    this.data = options.data;
  }
}

/**
 * The server could not parse the message (-32700).
 *
 * @example
 * ```ts
 * import { ParseError } from "@codex-app-server/sdk/errors";
 *
 * const isGarbled = (error: unknown): boolean => error instanceof ParseError;
 * ```
 */
export class ParseError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "ParseError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "parse_error", ...options });
  }
}

/**
 * The server refused the request (-32600) for a reason without its own class.
 *
 * @example
 * ```ts
 * import { InvalidRequestError } from "@codex-app-server/sdk/errors";
 *
 * function refusal(error: unknown): string | undefined {
 *   return error instanceof InvalidRequestError ? error.message : undefined;
 * }
 * ```
 */
export class InvalidRequestError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "InvalidRequestError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "invalid_request", ...options });
  }
}

/**
 * The server does not have the method (-32601).
 *
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 * import { MethodNotFoundError } from "@codex-app-server/sdk/errors";
 *
 * async function rename(thread: Thread, name: string): Promise<void> {
 *   await thread.setName(name).catch((error: unknown) => {
 *     if (!(error instanceof MethodNotFoundError)) throw error; // an old server: do without
 *   });
 * }
 * ```
 */
export class MethodNotFoundError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "MethodNotFoundError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "method_not_found", ...options });
  }
}

/**
 * This version of the server does not know the method: it replies -32600 "unknown variant".
 *
 * @example
 * ```ts
 * import { MethodNotSupportedError } from "@codex-app-server/sdk/errors";
 *
 * function upgradeHint(error: unknown): string | undefined {
 *   if (error instanceof MethodNotSupportedError) return `Update codex: no ${error.method} here`;
 * }
 * ```
 */
export class MethodNotSupportedError extends MethodNotFoundError {
  /** The class name. */
  override readonly name: string = "MethodNotSupportedError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "method_not_supported", ...options });
  }
}

/**
 * The method or field requires `experimentalApi: true`.
 *
 * @example
 * ```ts
 * import { ExperimentalApiRequiredError } from "@codex-app-server/sdk/errors";
 *
 * function hint(error: unknown): string {
 *   return error instanceof ExperimentalApiRequiredError ? "Set experimentalApi: true" : "";
 * }
 * ```
 */
export class ExperimentalApiRequiredError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "ExperimentalApiRequiredError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "experimental_api_required", ...options });
  }
}

/**
 * The server rejected the params (-32602, or -32600 with a message that describes the problem).
 *
 * @example
 * ```ts
 * import { InvalidParamsError } from "@codex-app-server/sdk/errors";
 *
 * function isMyMistake(error: unknown): boolean {
 *   return error instanceof InvalidParamsError && error.method === "turn/start";
 * }
 * ```
 */
export class InvalidParamsError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "InvalidParamsError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "invalid_params", ...options });
  }
}

/**
 * The server failed (-32603), or its reply lacks an essential field: the code is then `"unreadable_reply"`, and
 * `data` is the reply.
 *
 * @example
 * ```ts
 * import { InternalRpcError } from "@codex-app-server/sdk/errors";
 *
 * function report(error: unknown): void {
 *   if (error instanceof InternalRpcError) console.error(`server bug in ${error.method}`, error.data);
 * }
 * ```
 */
export class InternalRpcError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "InternalRpcError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "internal_error", ...options });
  }
}

/**
 * The server is overloaded (-32001); the request can be retried.
 *
 * @example
 * ```ts
 * import { ServerBusyError } from "@codex-app-server/sdk";
 *
 * const tryLater = (error: unknown): boolean => error instanceof ServerBusyError;
 * ```
 */
export class ServerBusyError extends JsonRpcError {
  /** The class name. */
  override readonly name: string = "ServerBusyError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "server_busy", ...options });
  }
}

/**
 * The server is overloaded and has stopped retrying on its side (-32001, "retry limit").
 *
 * @example
 * ```ts
 * import { ServerBusyError } from "@codex-app-server/sdk";
 * import { RetryLimitExceededError } from "@codex-app-server/sdk/errors";
 *
 * function advice(error: unknown): "wait" | "retry" | undefined {
 *   if (error instanceof RetryLimitExceededError) return "wait"; // the server has retried enough
 *   return error instanceof ServerBusyError ? "retry" : undefined;
 * }
 * ```
 */
export class RetryLimitExceededError extends ServerBusyError {
  /** The class name. */
  override readonly name: string = "RetryLimitExceededError";

  /** Creates the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "retry_limit_exceeded", ...options });
  }
}
