/** Errors that the server sent: each crossed the wire as a JSON-RPC error object. */
import { CodexError } from "./codex_error.ts";

/** What a JSON-RPC error object holds, with the request it answers. */
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

/** The server could not parse the message (-32700). */
export class ParseError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ParseError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "parse_error", ...options });
  }
}

/** The server refused the request (-32600) for a reason that has no class of its own. */
export class InvalidRequestError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "InvalidRequestError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "invalid_request", ...options });
  }
}

/** The server has no such method (-32601). */
export class MethodNotFoundError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "MethodNotFoundError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "method_not_found", ...options });
  }
}

/** This version of the server does not know the method: it answers -32600 "unknown variant". */
export class MethodNotSupportedError extends MethodNotFoundError {
  /** The name of the class. */
  override readonly name: string = "MethodNotSupportedError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "method_not_supported", ...options });
  }
}

/** The method or field needs `experimentalApi: true`. */
export class ExperimentalApiRequiredError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ExperimentalApiRequiredError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "experimental_api_required", ...options });
  }
}

/** The server refused the parameters (-32602, or -32600 with a description of what is wrong). */
export class InvalidParamsError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "InvalidParamsError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "invalid_params", ...options });
  }
}

/** The server failed (-32603). */
export class InternalRpcError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "InternalRpcError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "internal_error", ...options });
  }
}

/** The server is overloaded (-32001) and the request may be tried again. */
export class ServerBusyError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "ServerBusyError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "server_busy", ...options });
  }
}

/** The server is overloaded and has given up retrying on its side (-32001, "retry limit"). */
export class RetryLimitExceededError extends ServerBusyError {
  /** The name of the class. */
  override readonly name: string = "RetryLimitExceededError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "retry_limit_exceeded", ...options });
  }
}

/** The thread has no running turn to steer or interrupt. */
export class NoActiveTurnError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "NoActiveTurnError";

  /** Makes the error from the server's message. */
  constructor(message: string, options: JsonRpcErrorOptions) {
    super(message, { code: "no_active_turn", ...options });
  }
}

/** Another turn than the expected one is running. */
export class TurnMismatchError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "TurnMismatchError";
  /** The turn that the request named. */
  readonly expected: string;
  /** The turn that is running. */
  readonly actual: string;

  /** Makes the error from the server's message and the two turn ids. */
  constructor(
    message: string,
    options: JsonRpcErrorOptions & { readonly expected: string; readonly actual: string },
  ) {
    super(message, { code: "turn_mismatch", ...options });
    this.expected = options.expected;
    this.actual = options.actual;
  }
}

/** The running turn takes no input, as in a review or a compaction. */
export class TurnNotSteerableError extends JsonRpcError {
  /** The name of the class. */
  override readonly name: string = "TurnNotSteerableError";
  /** What kind of turn is running: `"review"` or `"compact"`, as the server names it. */
  readonly turnKind: string;

  /** Makes the error from the server's message and the kind of turn. */
  constructor(message: string, options: JsonRpcErrorOptions & { readonly turnKind: string }) {
    super(message, { code: "turn_not_steerable", ...options });
    this.turnKind = options.turnKind;
  }
}
