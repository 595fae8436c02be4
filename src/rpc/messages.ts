/** The four kinds of JSON-RPC messages as the app-server sends them, without a `jsonrpc` member. */

/** A JSON-RPC id; `1` and `"1"` are different. */
export type RequestId = string | number;

/** A message without a reply. */
export interface RpcNotification {
  readonly method: string;
  readonly params?: unknown;
}

/** A message with exactly one reply. */
export interface RpcRequest extends RpcNotification {
  readonly id: RequestId;
}

/** A JSON-RPC error object. */
export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** The reply to a request. */
export interface RpcResponse {
  readonly id: RequestId | null;
  readonly result?: unknown;
  readonly error?: RpcErrorObject | null;
}

/** A lone surrogate as `JSON.stringify` escapes it, or text that looks like one. */
const ESCAPED_SURROGATE = /\\ud[89a-f][0-9a-f]{2}/;

/**
 * Serializes a message as JSON in well-formed Unicode. A lone surrogate becomes U+FFFD, because the runtime never
 * replies to a line that contains one.
 *
 * @throws {TypeError} if the message contains a cycle or a `bigint`
 */
export function stringifyFrame(message: object): string {
  const frame = JSON.stringify(message);
  return ESCAPED_SURROGATE.test(frame) ? JSON.stringify(message, wellFormed) : frame;
}

function wellFormed(_key: string, value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.toWellFormed(), member]),
  );
}
