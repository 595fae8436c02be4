/** The four kinds of JSON-RPC messages as the app-server sends them: without a `jsonrpc` member. */

/** An id as JSON-RPC has it; `1` and `"1"` are two ids. */
export type RequestId = string | number;

/** A message that wants no answer. */
export interface RpcNotification {
  readonly method: string;
  readonly params?: unknown;
}

/** A message that wants exactly one answer. */
export interface RpcRequest extends RpcNotification {
  readonly id: RequestId;
}

/** A JSON-RPC error object. */
export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** The answer to a request. */
export interface RpcResponse {
  readonly id: RequestId | null;
  readonly result?: unknown;
  readonly error?: RpcErrorObject | null;
}
