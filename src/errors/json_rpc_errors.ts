/** Errors that the server sent: each crossed the wire as a JSON-RPC error object. */
import { CodexError } from "./codex_error.ts";

/**
 * What a JSON-RPC error object holds, with the request it answers.
 *
 * @example
 * ```ts
 * import type { JsonRpcErrorOptions } from "@codex-app-server/sdk";
 *
 * const refused: JsonRpcErrorOptions = { method: "thread/start", rpcCode: -32600 };
 * ```
 */
export interface JsonRpcErrorOptions {
  /** The method of the request. */
  readonly method: string;
  /** The number of the error object. */
  readonly rpcCode: number;
  /** The data of the error object, as sent. */
  readonly data?: unknown;
  /** The stable code of the error; `"json_rpc"` when left out. */
  readonly code?: string;
}

/**
 * The server answered a request with an error.
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
  /** The name of the class. */
  override readonly name: string = "JsonRpcError";
  /** The method of the request. */
  readonly method: string;
  /** The number of the JSON-RPC error object, such as -32600. */
  readonly rpcCode: number;
  /** The data of the JSON-RPC error object, as sent. */
  readonly data: unknown;

  /** Makes the error from the server's message. */
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
 * import { ParseError } from "@codex-app-server/sdk";
 *
 * const isGarbled = (error: unknown): boolean => error instanceof ParseError;
 * ```
 */
export class ParseError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ParseError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "parse_error", ...options });
  }
}

/**
 * The server refused the request (-32600) for a reason that has no class of its own.
 *
 * @example
 * ```ts
 * import { InvalidRequestError } from "@codex-app-server/sdk";
 *
 * function refusal(error: unknown): string | undefined {
 *   return error instanceof InvalidRequestError ? error.message : undefined;
 * }
 * ```
 */
export class InvalidRequestError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "InvalidRequestError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "invalid_request", ...options });
  }
}

/**
 * The server has no such method (-32601).
 *
 * @example
 * ```ts
 * import { MethodNotFoundError, type Thread } from "@codex-app-server/sdk";
 *
 * async function rename(thread: Thread, name: string): Promise<void> {
 *   await thread.setName(name).catch((error: unknown) => {
 *     if (!(error instanceof MethodNotFoundError)) throw error; // an old server: do without
 *   });
 * }
 * ```
 */
export class MethodNotFoundError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "MethodNotFoundError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "method_not_found", ...options });
  }
}

/**
 * This version of the server does not know the method: it answers -32600 "unknown variant".
 *
 * @example
 * ```ts
 * import { MethodNotSupportedError } from "@codex-app-server/sdk";
 *
 * function upgradeHint(error: unknown): string | undefined {
 *   if (error instanceof MethodNotSupportedError) return `Update codex: no ${error.method} here`;
 * }
 * ```
 */
export class MethodNotSupportedError extends MethodNotFoundError {
  /** The name of the class. */
  override readonly name: string = "MethodNotSupportedError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "method_not_supported", ...options });
  }
}

/**
 * The method or field needs `experimentalApi: true`.
 *
 * @example
 * ```ts
 * import { ExperimentalApiRequiredError } from "@codex-app-server/sdk";
 *
 * function hint(error: unknown): string {
 *   return error instanceof ExperimentalApiRequiredError ? "Set experimentalApi: true" : "";
 * }
 * ```
 */
export class ExperimentalApiRequiredError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ExperimentalApiRequiredError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "experimental_api_required", ...options });
  }
}

/**
 * The server refused the parameters (-32602, or -32600 with a description of what is wrong).
 *
 * @example
 * ```ts
 * import { InvalidParamsError } from "@codex-app-server/sdk";
 *
 * function isMyMistake(error: unknown): boolean {
 *   return error instanceof InvalidParamsError && error.method === "turn/start";
 * }
 * ```
 */
export class InvalidParamsError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "InvalidParamsError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "invalid_params", ...options });
  }
}

/**
 * The server failed (-32603), or its reply lacks what the client cannot do without: the code is `"unreadable_reply"` then,
 * and `data` is the reply.
 *
 * @example
 * ```ts
 * import { InternalRpcError } from "@codex-app-server/sdk";
 *
 * function report(error: unknown): void {
 *   if (error instanceof InternalRpcError) console.error(`server bug in ${error.method}`, error.data);
 * }
 * ```
 */
export class InternalRpcError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "InternalRpcError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "internal_error", ...options });
  }
}

/**
 * The server is overloaded (-32001) and the request may be tried again.
 *
 * @example
 * ```ts
 * import { ServerBusyError } from "@codex-app-server/sdk";
 *
 * const tryLater = (error: unknown): boolean => error instanceof ServerBusyError;
 * ```
 */
export class ServerBusyError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ServerBusyError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "server_busy", ...options });
  }
}

/**
 * The server is overloaded and has given up retrying on its side (-32001, "retry limit").
 *
 * @example
 * ```ts
 * import { RetryLimitExceededError, ServerBusyError } from "@codex-app-server/sdk";
 *
 * function advice(error: unknown): "wait" | "retry" | undefined {
 *   if (error instanceof RetryLimitExceededError) return "wait"; // the server has retried enough
 *   return error instanceof ServerBusyError ? "retry" : undefined;
 * }
 * ```
 */
export class RetryLimitExceededError extends ServerBusyError {
  /** The name of the class. */
  override readonly name: string = "RetryLimitExceededError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "retry_limit_exceeded", ...options });
  }
}
